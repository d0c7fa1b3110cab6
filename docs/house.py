"""Draw the house: its rooms, their folders, and which room imports which, as plain text.

`python docs/house.py` writes the picture into `docs/architecture.md`; a test compares the two.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).with_name("architecture.md")
PACKAGE: Final = Path(__file__).parents[1] / "src" / "peak_trade"
BEGIN, END = "<!-- house -->\n```\n", "```\n<!-- end -->"
WIDTH: Final = 96


def rooms() -> dict[str, list[Path]]:
    """Return the files of each room, a directory of the package."""
    directories = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
    return {path.name: sorted(path.rglob("*.py")) for path in directories}


def used(files: list[Path]) -> set[str]:
    """Return the names below `peak_trade` that files import."""
    names: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("peak_trade.")}


def wrapped(label: str, words: list[str]) -> list[str]:
    """Return words in lines below each other, the first after its label."""
    lines = [f"    {label:<8}"]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > WIDTH:
            lines.append(" " * 12)
        lines[-1] += f" {word}"
    return lines if words else []


def picture() -> str:
    """Return the picture; a room stands below those that it imports."""
    known = rooms()
    imports = {name: used(files) & (known.keys() - {name}) for name, files in known.items()}
    drawn: list[str] = []
    while rest := sorted(known.keys() - set(drawn)):
        drawn += [name for name in rest if imports[name] <= set(drawn)]
    lines: list[str] = []
    for name in drawn:
        folders = sorted({path.parent.name for path in known[name]} - {name, "peak_trade"})
        lines += [name, *wrapped("folders", folders)]
        lines += wrapped("imports", sorted(imports[name], key=drawn.index))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the picture into the document."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + picture() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
