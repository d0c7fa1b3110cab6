"""Warnings that a client can cause are few, and say how many there were."""

from __future__ import annotations

import logging

import pytest

from peak_trade import clock
from peak_trade.seldom import SECONDS, Seldom


def test_one_line_a_minute_counts_what_was_not_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    seldom = Seldom(logging.getLogger("test"), "Refused")
    for why in ("first", "second", "third"):
        seldom.warn(why)
    assert caplog.messages == ["Refused: first (1 since the last such line)"]
    now[0] += SECONDS
    seldom.warn("fourth")
    assert caplog.messages[1:] == ["Refused: fourth (3 since the last such line)"]
