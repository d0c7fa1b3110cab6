"""The guides in `docs/`: what they say to write into which file, and what to run then.

A block of a new file has its name as title. A block of changes is a `diff` without line numbers:
what it keeps and takes away must be in the file, once. `@@` is between two places of a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from serving import REPO

CHECKS: Final = "checks"

_BLOCK: Final = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block of a guide with a title: text for a file, or commands."""

    kind: str
    title: str
    text: str

    def write(self, root: Path) -> int:
        """Do what it says below `root`; return the number of lines that the file gains."""
        path = root / self.title
        if self.kind != "diff":
            assert not path.exists(), f"{self.title} is there"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return self.text.count("\n")
        before = text = path.read_text(encoding="utf-8")
        for place in self.text.split("@@\n"):
            old, new = _side(place, "-"), _side(place, "+")
            assert text.count(old) == 1, f"{text.count(old)} times in {self.title}:\n{old}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return text.count("\n") - before.count("\n")


def _side(place: str, sign: str) -> str:
    """Return the lines of one side of a change: those that stay, and those with `sign`."""
    lines = (line or " " for line in place.splitlines())
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in {" ", sign})


def blocks(guide: str) -> list[Block]:
    """Return the blocks of a guide that have a title, in their order."""
    text = (REPO / "docs" / f"{guide}.md").read_text(encoding="utf-8")
    return [Block(*found) for found in _BLOCK.findall(text)]


def follow(guide: str, root: Path) -> dict[str, int]:
    """Do what a guide says in a copy of the sources; return the lines that each file gains."""
    changes = [block for block in blocks(guide) if block.title != CHECKS]
    return {block.title: block.write(root) for block in changes}


def checks(guide: str) -> list[str]:
    """Return the commands that a guide ends with."""
    return [
        line for block in blocks(guide) if block.title == CHECKS for line in block.text.splitlines()
    ]
