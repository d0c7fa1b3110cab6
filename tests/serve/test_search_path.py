"""A working directory full of files that would be modules: no way to start executes one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conftest import Start
from peak_trade.search_path import leave_out_working_directory
from serve.conftest import executed, write_modules
from serving import PANEL, REPO, SERVE

APPS = f"{REPO / 'apps'}/"
SCRIPT = [str(Path(sys.executable).with_name("peak-trade"))]
IN_PYTHON = """
from peak_trade.serve.install import install
install()
import sys, panel as pn
assert "" not in sys.path
pn.serve({}, port={port}, show=False)
"""
LAUNCHERS = {  # beside those of `test_matrix`, whose servers stand in such a directory too
    "peak-trade": [*SCRIPT, "serve", "--port", "{port}"],
    "python -P -m": [sys.executable, "-P", *SERVE[1:]],
    "--dev": [*PANEL, "serve", APPS, "--dev", "--port", "{port}"],
}


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_no_file_of_the_working_directory_is_executed(
    server: Start, tmp_path: Path, launcher: str
) -> None:
    write_modules(tmp_path)
    served = server(tmp_path, LAUNCHERS[launcher], preloaded=False)
    for path in ("/", "/about", "/watch", "/metrics", "/components/evil/a/b/c"):
        assert served.ask(path).status == (404 if "evil" in path else 200)
    assert executed(tmp_path) == []
    assert "Traceback" not in served.log.read_text()
    assert served.stop() == 0


def test_the_path_after_install_is_clean(server: Start, tmp_path: Path) -> None:
    served = server(tmp_path, [sys.executable, "-c", IN_PYTHON])
    assert served.ask("/").status == 200


def test_every_name_of_the_working_directory_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    kept = [str(tmp_path.parent), str(tmp_path / "below")]
    names = [
        "",
        ".",
        "./",
        str(tmp_path),
        f"{tmp_path}/",
        str(tmp_path / "link"),
        "../" + tmp_path.name,
    ]
    monkeypatch.setattr(sys, "path", [*names, *kept])
    leave_out_working_directory()
    assert sys.path == kept


def test_what_is_installed_in_the_working_directory_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    source = str(REPO / "src")
    monkeypatch.chdir(source)
    monkeypatch.setattr(sys, "path", ["", source])
    leave_out_working_directory()
    assert sys.path == [source]


def test_a_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "path", ["", "relative", os.sep])
    leave_out_working_directory()
    assert sys.path == [os.sep]
