"""The scripts of our own, and what in them reaches into Bokeh and Panel."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Final

from serving import REPO

STATIC: Final = REPO / "src" / "peak_trade" / "views" / "kit" / "static"
_INSIDE: Final = re.compile(r"^( *)const inside = \{\n(.*?)^\1\}\n", re.MULTILINE | re.DOTALL)
_NAME: Final = re.compile(r"^(\w+)(?::|\()", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*//.*$|\s// .*$", re.MULTILINE)


def scripts() -> list[Path]:
    """Return the scripts of our own."""
    return sorted(STATIC.glob("*.js"))


def reaches(text: str) -> list[str]:
    """Return the names of what a script uses of the inside of Bokeh and Panel."""
    return [name for _, block in _INSIDE.findall(text) for name in _NAME.findall(dedent(block))]


def outside(text: str) -> str:
    """Return the rest of a script, without comments."""
    return _COMMENT.sub("", _INSIDE.sub("", text))
