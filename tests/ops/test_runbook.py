"""Runbooks do what they say: every command is run, and prints what stands below it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from ops.programs import find
from ops.prometheus import RULES
from serving import PATIENCE, REPO, clean_environment, find_free_port

RUNBOOK = REPO / "docs/ops/runbooks/RUNBOOK_DASHBOARD_WATCH_ONLY_START_TO_FINISH.md"
RUNBOOKS = pytest.mark.parametrize(
    "runbook",
    [RUNBOOK, REPO / "docs/LIVE_OPERATIONAL_RUNBOOKS.md"],
    ids=lambda path: path.stem,
)
MARK = "=== end of command "


class Command(NamedTuple):
    """One command, and the lines it should print; `...` stands for anything."""

    line: str
    expected: str


def commands(runbook: Path) -> list[Command]:
    """Return the commands of the console blocks in their order."""
    found: list[Command] = []
    for block in re.findall(
        r"^```console\n(.*?)^```$", runbook.read_text(), re.MULTILINE | re.DOTALL
    ):
        assert block.startswith("$ ")
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, expected = part.partition("\n")
            found.append(Command(line, expected))
    return found


def matches(expected: str, printed: str) -> bool:
    """Tell whether `printed` is as `expected`; runs of blanks count as one."""
    lines = [re.escape(" ".join(line.split())) for line in expected.splitlines()]
    pattern = r"\s*".join(line.replace(r"\.\.\.", r"[\s\S]*?") for line in lines)
    return re.fullmatch(pattern, " ".join(printed.split()), re.DOTALL) is not None


@RUNBOOKS
@pytest.mark.ops
def test_every_command_does_what_it_says(runbook: Path, tmp_path: Path) -> None:
    find("curl")
    listed = commands(runbook)
    assert len(listed) > 20
    text = "set -euo pipefail\ntrap 'kill $(jobs -p) 2> kill.log || true' EXIT\n"
    text += "".join(f"{c.line}\nprintf '\\n{MARK}{i}\\n'\n" for i, c in enumerate(listed))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    port = str(find_free_port())
    done = subprocess.run(
        ["bash", "-c", text.replace("8000", port)],
        cwd=tmp_path,
        env=clean_environment({"PATH": path, "COLUMNS": "200"}),
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
    )
    parts = re.split(rf"^{MARK}\d+\n", done.stdout.replace(port, "8000"), flags=re.MULTILINE)
    printed = dict(zip(listed, parts, strict=False))
    assert len(parts) == len(listed) + 1, f"{listed[len(parts) - 1]}: {done.stderr}"
    assert done.returncode == 0, done.stderr
    wrong = [(c.line, out) for c, out in printed.items() if not matches(c.expected, out)]
    assert wrong == []


@RUNBOOKS
def test_commands_stand_in_console_blocks_alone(runbook: Path) -> None:
    kinds = re.findall(r"^```(\w+)$", runbook.read_text(), re.MULTILINE)
    assert set(kinds) == {"console"}


def test_each_alert_leads_to_a_place_in_the_runbook() -> None:
    for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]:
        path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert REPO / path == RUNBOOK
        headings = re.findall(r"^#+ (.*)$", RUNBOOK.read_text(), re.MULTILINE)
        assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\n...\nb\n", "a\nx y\nb\n", True),
        ("...\n", "", True),
        ("a  b\n", "a b\n", True),
        ("405\n", "200\n", False),
        ("", "surplus\n", False),
    ],
)
def test_output_is_compared(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same
