"""`peak-trade snapshot --out`: an output destroys nothing, whatever stands where it goes."""

from __future__ import annotations

import os
import pty
import socket
import stat
import subprocess
import tty
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from contract.tree import NOW, Tree
from peak_trade import output
from preloaded import finish
from serving import PATIENCE, PEAK_TRADE, clean_environment

COMMAND = [*PEAK_TRADE, "snapshot", "--format", "json", "--out"]
ENVIRONMENT = {"PEAK_TRADE_NOW": NOW}


def run(tree: Tree, out: object) -> subprocess.CompletedProcess[str]:
    return finish([*COMMAND, str(out)], tree.root, clean_environment(ENVIRONMENT), PATIENCE)


def run_with(
    tree: Tree, out: object, stdout: int | BinaryIO = subprocess.PIPE, umask: int = -1
) -> subprocess.CompletedProcess[bytes]:
    """Run it with a standard output and a mask of its own."""
    return subprocess.run(
        [*COMMAND, str(out)],
        cwd=tree.root,
        env=clean_environment(ENVIRONMENT),
        stdout=stdout,
        stderr=subprocess.PIPE,
        umask=umask,
    )


@pytest.fixture
def body(tree: Tree) -> bytes:
    """What the snapshot of the empty tree is."""
    done = run(tree, "-")
    assert done.returncode == 0
    return done.stdout.encode()


@pytest.fixture
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path with nothing there."""
    return tmp_path_factory.mktemp("out") / "status.json"


@pytest.mark.parametrize(
    ("name", "begins"), [("status.json", b"{"), ("status.html", b"<!"), ("s", b"<!")]
)
def test_the_form_is_that_of_the_name(tree: Tree, out: Path, name: str, begins: bytes) -> None:
    path = out.with_name(name)
    command = [*PEAK_TRADE, "snapshot", "--out", str(path)]
    done = finish(command, tree.root, clean_environment(ENVIRONMENT), PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.read_bytes().startswith(begins)


def read_while(read: Callable[[], bytes], tree: Tree, out: Path) -> bytes:
    """Return what comes through `out` while a snapshot is written to it."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(read)
        done = run(tree, out)
        assert (done.returncode, done.stderr) == (0, "")
        return coming.result()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o777])
def test_a_file_keeps_its_mode_and_owner(tree: Tree, body: bytes, out: Path, mode: int) -> None:
    out.write_bytes(b"x" * 100_000)
    out.chmod(mode)
    owner = (12345, 12346) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(out, *owner)
    assert run(tree, out).returncode == 0
    found = out.stat()
    assert out.read_bytes() == body
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (*owner, mode)
    assert list(out.parent.iterdir()) == [out]


def test_a_new_file_has_the_mode_of_any_new_file(tree: Tree, out: Path) -> None:
    assert run_with(tree, out, umask=0o027).returncode == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_links_stay(tree: Tree, body: bytes, out: Path) -> None:
    target, other = out.with_name("target"), out.with_name("other")
    target.write_bytes(b"x" * 100_000)
    other.hardlink_to(target)
    out.symlink_to(target)
    assert run(tree, out).returncode == 0
    assert out.is_symlink()
    assert other.samefile(target)
    assert other.read_bytes() == body
    out.unlink()
    out.symlink_to("new")
    assert run(tree, out).returncode == 0
    assert out.with_name("new").read_bytes() == body
    assert out.is_symlink()


def test_another_name_of_an_artifact_is_not_written(tree: Tree, out: Path) -> None:
    tree.log("log", "a line")
    artifact = next((tree.logs / "execution").iterdir())
    out.hardlink_to(artifact)
    before = artifact.read_bytes()
    done = run(tree, out)
    assert done.returncode == 1
    assert "among the artifacts" in done.stderr
    assert artifact.read_bytes() == before


def test_what_cannot_be_replaced_is_overwritten(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    out.write_bytes(b"before " * 100)
    number = out.stat().st_ino
    monkeypatch.setattr(os, "fchown", refuse)
    output.write(out, b"after")
    assert out.read_bytes() == b"after"
    assert out.stat().st_ino == number
    assert list(out.parent.iterdir()) == [out]


def test_a_full_disk_leaves_what_is_there(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError(28, "No space left on device")

    out.write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        output.write(out, b"after")
    assert out.read_bytes() == b"before"
    assert list(out.parent.iterdir()) == [out]


def test_a_pipe_is_written_into(tree: Tree, body: bytes, out: Path) -> None:
    os.mkfifo(out)
    assert read_while(out.read_bytes, tree, out) == body
    assert out.is_fifo()


@pytest.fixture
def terminal() -> Iterator[tuple[int, Path]]:
    """A descriptor that reads what is written to a device."""
    reader, device = pty.openpty()
    tty.setraw(device)
    yield reader, Path(os.ttyname(device))
    os.close(device)
    os.close(reader)


@pytest.mark.parametrize("linked", [False, True])
def test_a_device_is_written_into(
    tree: Tree, body: bytes, out: Path, terminal: tuple[int, Path], linked: bool
) -> None:
    reader, device = terminal
    if linked:
        out.symlink_to(device)

    def read() -> bytes:
        found = b""
        while len(found) < len(body):
            found += os.read(reader, 65536)
        return found

    assert read_while(read, tree, out if linked else device) == body
    assert device.is_char_device()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_is_appended_to(tree: Tree, body: bytes, out: Path, name: str) -> None:
    out.write_bytes(b"before\n")
    with out.open("ab") as stream:
        assert run_with(tree, name, stdout=stream).returncode == 0
    assert out.read_bytes() == b"before\n" + body
    assert run_with(tree, name).stdout == body


def test_what_cannot_be_written_stays(tree: Tree, out: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(out))
    loop = out.with_name("loop")
    loop.symlink_to(loop)
    before = sorted(out.parent.iterdir())
    for place, reason in (
        (out, "No such device"),
        (out.parent, "Is a directory"),
        (loop, "symbolic links"),
        ("/dev/fd/99", "No such file"),
    ):
        done = run(tree, place)
        assert (done.returncode, done.stdout) == (1, "")
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
    assert sorted(out.parent.iterdir()) == before
    assert stat.S_ISSOCK(out.stat().st_mode)
