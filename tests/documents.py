"""The documents as tests read them: sections, tables, and what stands in them as code."""

from __future__ import annotations

import re

from serving import REPO

DOCS = REPO / "docs"


def read(name: str) -> str:
    """Return the text of a document below `docs`."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(name: str, title: str, level: int = 2) -> str:
    """Return what stands below a heading, down to the next one of its level or above."""
    below = read(name).split(f"\n{'#' * level} {title}\n")[1]
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of all tables, row by row, without heads and rules."""
    lines = text.splitlines()
    return [
        [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]
        for line, above in zip(lines[1:], lines, strict=False)
        if line.startswith("| ") and above.startswith("|")
    ]


def codes(text: str) -> list[str]:
    """Return what stands between single backticks, blocks left out."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)
