"""`make demo` as a newcomer runs it: a fresh clone, an empty home, no privileges."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path

import pytest

from ops.programs import run
from serving import PATIENCE, REPO, Served, answers, find_free_port, wait_until

pytestmark = [pytest.mark.ops, pytest.mark.clean]

NOBODY = 65534
SETTING_UP = 20 * PATIENCE
"""Seconds after which the set-up is given up: it downloads what is not small."""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A clone of what is committed and an empty home, both of whom the demo will run as."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run("git", "clone", "-q", REPO, place / "clone")
        (place / "home").mkdir()
        if os.geteuid() == 0:
            run("chown", "-R", f"{NOBODY}:{NOBODY}", place)
        yield place


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Served]:
    """`make demo` with nothing of this environment, by a user without privileges."""
    port = find_free_port()
    user = NOBODY if os.geteuid() == 0 else None
    log = place / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "demo", f"PORT={port}"],
            cwd=place / "clone",
            env={"HOME": str(place / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        served = Served(process, f"http://127.0.0.1:{port}", log)
        wait_until(lambda: process.poll() is not None or answers(served), "the demo", SETTING_UP)
        assert process.poll() is None, log.read_text()
        yield served
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_it_serves_a_run_that_grows(demo: Served) -> None:
    assert demo.ask("/").status == 200
    wait_until(lambda: demo.ask("/runs").json, "a run in the list")


def test_the_set_up_tells_what_it_does(demo: Served) -> None:
    lines = demo.log.read_text().splitlines()
    assert ".venv: what the program runs on ..." in lines
    assert len([line for line in lines if re.match(r"  \d+: \S+ \d", line)]) > 30
    assert [line for line in lines if "Location" in line] == []


def test_it_installs_what_it_runs_on_alone(demo: Served, place: Path) -> None:
    (packages,) = (place / "clone" / ".venv" / "lib").glob("python3.*/site-packages")
    names = {found.metadata["Name"].lower() for found in distributions(path=[str(packages)])}
    assert {"peak-trade-dashboard", "panel", "pyarrow"} <= names
    assert names.isdisjoint(
        {"pytest", "mypy", "ruff", "mkdocs", "playwright", "ccxt", "jupyter-server"}
    )


def test_an_interrupt_ends_all_of_it(demo: Served) -> None:
    os.killpg(demo.process.pid, signal.SIGINT)
    demo.process.wait(PATIENCE)

    def ended() -> bool:
        try:
            os.killpg(demo.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(ended, "the end of every process")
