"""Latencies are those of the documented formula; quantiles never claim what few values hide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive.downsample import apart
from peak_trade.derive.latency import (
    INTENT_TO_FILL,
    INTENT_TO_ORDER,
    ORDER_TO_FILL,
    Step,
    latencies,
    spread,
)

START = datetime(2026, 1, 15, tzinfo=UTC)
STEPS = lists(
    st.builds(
        Step,
        st.sampled_from(("intent", "order", "fill", "gate")),
        st.sampled_from(("A", "B")),
        st.sampled_from(("", "1", "2")),
        st.integers(-5, 50).map(lambda seconds: START + timedelta(seconds=seconds)),
    ),
    25,
)


def last(steps: list[Step], kind: str, **wanted: str) -> int | None:
    """Return the position of the last step of a kind with these values."""
    for place in range(len(steps) - 1, -1, -1):
        step = steps[place]
        if step.kind == kind and all(getattr(step, k) == v for k, v in wanted.items()):
            return place
    return None


@given(STEPS)
def test_each_stage_is_as_the_formula_says(steps: list[Step]) -> None:
    expected: dict[str, list[float]] = {INTENT_TO_ORDER: [], ORDER_TO_FILL: [], INTENT_TO_FILL: []}
    for place, step in enumerate(steps):
        before = steps[:place]
        if step.kind == "order":
            begin = last(before, "intent", symbol=step.symbol)
            if begin is not None:
                expected[INTENT_TO_ORDER].append(since(steps[begin], step))
        if step.kind == "fill":
            own = last(before, "order", order_id=step.order_id) if step.order_id else None
            order = last(before, "order", symbol=step.symbol) if own is None else own
            if order is None:
                continue
            expected[ORDER_TO_FILL].append(since(steps[order], step))
            begin = last(before[:order], "intent", symbol=steps[order].symbol)
            if begin is not None:
                expected[INTENT_TO_FILL].append(since(steps[begin], step))
    assert latencies(steps) == {
        stage: [value for value in values if value >= 0] for stage, values in expected.items()
    }


def since(begin: Step, end: Step) -> float:
    return (end.instant - begin.instant).total_seconds() * 1000


@given(lists(st.floats(0, 1e6), 300))
def test_quantiles_are_values_and_in_order(values: list[float]) -> None:
    told = spread(values)
    assert told.n == len(values)
    assert (told.p50 is None, told.p95 is None, told.p99 is None) == (
        not values,
        len(values) <= 20,
        len(values) <= 100,
    )
    known = [value for value in told[1:] if value is not None]
    assert known == sorted(known)
    for share, value in ((0.5, told.p50), (0.95, told.p95), (0.99, told.p99)):
        if value is not None:
            assert value in values
            assert sum(v > value for v in values) <= (1 - share) * len(values)


@pytest.mark.parametrize(("n", "p95"), [(20, None), (21, 19.0)])
def test_p95_needs_a_value_beyond_it(n: int, p95: float | None) -> None:
    assert spread([float(value) for value in range(n)]).p95 == p95


def test_quantiles_of_many_values_are_at_their_places() -> None:
    assert spread([float(value) for value in reversed(range(1_000))]) == (1_000, 500, 950, 990)
    assert spread([float(value) for value in range(101)]) == (101, 50, 95, 99)


@given(lists(st.floats(-1e9, 1e9), 80, min_size=1), st.integers(1, 20))
def test_marks_that_lie_apart_cover_the_line(values: list[float], most: int) -> None:
    line = np.array(values)
    chosen = apart(line, most)
    assert list(chosen) == sorted(set(chosen))
    if len(values) <= most:
        assert list(chosen) == list(range(len(values)))
    assert len(chosen) <= max(most, 0)
    part = (line.max() - line.min()) / most
    nearest = np.abs(line[:, None] - line[chosen][None, :]).min(axis=1)
    assert (nearest <= part * (1 + 1e-9)).all()
