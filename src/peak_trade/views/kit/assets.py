"""Static files of ours, by the names that pages have for them, and addresses that browsers keep."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from peak_trade.views.kit.elements import STATIC
from peak_trade.views.kit.fonts import fonts

ASSETS: Final = "static/peak_trade/"
"""Where they are, relative to the first page."""


@cache
def files() -> dict[str, Path]:
    """Return each file by its name, which is what follows `ASSETS` in its address."""
    found = {file.relative_to(STATIC).as_posix(): file for file in STATIC.rglob("*")}
    found |= {file.name: file for file in fonts().values()}
    return {name: file for name, file in found.items() if file.is_file()}


@cache
def version(file: Path) -> str:
    """Return what names the content of a file; it is read once."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def address(name: str) -> str:
    """Return where a file is, relative to the first page; another content has another address."""
    return f"{ASSETS}{name}?v={version(files()[name])}"
