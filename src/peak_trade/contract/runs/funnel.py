"""Payload of the decision funnel of a run: from a signal to a fill, and why not."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Final

from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.base.steps import steps
from peak_trade.contract.runs.books import session_of
from peak_trade.contract.runs.judged import judged, moment
from peak_trade.derive.fills import Fill
from peak_trade.derive.funnel import STAGES, Funnel, Reason, funnel
from peak_trade.derive.latency import Spread, over_time, spread, timed_latencies
from peak_trade.derive.symbols import quote_currency
from peak_trade.schemas import BAR_COLUMN, INSTANT_COLUMN
from peak_trade.store.runs_state import RunState

MAX_FILLS: Final = 100


class StageItem(TypedDict):
    """One stage of the funnel."""

    name: Annotated[str, f.about("signal, intent, gate, order or fill", "order")]
    label: Annotated[str, f.about("What it is called", "order")]
    count: Annotated[int | None, f.about("How many came so far; null if nothing tells it", 7)]
    conversion: Annotated[
        float | None, f.about("Of the stage before that is told", 0.7, unit=f.FRACTION)
    ]
    source: Annotated[str, f.about("Where it is counted: events or telemetry", "events")]


class ReasonItem(TypedDict):
    """One reason why orders were blocked or rejected."""

    kind: Annotated[str, f.about("blocked or rejected", "blocked")]
    reason: Annotated[str, f.about("Its full text, as stored", "max_order_notional exceeded")]
    count: Annotated[int, f.about("Events that name it", 3)]
    first_seq: Annotated[int | None, f.about("Position of the first event, from 0", 41)]
    last_seq: Annotated[int | None, f.about("Position of the last event", 56)]
    first_time: Annotated[str | None, f.about("Candle of the first, ISO 8601", f.EXAMPLE_TIME)]
    last_time: Annotated[str | None, f.about("Candle of the last, ISO 8601", f.EXAMPLE_TIME)]


class SpreadItem(TypedDict):
    """Latencies of a stage, in all or in a part of the time; null where there are too few."""

    stage: Annotated[str, f.about("From which step to which", "order to fill")]
    begin: Annotated[str | None, f.about("Begin of the part, ISO 8601; null for all", None)]
    n: Annotated[int, f.about("Number of values", 120)]
    p50: Annotated[float | None, f.about("Median", 12.5, unit="ms")]
    p95: Annotated[float | None, f.about("95th percentile", 80.0, unit="ms")]
    p99: Annotated[float | None, f.about("99th percentile", 140.0, unit="ms")]


class FillItem(TypedDict):
    """One fill with what it cost."""

    time: Annotated[str | None, f.about("When, ISO 8601", f.EXAMPLE_TIME)]
    side: Annotated[str, f.about("buy or sell", "buy")]
    quantity: Annotated[float, f.about("How much", 0.04, unit=f.BASE)]
    price: Annotated[float, f.about("At which price", 42000.5, unit="quote currency")]
    fee: Annotated[float | None, f.about("As far as it is named", 0.4, unit=f.CURRENCY)]
    slippage: Annotated[
        float | None, f.about("How much worse than the price of the decision", 5.0, unit="bps")
    ]
    seq: Annotated[int | None, f.about("Position of its event, from 0", 41)]


class FunnelPayload(TypedDict):
    """From a signal to a fill, and why not."""

    run_id: f.RunId
    session_id: Annotated[str | None, f.about("Whose telemetry it is, if known", "s1")]
    currency: f.Currency
    stages: Annotated[list[StageItem], f.about("In order")]
    blocked: Annotated[int, f.about("Orders that the risk check blocked", 2)]
    rejected: Annotated[int, f.about("Orders that were rejected", 0)]
    reasons: Annotated[list[ReasonItem], f.about("The 50 most frequent")]
    other_reasons: Annotated[int, f.about("Events with reasons that are left out", 0)]
    latencies: Annotated[list[SpreadItem], f.about("One for each stage, over all of it")]
    latencies_over_time: Annotated[list[SpreadItem], f.about("In at most 24 parts of the time")]
    fills: Annotated[list[FillItem], f.about("The newest 100, newest first")]
    total_fills: Annotated[int, f.about("All of them", 9)]


async def decision_funnel(context: Context, params: Params, run_id: str) -> FunnelPayload:
    """Give the decision funnel of a run."""
    state, known = await judged(context, run_id)
    session = await session_of(context, state)
    told = list(session.log.state.records) if session.log else []

    def build() -> FunnelPayload:
        found = funnel(context.store.local.judging.decisions(state), told)
        timed = timed_latencies(steps(told))
        return {
            "run_id": run_id,
            "session_id": session.session_id,
            "currency": quote_currency(state.meta.symbol),
            "stages": _stages(found),
            "blocked": found.blocked,
            "rejected": found.rejected,
            "reasons": [_reason(reason, state) for reason in found.reasons],
            "other_reasons": found.other_reasons,
            "latencies": [
                _spread(stage, None, spread([ms for _, ms in values]))
                for stage, values in timed.items()
            ],
            "latencies_over_time": [
                _spread(stage, times.iso(begin), part)
                for stage, values in timed.items()
                for begin, part in over_time(values)
            ],
            "fills": [fill_item(fill) for fill in known.fills.fills[-MAX_FILLS:][::-1]],
            "total_fills": len(known.fills.fills),
        }

    return await context.store.compute(build)


def fill_item(fill: Fill) -> FillItem:
    """Return one fill."""
    return {
        "time": moment(fill.time),
        "side": "buy" if fill.side > 0 else "sell",
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fill.fee,
        "slippage": fill.slippage_bps,
        "seq": fill.row if fill.row >= 0 else None,
    }


def _stages(found: Funnel) -> list[StageItem]:
    known = [stage for stage in found.stages if stage.count is not None]
    shares = {
        after.name: (after.count or 0) / before.count
        for before, after in pairwise(known)
        if before.count
    }
    return [
        {
            "name": stage.name,
            "label": STAGES[stage.name],
            "count": stage.count,
            "conversion": shares.get(stage.name) if stage.count is not None else None,
            "source": stage.source,
        }
        for stage in found.stages
    ]


def _reason(reason: Reason, state: RunState) -> ReasonItem:
    first, last = (
        _time(state, row, own)
        for row, own in ((reason.first, reason.first_time), (reason.last, reason.last_time))
    )
    return {
        "kind": reason.kind,
        "reason": reason.text,
        "count": reason.count,
        "first_seq": reason.first,
        "last_seq": reason.last,
        "first_time": first,
        "last_time": last,
    }


def _time(state: RunState, row: int | None, own: datetime | None) -> str | None:
    at: datetime | None = own
    if row is not None:
        table = state.events.table()
        names = [name for name in (BAR_COLUMN, INSTANT_COLUMN) if name in table.column_names]
        at = next((known for name in names if (known := table[name][row].as_py())), None)
    return times.iso(at)


def _spread(stage: str, begin: str | None, found: Spread) -> SpreadItem:
    return {
        "stage": stage,
        "begin": begin,
        "n": found.n,
        "p50": found.p50,
        "p95": found.p95,
        "p99": found.p99,
    }
