"""The pages of the table: where each is in the corpus, and what shows that it is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from peak_trade.contract.registry.pages import NAMED

ADDRESSES: Final = {name: page.address(page.example) for name, page in NAMED.items()}
"""Name of each page to its address in the corpus of the contract."""

CONTENT: Final = {
    "console": ".sessions tbody tr",
    "dashboard": ".events tbody tr",
    "run": ".events tbody tr",
    "watch": ".watched tbody tr",
    "compare": "ul.runs li",
    "session": ".tile",
    "alerts": "ul.groups li",
    "telemetry": ".gauge",
    "execution": ".timeline tbody tr",
    "quality": ".kinds tbody tr",
    "about": ".proofs tbody tr",
}
"""Name of each page to what shows that its content is there."""


def unvisited(addresses: Iterable[str]) -> set[str]:
    """Return the names of the pages that none of these addresses leads to."""
    paths = [address.partition("?")[0] for address in addresses]
    return {name for name, page in NAMED.items() if not any(map(page.pattern.fullmatch, paths))}
