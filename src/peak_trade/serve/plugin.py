"""For `panel serve apps/*.py --plugins peak_trade.serve.plugin`.

Importing it makes the server ours; settings that cannot be used end the program with their text.
"""

from __future__ import annotations

from typing import Any

from peak_trade.serve.install import install_or_exit

ROUTES: list[tuple[Any, ...]] = []
"""Panel asks a plugin for routes; ours come from the route table."""

install_or_exit()
