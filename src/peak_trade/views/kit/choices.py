"""Filters as rows of links with counts; each link is the URL of the view it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h

MAX_VALUES: Final = 12


@dataclass(frozen=True)
class Choice:
    """One value of a filter. `query` is what the view has when it is chosen."""

    label: str
    count: int | None
    query: str
    href: str
    chosen: bool
    is_id: bool = False
    """Whether the label is an id, both ends of which tell most."""


def offered(counts: Mapping[str, int], chosen: str | None) -> list[str]:
    """Return the values that a filter offers: at most 12, the chosen one and the most frequent."""
    kept = sorted(counts, key=lambda value: (value != chosen, -counts[value]))[:MAX_VALUES]
    return [value for value in sorted(counts, key=lambda value: -counts[value]) if value in kept]


def choices(name: str, values: Iterable[Choice]) -> Node:
    """Return a filter with its values; `name` is English, and translated here."""
    links = h("div", *(_link(value) for value in values))
    return h(
        "nav",
        h("span", _(name)),
        links,
        class_="filter",
        aria_label=_("Filter by %s") % _(name),
    )


def _link(value: Choice) -> Node:
    return h(
        "a",
        badges.identifier(value.label)
        if value.is_id
        else h("span", value.label, title=value.label),
        None if value.count is None else h("small", text.count(value.count)),
        href=value.href,
        aria_current="true" if value.chosen else None,
        data_send=value.query,
        key=value.label,
    )
