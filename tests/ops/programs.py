"""Other programs that the tests run: where they are, and how they are started and ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving import PATIENCE

UNPACKED = Path(sys.prefix) / "ops"
PLACES = (
    f"{sys.prefix}/bin",
    os.environ.get("PATH", ""),
    "/usr/sbin",
    f"{UNPACKED}/usr/bin",
    f"{UNPACKED}/node_modules/.bin",
    f"{UNPACKED}/usr/sbin",
)


def find(program: str) -> str:
    """Return the path of a program, or skip the test and say why."""
    found = shutil.which(program, path=os.pathsep.join(PLACES))
    if found is None:
        pytest.skip(f"{program} is not on this machine; `make test-ops` gets it on Debian")
    return found


def run(
    *command: str | Path,
    cwd: Path | None = None,
    text: str = "",
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program that must succeed; return what it printed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=10 * PATIENCE,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


@contextmanager
def started(
    command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the context lasts; its output goes to `cwd/log`."""
    with (cwd / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
