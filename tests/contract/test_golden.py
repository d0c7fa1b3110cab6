"""The recorded and required answers of the contract, asked of a running server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import CORPUS_NOW, Start
from peak_trade.contract.base.route import Route
from peak_trade.contract.registry.pages import PAGES
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings

pytestmark = [pytest.mark.shared, pytest.mark.both]

ROW = re.compile(r"(golden|required) +(live|webui) +([A-Z]+) (.+)\n +(.+)")
TOTAL = re.compile(r"(?:golden|required) +(?:live|webui) +ok +(\d+)")
MIN_ASKED = 500

# The recorded answer is empty; the text of the contract (4.2 and L6) wants the records that have
# no mode, and we follow the text.
KNOWN = {"GET /api/live_sessions?mode=unknown"}


def is_served(path: str, routes: tuple[Route, ...]) -> bool:
    patterns = [row.pattern for row in routes] + [page.pattern for page in PAGES]
    return any(pattern.fullmatch(path) for pattern in patterns)


def is_unbuilt(request: str, problem: str, routes: tuple[Route, ...]) -> bool:
    """Tell whether a row differs because a page is not built yet."""
    path = urlsplit(request).path
    if path == "/openapi.json" and problem.startswith("operations missing"):
        missing = re.findall(r"'GET ([^']+)'", problem)
        return not any(is_served(name, routes) for name in missing)
    return not is_served(path, routes)


def test_every_answer_is_as_recorded_or_required(shared: Path, corpus: Path, server: Start) -> None:
    served = server(corpus, env={"PEAK_TRADE_NOW": CORPUS_NOW})
    command = [sys.executable, str(shared / "contract" / "compare.py"), "--corpus", "a"]
    command += ["--base", served.url, "--frozen", "--html", "skip", "--show", "1000"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert sum(map(int, TOTAL.findall(done.stdout))) > MIN_ASKED, done.stdout + done.stderr
    routes = Runtime(Settings()).routes
    differing = {
        f"{method} {request}"
        for _, _, method, request, problem in ROW.findall(done.stdout)
        if not is_unbuilt(request, problem, routes)
    }
    assert differing == KNOWN, done.stdout
