"""The design tokens for what cannot read the stylesheet: form controls and charts."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from peak_trade.views.kit.elements import STATIC

_BLOCK = re.compile(r"/\* (dark|light) \*/[^{]*\{([^}]*)\}")
_TOKEN = re.compile(r"--pt-([\w-]+): (#[0-9A-F]{6})")


@cache
def tokens(theme: str) -> dict[str, str]:
    """Return the colours of the dark or light theme by name, as the stylesheet defines them."""
    blocks = dict(_BLOCK.findall((STATIC / "app.css").read_text(encoding="utf-8")))
    return dict(_TOKEN.findall(blocks[theme]))


CAPTION: Final = 28
"""Pixels that the line below a chart takes."""

CARD: Final = {"background": "var(--pt-card)", "border-radius": "8px", "padding": "8px 0"}
"""Styles of a surface for what is not made of elements, such as charts."""
