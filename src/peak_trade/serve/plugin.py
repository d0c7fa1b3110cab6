"""For `panel serve apps/*.py --plugins peak_trade.serve.plugin`, and for `apps/app_hooks.py`.

Importing it makes the server ours; settings that cannot be used end the program with their text.
"""

from __future__ import annotations

from typing import Any

from peak_trade.errors import PeakTradeError
from peak_trade.serve.install import install

ROUTES: list[tuple[Any, ...]] = []
"""Panel asks a plugin for routes; ours come from the route table."""

try:
    install()
except PeakTradeError as error:
    raise SystemExit(f"peak-trade: {error}") from None
