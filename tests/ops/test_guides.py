"""The guides are true: what they say is done in a copy of the sources, and the checks pass."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from contract.tree import NOW, Tree, event
from guides import checks, follow
from ops.programs import run
from serving import REPO, SERVE, Served, start

pytestmark = pytest.mark.ops

MYPY = ".mypy_cache"
GUIDES = ("adding_a_route", "adding_a_page", "adding_a_strategy")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which all guides were followed; beside it the contract folder."""
    place = tmp_path_factory.mktemp("guides")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=REPO)
    for name in filter(None, listed.split("\0")):
        if (REPO / name).is_file():
            (place / "sources" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, place / "sources" / name)
    run("git", "init", "-q", cwd=place / "sources")
    run("git", "add", "--all", cwd=place / "sources")
    (place / "sources" / ".venv").symlink_to(sys.prefix)
    if (REPO / MYPY).is_dir():  # what `make check` left: then the changes alone are checked
        shutil.copytree(REPO / MYPY, place / "sources" / MYPY)
    (place / "shared").symlink_to(REPO.parent / "shared")
    assert all(sum(follow(guide, place / "sources").values()) > 20 for guide in GUIDES)
    return place / "sources"


@pytest.fixture(scope="module")
def environment(copy: Path) -> Mapping[str, str]:
    """What makes programs take the copy instead of what is installed."""
    return {"PYTHONPATH": str(copy / "src"), "MYPY_CACHE_DIR": str(copy / MYPY)}


def together(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield commands that do what those of all guides do: tests that several name run once."""
    once = dict.fromkeys(lines)
    tests = [line for line in once if "/pytest " in line and " -k " not in line]
    yield from (shlex.split(line) for line in once if line not in tests)
    yield list(dict.fromkeys(word for line in tests for word in shlex.split(line)))


def test_the_guides_lead_to_sources_that_pass_their_checks(
    copy: Path, environment: Mapping[str, str]
) -> None:
    every = [checks(guide) for guide in GUIDES]
    assert min(map(len, every)) > 3
    failed = {}
    for command in together(chain.from_iterable(every)):
        done = subprocess.run(
            command, cwd=copy, env=os.environ | environment, capture_output=True, text=True
        )
        if done.returncode:
            failed[shlex.join(command)] = done.stdout + done.stderr
    assert failed == {}


@pytest.fixture(scope="module")
def served(
    copy: Path, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    tree = Tree(tmp_path_factory.mktemp("root"))
    for name, symbol in (("one", "ETH/EUR"), ("two", "BTC/EUR"), ("three", "BTC/EUR")):
        tree.run(name, [event(1)], symbol=symbol)
    served = start(
        [*SERVE, "--root", str(tree.root)],
        tree.root,
        tree.root / "server.log",
        env={**environment, "PEAK_TRADE_NOW": NOW},
    )
    yield served
    served.stop()


def test_the_route_of_the_guide_answers(served: Served) -> None:
    answer = served.ask("/api/v0/runs/one/age").json
    assert answer == {"run_id": "one", "age_seconds": 3540.0}
    assert served.ask("/api/v0/runs/none/age").status == 404


@pytest.mark.browser
def test_the_page_of_the_guide_shows_its_payload(served: Served, browser: Browser) -> None:
    found = served.ask("/api/v0/pages/symbols").json["symbols"]
    assert [(row["symbol"], row["runs"]) for row in found] == [("BTC/EUR", 2), ("ETH/EUR", 1)]
    page = browser.new_page()
    page.goto(f"{served.url}/about")
    page.get_by_role("navigation").get_by_text("Symbols").first.click()
    expect(page).to_have_url(f"{served.url}/symbols")
    expect(page.locator(".symbols tbody td:first-child")).to_have_text(["BTC/EUR", "ETH/EUR"])
    page.close()
