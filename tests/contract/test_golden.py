"""The recorded and required answers of the contract, asked of a running server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CORPUS_NOW, Start

pytestmark = [pytest.mark.shared, pytest.mark.both]

ROW = re.compile(r"(golden|required) +(live|webui) +([A-Z]+) (.+)\n +(.+)")
TOTAL = re.compile(r"(?:golden|required) +(?:live|webui) +ok +(\d+)")
MIN_ASKED = 500


def test_every_answer_is_as_recorded_or_required(shared: Path, corpus: Path, server: Start) -> None:
    served = server(corpus, env={"PEAK_TRADE_NOW": CORPUS_NOW})
    command = [sys.executable, str(shared / "contract" / "compare.py"), "--corpus", "a"]
    command += ["--base", served.url, "--frozen", "--html", "skip", "--show", "1000"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert sum(map(int, TOTAL.findall(done.stdout))) > MIN_ASKED, done.stdout + done.stderr
    differing = {f"{method} {request}" for _, _, method, request, _ in ROW.findall(done.stdout)}
    assert differing == set(), done.stdout
