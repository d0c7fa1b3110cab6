"""Signs that must not be mistaken for one another."""

from __future__ import annotations

import pytest

from peak_trade.views.kit import badges


def badge(mode: str) -> tuple[object, object, object]:
    """Return class, text and tooltip of the badge of a mode."""
    node = badges.mode_badge(mode)
    assert not isinstance(node, str)
    _, attributes, text = node
    return attributes["class"], text, attributes.get("title")


@pytest.mark.parametrize("mode", ["live", "LIVE", "Live", " live"])
def test_a_live_account_is_one_however_it_is_spelled(mode: str) -> None:
    shown = f"▲ {mode.upper()}"
    assert badge(mode) == ("mode live", shown, "live account: watch only")


@pytest.mark.parametrize("mode", ["", "alive", "shadow_live"])
def test_what_is_no_known_mode_looks_like_none(mode: str) -> None:
    assert badge(mode) == ("mode other", f"? {mode.upper()}", mode or None)
