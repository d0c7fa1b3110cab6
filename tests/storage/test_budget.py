"""Requests to a store are bounded in any minute, however many are waiting."""

from __future__ import annotations

import threading
from bisect import bisect_left

import pytest

from peak_trade import clock
from peak_trade.storage.budget import Budget, EndedError


class Waiting(threading.Event):
    """An event at which the clock goes on instead of waiting."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.now = 1000.0
        monkeypatch.setattr(clock, "monotonic", lambda: self.now)

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.is_set()


@pytest.mark.parametrize("per_minute", [1, 7, 60, 3000])
def test_no_minute_has_more_requests_than_it_may(
    per_minute: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Waiting(monkeypatch)
    budget, made = Budget(per_minute, ended), list[float]()
    for _ in range(3 * per_minute + 2):
        budget.take()
        made.append(ended.now)
    most = max(bisect_left(made, begin + 60) - at for at, begin in enumerate(made))
    assert most <= per_minute
    assert made[-1] - made[0] < 60 * 4 * 1.2  # and it is used


def test_what_was_charged_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Waiting(monkeypatch)
    budget = Budget(60, ended)
    budget.charge(60)
    begun = ended.now
    budget.take()
    assert ended.now - begun > 50


def test_the_end_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Waiting(monkeypatch)
    budget = Budget(1, ended)
    budget.take()
    ended.set()
    with pytest.raises(EndedError):
        budget.take()
