"""The table of measurements: every row has a name of its own, and is measured alone by it."""

from __future__ import annotations

import subprocess
import sys

from serving import PATIENCE, REPO


def test_a_row_that_there_is_not_is_refused_with_the_names_of_all() -> None:
    done = subprocess.run(
        [sys.executable, str(REPO / "bench" / "table.py"), "no-such-row"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    said = " ".join(done.stderr.split()).rpartition("no such row: no-such-row; there are ")[2]
    names = said.split(", ")
    assert len(names) > 25
    assert len(set(names)) == len(names)
    assert {"snapshot", "304", "list-warm", "first-csv", "help", "first-load"} <= set(names)
