"""From a signal to a fill: how many came how far, and why the others did not.

Counted in the events of a run; intents and gates are known from the execution telemetry alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Places
from peak_trade.derive.metrics import floats, has_column, total
from peak_trade.i18n import mark

STAGES: Final[dict[str, str]] = {
    "signal": mark("signal changed"),
    "intent": mark("intent"),
    "gate": mark("passed the gate"),
    "order": mark("order"),
    "fill": mark("fill"),
}
MAX_REASONS: Final = 50
NO_REASON: Final = mark("no reason given")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `count` is None where no artifact tells it."""

    name: str
    count: int | None
    source: str
    """events or telemetry."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why orders were blocked or rejected: its full text, how often, and the events."""

    text: str
    kind: str
    """blocked or rejected."""
    count: int
    first: int | None = None
    """Position of the first event, from 0; None if the reason is from the telemetry."""
    last: int | None = None
    first_time: datetime | None = None
    last_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages in order, and the reasons, the most frequent first."""

    stages: tuple[Stage, ...]
    blocked: int
    rejected: int
    reasons: tuple[Reason, ...]
    other_reasons: int
    """Blocks and rejections whose reasons are left out, for there are too many."""


class Told(Protocol):
    """An event of the execution telemetry."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def instant(self) -> datetime | None:
        """When it happened."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """What is told of it."""


class Occurred(NamedTuple):
    """How often a reason was named, and by which events."""

    often: int
    first: int
    last: int


Reasons = Mapping[tuple[str, str], Occurred]
"""By kind and text."""


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """What the rows so far tell of a funnel; `signals` is None where no column tells it."""

    rows: int = 0
    signals: int | None = None
    signal: float = 0.0
    """The last one that is known."""
    generated: int = 0
    blocked: int = 0
    rejected: int = 0
    filled: int = 0
    reasons: Reasons = field(default_factory=dict)

    def plus(self, table: pa.Table) -> Self:
        """Return the same of these rows and further ones."""
        signals, signal = self._signals(table)
        return type(self)(
            rows=self.rows + table.num_rows,
            signals=signals,
            signal=signal,
            generated=self.generated + total(table, "orders_generated"),
            blocked=self.blocked + total(table, "orders_blocked"),
            rejected=self.rejected + total(table, "orders_rejected"),
            filled=self.filled + total(table, "orders_filled"),
            reasons=self._reasons(table),
        )

    def _signals(self, table: pa.Table) -> tuple[int | None, float]:
        known = self.signals or 0
        if has_column(table, "signal_changed"):
            changes = np.nan_to_num(floats(table, "signal_changed"))
            return known + int(np.count_nonzero(changes)), 0.0
        if not has_column(table, "signal"):
            return self.signals, self.signal
        signal = floats(table, "signal")
        signal = signal[~np.isnan(signal)]
        changed = int(np.count_nonzero(np.diff(signal, prepend=self.signal)))
        return known + changed, float(signal[-1]) if signal.size else self.signal

    def _reasons(self, table: pa.Table) -> Reasons:
        new: dict[tuple[str, str], Occurred] = {}
        for kind, place, text in _named(table):
            row = self.rows + place
            known = new.get((kind, text)) or self.reasons.get((kind, text)) or Occurred(0, row, row)
            new[kind, text] = Occurred(known.often + 1, known.first, row)
        return {**self.reasons, **new} if new else self.reasons


def funnel(run: Decisions, told: Sequence[Told]) -> Funnel:
    """Return the funnel of a run's rows and of the telemetry of its session, empty for none."""
    stages = (
        Stage("signal", run.signals, "events"),
        _told("intent", told),
        Stage("gate", max(run.generated - run.blocked, 0), "events"),
        Stage("order", max(run.generated - run.blocked - run.rejected, 0), "events"),
        Stage("fill", run.filled, "events"),
    )
    reasons = [
        *(Reason(text, kind, *found) for (kind, text), found in run.reasons.items()),
        *_problems(told),
    ]
    reasons.sort(key=_rank)
    return Funnel(
        stages,
        run.blocked,
        run.rejected,
        tuple(reasons[:MAX_REASONS]),
        sum(reason.count for reason in reasons[MAX_REASONS:]),
    )


def _rank(reason: Reason) -> tuple[int, str, float]:
    """Return what reasons are sorted by: the most frequent first, equal ones as they came."""
    return -reason.count, reason.kind, np.inf if reason.first is None else reason.first


def _told(kind: str, told: Sequence[Told]) -> Stage:
    count = sum(event.kind == kind for event in told)
    return Stage(kind, count if told else None, "telemetry")


def rows_of_reason(table: pa.Table, text: str) -> Places:
    """Return the positions of the events that name this reason, rising."""
    rows = {row for _, row, reason in _named(table) if reason == text}
    return np.array(sorted(rows), dtype=np.intp)


def _named(table: pa.Table) -> Iterator[tuple[str, int, str]]:
    """Yield kind, row and text of each reason: of several that are joined each one for itself."""
    stopped = (floats(table, "orders_blocked") > 0) | (floats(table, "risk_allowed") == 0)
    rejected = floats(table, "orders_rejected") > 0
    for kind, column, rows in (
        ("blocked", "risk_reasons", np.flatnonzero(stopped)),
        ("rejected", "extra_rejection_reason", np.flatnonzero(rejected)),
    ):
        texts: list[Any] = [None] * rows.size
        if column in table.column_names:
            texts = table[column].take(pa.array(rows)).to_pylist()
        for row, text in zip(rows.tolist(), texts, strict=True):
            parts = [part.strip() for part in str(text or "").split("; ")]
            for part in dict.fromkeys(part for part in parts if part) or (NO_REASON,):
                yield kind, row, part


def _problems(told: Iterable[Told]) -> list[Reason]:
    """Return why orders were found to be invalid, from the telemetry."""
    counts: Counter[str] = Counter()
    ends: dict[str, tuple[datetime | None, datetime | None]] = {}
    for event in told:
        validation = event.payload.get("validation") if event.kind == "order" else None
        problems = validation.get("problems") if isinstance(validation, Mapping) else None
        for problem in problems if isinstance(problems, Sequence) else ():
            text = str(problem)
            counts[text] += 1
            ends[text] = (ends.get(text, (event.instant, None))[0], event.instant)
    return [
        Reason(text, "rejected", count, None, None, *ends[text]) for text, count in counts.items()
    ]
