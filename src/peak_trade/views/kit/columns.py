"""Which columns a list shows and in which order, as links; its states as chips with counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from peak_trade.contract.base.listing import ROOT, ListParams
from peak_trade.contract.base.query import narrowed
from peak_trade.i18n import _, mark
from peak_trade.views.kit.choices import Choice, choices
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column

Link = Callable[[Mapping[str, str]], dict[str, str]]
"""Returns the attributes of a link to a view."""


def arranged(columns: Sequence[Column], params: ListParams) -> list[Column]:
    """Return the columns that are shown, in their order; the first one stays."""
    named = {column.key: column for column in columns[1:]}
    return [columns[0], *(named[key] for key in params.arranged(named))]


def with_root(columns: Sequence[Column], labels: Mapping[str, str]) -> Sequence[Column]:
    """Return the columns; that of the root only where several of them have labels."""
    return [column for column in columns if labels or column.key != ROOT]


def chooser(
    columns: Sequence[Column], view: Mapping[str, str], params: ListParams, link: Link
) -> Node:
    """Return what shows and hides each column but the first, and moves it to the front."""
    shown = [column.key for column in arranged(columns, params)[1:]]
    return h(
        "details",
        h("summary", _("Columns")),
        h("div", *(_choice(column, shown, columns, view, link) for column in columns[1:])),
        class_="chooser",
    )


def _choice(
    column: Column,
    shown: Sequence[str],
    columns: Sequence[Column],
    view: Mapping[str, str],
    link: Link,
) -> Node:
    key, is_shown = column.key, column.key in shown
    left = {*shown} - {key} if is_shown else {*shown, key}
    hide = ",".join(one.key for one in columns[1:] if one.key not in left)
    place = shown.index(key) if is_shown else 0
    earlier = [*shown[: place - 1], key, shown[place - 1], *shown[place + 1 :]] if place else []
    name = _(column.label)
    return h(
        "span",
        h(
            "a",
            h("i", "\N{CHECK MARK}" if is_shown else "", aria_hidden="true"),
            name,
            aria_current="true" if is_shown else None,
            **link({**view, "hide": hide}),
        ),
        h(
            "a",
            "\N{LEFTWARDS ARROW}",
            aria_label=_("Move %s one column to the left") % name,
            title=_("Move %s one column to the left") % name,
            **link({**view, "order": ",".join(earlier)}),
        )
        if earlier
        else None,
        class_="line",
        key=key,
    )


def states(counts: Mapping[str, int], view: Mapping[str, str], link: Link) -> Node:
    """Return a chip for each state that there is; each narrows the query of the view."""
    return _narrowing(mark("state"), {state: _(state) for state in counts}, counts, view, link)


def roots(
    counts: Mapping[str, int], labels: Mapping[str, str], view: Mapping[str, str], link: Link
) -> Node | None:
    """Return a chip for each of several roots; nothing where there is one alone."""
    known = {name: labels.get(name, name) for name in counts}
    return _narrowing(mark("root"), known, counts, view, link) if labels else None


def _narrowing(
    name: str,
    labels: Mapping[str, str],
    counts: Mapping[str, int],
    view: Mapping[str, str],
    link: Link,
) -> Node:
    """Return chips that ask for one value of a name in the query, or for all."""
    query = view.get("q", "")
    asked = query.split()

    def chip(label: str, value: str, count: int) -> Choice:
        wanted = link({**view, "q": narrowed(query, name, value)})
        chosen = f"{name}:{value}" in asked
        if not value:
            chosen = not any(word.startswith(f"{name}:") for word in asked)
        return Choice(label, count, wanted["data_send"], wanted["href"], chosen)

    every = chip(_("all"), "", sum(counts.values()))
    return choices(name, (every, *(chip(labels[value], value, counts[value]) for value in counts)))


def clear(view: Mapping[str, str], link: Link) -> Node:
    """Return the link to all rows, with the columns and the order of the view."""
    kept = {name: view[name] for name in ("sort", "hide", "order") if view.get(name)}
    return h("a", _("Clear filter"), **link(kept))
