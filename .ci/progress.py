"""Run pip and tell what it does: a line that is rewritten on a terminal, else a line a package.

What pip says is shown in full if it fails. Usage: python .ci/progress.py WHAT COMMAND...
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

PACKAGE = re.compile(
    r"\s*(?:Downloading|Using cached|Processing) (?:\S*/)?"
    r"([\w.]+)-([\w.!+]+)-\S+\.whl(?: \((.+)\))?$"
)
PART = re.compile(r"Progress (\d+) of (\d+)$")
INSTALLING = re.compile(r"Installing collected packages: (.+)$")
RETRYING = re.compile("WARNING: Retrying ")


class Steps:
    """What the lines of pip that were seen so far mean."""

    def __init__(self) -> None:
        self._count = 0
        self._package = ""

    def read(self, line: str) -> tuple[str, bool] | None:
        """Return what to tell after a line, and if it is worth a line of its own."""
        if found := PACKAGE.match(line):
            self._count += 1
            size = f", {found[3]}" if found[3] else ""
            self._package = f"{self._count}: {found[1]} {found[2]}{size}"
            return self._package, True
        if found := PART.match(line):
            done, whole = int(found[1]), int(found[2])
            return f"{self._package}, {100 * done // max(whole, 1)} %", False
        if found := INSTALLING.match(line):
            return f"unpacking: {found[1].count(',') + 1}", True
        if RETRYING.match(line):
            return "the package index does not answer; trying again", True
        return None


def run(what: str, command: list[str]) -> int:
    """Run a command of pip, tell what it does, and return its exit code."""
    print(f"{what} ...", flush=True)
    steps, said = Steps(), list[str]()
    terminal = sys.stdout.isatty()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in _lines(process):
            if not PART.match(line):
                said.append(line)
            told = steps.read(line)
            if told and terminal:
                print(f"\r\x1b[K  {told[0]}", end="", flush=True)
            elif told and told[1]:
                print(f"  {told[0]}", flush=True)
    if terminal:
        print("\r\x1b[K", end="", flush=True)
    if process.returncode:
        print("\n".join(said), file=sys.stderr)
        print(f"setup: {what} failed; the reason is above", file=sys.stderr)
    return process.returncode


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
