"""Whether something that writes is alive: one judgement for runs, sessions, logs and feeds.

What counts is silence: the time since the newest sign of life, whatever gave it. Silence is held
against the cadence that is expected: up to one candle and the writer's delay is live, up to some
candles and a moment late, beyond that stale. Who has not ended and is silent for still longer is
taken for crashed. Without a known cadence there is no verdict but that a sign of a moment ago is
life. A process can be alive while its market is quiet: then the reason says since when no row came.

Times ahead of the clock by more than clocks differ are no signs of life; only of rows it is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from peak_trade.i18n import mark

AHEAD: Final = timedelta(minutes=1)
"""How far the clocks of writer and reader may differ."""


OBSERVED_GAPS: Final = 5
"""Times between rows that an interval is taken from, at least."""

OBSERVED_ROWS: Final = 50
"""Newest rows that it is taken from, at most."""


class Freshness(StrEnum):
    """How much can be believed to be current."""

    LIVE = "live"
    LATE = "late"
    STALE = "stale"
    CRASHED = "crashed"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Evidence(StrEnum):
    """What a sign of life was."""

    ROW = "row"
    ALERT = "alert"
    TELEMETRY = "telemetry"
    RECORD = "session record"
    FILE = "file time"
    START = "start"
    ANSWER = "answer"


class CadenceSource(StrEnum):
    """Where an expected cadence comes from."""

    TIMEFRAME = mark("timeframe")
    FLUSH = mark("writer's flush")
    OBSERVED = mark("observed interval")
    HEARTBEAT = mark("heartbeat")
    NONE = mark("none")


class Reason(StrEnum):
    """Why the state is what it is; a template that is translated where it is shown."""

    ON_TIME = mark("alive, on time")
    QUIET = mark("alive, no candle since %(row)s")
    NO_ROW = mark("alive, no candle yet")
    HELD = mark("its writer holds rows back, up to %(cadence)s")
    SILENT = mark("silent since %(sign)s, expected every %(cadence)s")
    CRASHED = mark("not ended, and silent since %(sign)s")
    ENDED = mark("it has ended")
    NO_DATA = mark("no data yet")
    NO_CADENCE = mark("how often it writes is not known: no verdict")
    AHEAD = mark("its times are ahead of the clock")


class Sign(NamedTuple):
    """One sign of life."""

    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often something is expected; a writer may hold it back for some more time."""

    interval: timedelta | None = None
    source: CadenceSource = CadenceSource.NONE
    held: timedelta = timedelta()
    can_crash: bool = True
    """Silence, if long enough, means that it died."""

    @property
    def longest(self) -> timedelta | None:
        """Longest silence that is expected."""
        return None if self.interval is None else self.interval + self.held


@dataclass(frozen=True, slots=True)
class Grace:
    """How much more than the cadence is allowed."""

    late: timedelta = timedelta(seconds=15)
    stale_intervals: int = 3
    stale: timedelta = timedelta(minutes=1)
    crashed_intervals: int = 10
    crashed: timedelta = timedelta(minutes=10)


def observed_interval(times: Iterable[datetime | None]) -> timedelta | None:
    """Return the median time from one of these to the next, None of too few that rise."""
    known = [at for at in times if at is not None]
    gaps = sorted(after - before for before, after in pairwise(known) if after > before)
    return gaps[len(gaps) // 2] if len(gaps) >= OBSERVED_GAPS else None


class Limits(NamedTuple):
    """Silence beyond which it is late, stale, crashed; None: never."""

    late: timedelta
    stale: timedelta | None
    crashed: timedelta | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A state with all that it rests on.

    `as_of` is the newest sign of life (of something that ended, its end); `row` the newest row,
    None without one. `expects_rows` is false for what writes none.
    """

    state: Freshness
    reason: Reason
    as_of: datetime | None
    evidence: Evidence | None
    silence: timedelta | None
    row: datetime | None
    expects_rows: bool
    ended_at: datetime | None
    cadence: Cadence
    limits: Limits

    def is_recent(self, now: datetime, period: timedelta) -> bool:
        """Tell whether it showed life within a period before `now`.

        Where a cadence allows for a longer silence, the period begins after that silence: a run of
        daily candles is not forgotten between two of them, and its crash is told for as long.
        """
        allowed = self.limits.crashed or timedelta()
        whole = period + allowed if allowed > period else period
        return self.as_of is not None and self.as_of >= now - whole

    @property
    def goes_on(self) -> bool:
        """Neither ended nor crashed."""
        return self.state not in {Freshness.ENDED, Freshness.CRASHED}


def limits(cadence: Cadence, grace: Grace) -> Limits:
    """Return the silence at which the state changes."""
    every = cadence.interval
    if every is None:
        return Limits(grace.stale, None, None)
    stale = grace.stale_intervals * every + grace.stale
    crashed = max(grace.crashed_intervals * every, grace.crashed)
    held = cadence.held
    return Limits(
        every + held + grace.late, stale + held, crashed + held if cadence.can_crash else None
    )


def judge(
    signs: Iterable[Sign],
    cadence: Cadence,
    grace: Grace,
    now: datetime,
    *,
    ended: bool = False,
    ended_at: datetime | None = None,
    expects_rows: bool = True,
) -> Judgement:
    """Return the judgement over all signs of life."""
    given = list(signs)
    row = max((sign.at for sign in given if sign.evidence is Evidence.ROW), default=None)
    newest = max((s for s in given if s.at <= now + AHEAD), key=_when, default=None)
    beyond = limits(cadence, grace)
    known = newest or (Sign(Evidence.ROW, row) if row else None)
    silence = now - known.at if known else None
    state, reason = Freshness.ENDED, Reason.ENDED
    if not ended:
        state, reason = _verdict(newest, silence, beyond)
    if reason is Reason.ON_TIME and expects_rows:
        reason = _of_rows(row, now, cadence, grace)
    return Judgement(
        state=state,
        reason=reason,
        as_of=ended_at or (known.at if known else None),
        evidence=known.evidence if known else None,
        silence=silence,
        row=row,
        expects_rows=expects_rows,
        ended_at=ended_at or (known.at if known else None) if ended else None,
        cadence=cadence,
        limits=beyond,
    )


def _when(sign: Sign) -> datetime:
    return sign.at


def _verdict(
    newest: Sign | None, silence: timedelta | None, beyond: Limits
) -> tuple[Freshness, Reason]:
    if silence is None:
        return Freshness.UNKNOWN, Reason.NO_DATA
    if newest is None:
        return Freshness.UNKNOWN, Reason.AHEAD
    if silence <= beyond.late:
        return Freshness.LIVE, Reason.ON_TIME
    if beyond.stale is None:
        return Freshness.UNKNOWN, Reason.NO_CADENCE
    if beyond.crashed is not None and silence > beyond.crashed:
        return Freshness.CRASHED, Reason.CRASHED
    return Freshness.STALE if silence > beyond.stale else Freshness.LATE, Reason.SILENT


def _of_rows(row: datetime | None, now: datetime, cadence: Cadence, grace: Grace) -> Reason:
    """Return what is to be said of the rows of something that is alive."""
    if row is None:
        return Reason.NO_ROW
    every, longest = cadence.interval, cadence.longest
    if every is None or longest is None or now - row <= every + grace.late:
        return Reason.ON_TIME
    return Reason.HELD if now - row <= longest + grace.late else Reason.QUIET
