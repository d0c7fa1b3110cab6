"""The readers under a fuzzer that sees which lines its bytes reach, for some seconds each."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from serving import PATIENCE, REPO, clean_environment

pytestmark = [
    pytest.mark.ops,
    pytest.mark.skipif(not find_spec("atheris"), reason="atheris is not made for this machine"),
]

FAULTS = REPO / "tests" / "faults"
CORPUS = FAULTS / "corpus"
SECONDS = 5


@pytest.mark.parametrize("target", sorted(path.name for path in CORPUS.iterdir()))
def test_made_up_bytes_are_read(tmp_path: Path, target: str) -> None:
    known = sorted((CORPUS / target).iterdir())
    assert known
    found = tmp_path / "found"
    found.mkdir()
    program = [sys.executable, str(FAULTS / "fuzz.py"), target, str(found), str(CORPUS / target)]
    options = [f"-max_total_time={SECONDS}", "-max_len=4096", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(
        [*program, *options],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE * 3,
    )
    crashed = {path.name: path.read_bytes() for path in tmp_path.glob("crash-*")}
    assert (done.returncode, crashed) == (0, {}), done.stderr[-5000:]
    assert "Done " in done.stderr
