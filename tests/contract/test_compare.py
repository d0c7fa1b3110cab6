"""The recorded and required answers of the contract, asked of a running server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CORPUS_NOW, Start

pytestmark = [pytest.mark.shared, pytest.mark.both]

ASKED = (
    r"^/(?!live/|session/|sessions/|watch(\?|$)|openapi\.json"  # pages that do not exist yet
    r"|api/live_sessions\?mode=unknown)"  # recorded as empty, but required to find (rule L6)
)


def test_every_answer_is_as_recorded_or_required(shared: Path, corpus: Path, server: Start) -> None:
    served = server(corpus, env={"PEAK_TRADE_NOW": CORPUS_NOW})
    command = [sys.executable, str(shared / "contract" / "compare.py"), "--corpus", "a"]
    command += ["--base", served.url, "--frozen", "--show", "1000", "--only", ASKED]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "golden   live  ok" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
