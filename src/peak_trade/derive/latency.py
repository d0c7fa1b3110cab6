"""How long execution takes: from intent to order to fill.

Assumes steps in the order in which they were written. Guarantees:

* intent to order: for each order, the time since the last intent of its symbol that was written
  before it; an intent can have many orders;
* order to fill: for each fill, the time since its order, which is the last one before it with the
  same id or, if none has that id, the last one before it of its symbol;
* intent to fill: the sum of both, for each fill whose order has an intent;
* a negative time is left out: the clocks differed.

Of n sorted values v the quantile q is v[floor(q n)]; p95 is given from 21 values on and p99 from
101 on, so that at least one value lies beyond it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

INTENT_TO_ORDER: Final = "intent to order"
ORDER_TO_FILL: Final = "order to fill"
INTENT_TO_FILL: Final = "intent to fill"
STAGES: Final = (INTENT_TO_ORDER, ORDER_TO_FILL, INTENT_TO_FILL)
MIN_FOR_P95: Final = 20
MIN_FOR_P99: Final = 100
MAX_PERIODS: Final = 24


class Step(NamedTuple):
    """One event of a log; `order_id` is empty if it has none."""

    kind: str
    symbol: str
    order_id: str
    instant: datetime


class Spread(NamedTuple):
    """What is told of n latencies, milliseconds; None where n is too small."""

    n: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class _Order(NamedTuple):
    instant: datetime
    intent: datetime | None


def latencies(steps: Iterable[Step]) -> dict[str, list[float]]:
    """Return the latencies of each stage in milliseconds, in the order of the log."""
    return {stage: [ms for _, ms in found] for stage, found in timed_latencies(steps).items()}


def timed_latencies(steps: Iterable[Step]) -> dict[str, list[tuple[datetime, float]]]:
    """Return the latencies of each stage, each with when it ended."""
    intents: dict[str, datetime] = {}
    by_id: dict[str, _Order] = {}
    by_symbol: dict[str, _Order] = {}
    found: dict[str, list[tuple[datetime, timedelta]]] = {stage: [] for stage in STAGES}
    for step in steps:
        if step.kind == "intent":
            intents[step.symbol] = step.instant
        elif step.kind == "order":
            order = _Order(step.instant, intents.get(step.symbol))
            by_symbol[step.symbol] = order
            if step.order_id:
                by_id[step.order_id] = order
            if order.intent:
                found[INTENT_TO_ORDER].append((step.instant, order.instant - order.intent))
        elif step.kind == "fill":
            filled = by_id.get(step.order_id) or by_symbol.get(step.symbol)
            if filled:
                found[ORDER_TO_FILL].append((step.instant, step.instant - filled.instant))
            if filled and filled.intent:
                found[INTENT_TO_FILL].append((step.instant, step.instant - filled.intent))
    return {
        stage: [(at, t.total_seconds() * 1000) for at, t in times if t >= timedelta()]
        for stage, times in found.items()
    }


def spread(values: Sequence[float]) -> Spread:
    """Return median, p95 and p99 as far as there are enough values."""
    ordered, n = sorted(values), len(values)
    return Spread(
        n,
        ordered[n // 2] if n else None,
        ordered[int(0.95 * n)] if n > MIN_FOR_P95 else None,
        ordered[int(0.99 * n)] if n > MIN_FOR_P99 else None,
    )


def over_time(timed: Sequence[tuple[datetime, float]]) -> list[tuple[datetime, Spread]]:
    """Return the spread of latencies in at most `MAX_PERIODS` equal parts of their time.

    Each is named by its begin; a part without a latency is left out.
    """
    if not timed:
        return []
    begin = min(at for at, _ in timed)
    length = (max(at for at, _ in timed) - begin) / MAX_PERIODS or timedelta(seconds=1)
    parts: dict[int, list[float]] = defaultdict(list)
    for at, ms in timed:
        parts[min(int((at - begin) / length), MAX_PERIODS - 1)].append(ms)
    return [(begin + part * length, spread(values)) for part, values in sorted(parts.items())]
