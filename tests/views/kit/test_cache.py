"""What is made once for pages that show the same payload."""

from __future__ import annotations

from peak_trade import i18n
from peak_trade.views.kit.cache import Cache
from peak_trade.views.kit.elements import Component, h


def test_it_is_made_once_for_each_payload_and_key() -> None:
    kept: Cache[list[int]] = Cache(2)
    payload, other = object(), object()
    first = kept.get("a", payload, lambda: [1])
    assert kept.get("a", payload, lambda: [2]) is first
    assert kept.get("b", payload, lambda: [3]) == [3]
    assert kept.get("a", other, lambda: [4]) == [4]
    assert kept.get("a", payload, lambda: [5]) == [5]


def test_the_least_recent_goes_first() -> None:
    kept: Cache[int] = Cache(2)
    payload = object()
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        kept.get(key, payload, lambda value=value: value)  # type: ignore[misc]
    assert kept.get("a", payload, lambda: 5) == 1
    assert kept.get("b", payload, lambda: 6) == 6


def test_what_is_shared_is_of_the_language_of_the_page() -> None:
    payload, parts = object(), {name: Component() for name in ("en", "de")}
    for name, part in parts.items():
        i18n.use(name)
        part.show_of(payload, "word", lambda: [h("p", i18n._("Console"))])
    i18n.use("en")
    shown = [part.elements.get_root().data.tree for part in parts.values()]
    assert ["Console" in shown[0], "Konsole" in shown[1]] == [True, True]
