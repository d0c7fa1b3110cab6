"""No file outside the roots is read, whatever a link says and whenever it is put there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from peak_trade.artifacts import files
from peak_trade.artifacts.files import UnusableError

SECRET = b"secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path.resolve() / "top"
    (path / "run").mkdir(parents=True)
    (path / "run" / "good").write_bytes(b"good")
    outside = path.parent / "outside"
    outside.mkdir()
    (outside / "good").write_bytes(SECRET)
    return path


@pytest.mark.parametrize(
    "target",
    ["../../outside/good", "{root}/../outside/good", "hop", "/proc/self/environ", "self", "gone"],
)
def test_a_link_out_of_the_roots_is_no_file(root: Path, target: str) -> None:
    (root / "run" / "hop").symlink_to("../../outside/good")
    link = root / "run" / "self"
    link.symlink_to(target.format(root=root))
    with files.within((root,)):
        assert files.signature(link) is None
        assert files.read_whole(link) is None
        assert files.refusal(link)
        if target != "self":
            assert files.read_range(link, 0, 100) is None
        else:
            with pytest.raises(UnusableError, match="symbolic links"):
                files.read_range(link, 0, 100)


def test_a_link_within_the_roots_is_followed(root: Path) -> None:
    (root / "other").symlink_to("run")
    (root / "run" / "link").symlink_to("../run/good")
    alias = root.parent / "alias"
    alias.symlink_to(root)
    with files.within((alias,)):
        assert set(files.list_directory(alias).directories) == {"run", "other"}
        for path in (root / "other" / "good", root / "run" / "link", alias / "run" / "good"):
            content = files.read_whole(path)
            assert content is not None
            assert content[0] == b"good"


def test_a_directory_that_is_replaced_by_a_link_is_not_read(root: Path) -> None:
    (root / "run").rename(root / "was")
    (root / "run").symlink_to("../outside")
    with files.within((root,)):
        assert files.read_range(root / "run" / "good", 0, 100) is None
        with files.open_binary(root / "run" / "good") as stream:
            assert stream is None
        assert "run" in files.list_directory(root).faults
        with pytest.raises(UnusableError):
            files.list_directory(root / "run")


def test_a_link_that_comes_and_goes_is_never_followed(root: Path) -> None:
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            for target in ("../outside", "../top/was"):
                (root / "new").symlink_to(target)
                (root / "new").replace(root / "run")

    (root / "run").rename(root / "was")
    (root / "run").symlink_to("was")
    swapper = threading.Thread(target=swap)
    swapper.start()
    seen: set[bytes | None] = set()
    try:
        with files.within((root,)):
            while len(seen) < 2:
                seen.add(read(root / "run" / "good"))
            for _ in range(2000):
                seen.add(read(root / "run" / "good"))
    finally:
        ended.set()
        swapper.join()
    assert seen == {b"good", None}


def read(path: Path) -> bytes | None:
    content = files.read_range(path, 0, 100)
    return content[0] if content else None


def test_pipes_and_devices_are_no_files_and_hold_nothing_up(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "null").symlink_to("/dev/null")
    with files.within((root,)):
        for name in ("pipe", "null"):
            assert files.signature(root / name) is None
            assert files.read_range(root / name, 0, 100) is None
            assert "no file" in (files.refusal(root / name) or "")
        assert set(files.list_directory(root).faults) == {"pipe", "null"}


def test_without_a_root_no_link_is_followed(root: Path) -> None:
    (root / "run" / "link").symlink_to("good")
    assert files.read_whole(root / "run" / "link") is None
    assert files.read_whole(root / "run" / "good") is not None
