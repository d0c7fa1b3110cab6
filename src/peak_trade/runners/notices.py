"""What the runner of a session tells of its exchange: missing candles, outages, market states.

Guarantees that each of them is told when it is first seen, in the alerts and to the person who
started the session, and that what repeats is counted instead of told again and again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from peak_trade import clock
from peak_trade.exchange.errors import ExchangeError, RefusedError
from peak_trade.runners.bars import timeframe_seconds
from peak_trade.runners.lifecycle import Progress
from peak_trade.runners.live import Gap, News
from peak_trade.writing import Recorder, Severity

_CLOCK_TOLERANCE: Final = timedelta(seconds=5)
_BARS_WITHOUT_NEWS: Final = 5
"""Lengths of a bar after which answers without a new candle are told."""
_QUIET_SECONDS: Final = 3600.0
"""Time in which gaps that are no longer than the one told last are only counted."""
_STEADY_SECONDS: Final = 600.0
"""Time of answers after which the next outage is told at once, as a new one."""
_SHORT_SECONDS: Final = 60.0
"""Length from which an outage that follows another one sooner is told as such."""


def describe_offset(offset: timedelta) -> str:
    """Return how far the clock of this machine is off, in words."""
    side = "ahead of" if offset > timedelta(0) else "behind"
    seconds = abs(offset.total_seconds())
    old = ", or its answers are that old" if offset > timedelta(0) else ""
    return f"the clock of this machine is {seconds:.0f} s {side} that of the exchange{old}"


class ExchangeNotices:
    """Tells of one session's exchange."""

    def __init__(self, recorder: Recorder, progress: Progress, timeframe: str) -> None:
        self.missing_candles = 0
        self._recorder = recorder
        self._progress = progress
        self._timeframe = timeframe
        self._failed_polls = 0
        self._failed_since = -float("inf")
        self._is_outage_told = False
        self._recovered_at = -float("inf")
        self._refused_since: float | None = None
        self._missing_before_outage = 0
        self._untold: list[Gap] = []
        self._longest_told = 0
        self._is_clock_off = False
        self._news_at = clock.monotonic()
        self._is_silence_told = False
        self._told_at = -float("inf")

    def tell(self, severity: Severity, rule_id: str, body: str, *, is_change: bool = False) -> None:
        """Write an alert, and say the same to the person.

        Each change of a state is written; what else follows another of its rule is counted.
        """
        if self._recorder.system_alert(severity, rule_id, body, repeats=not is_change):
            self._progress.told(body)

    def outage(self, error: ExchangeError) -> None:
        """Take a question that was not answered, or refused; the first one is told.

        Where the exchange has answered again only for a short time, it is told once it is long:
        one that answers every other question would be down and up again hundreds of times an hour.
        """
        now = clock.monotonic()
        if isinstance(error, RefusedError) and self._refused_since is None:
            self._refused_since = now
        if not self._failed_polls:
            self._failed_since, self._is_outage_told = now, False
            self._missing_before_outage = self.missing_candles
            self._recorder.telemetry.emit("error", {"error": str(error)})
        self._failed_polls += 1
        is_first = now - self._recovered_at >= _STEADY_SECONDS
        is_long = now - self._failed_since >= _SHORT_SECONDS
        if (is_first or is_long) and not self._is_outage_told:
            body = f"{error}; the session waits"
            self.tell(Severity.CRITICAL, "exchange_unavailable", body, is_change=True)
            self._is_outage_told = True

    def refused_for(self) -> float:
        """Return for how many seconds the exchange has refused what it answered before."""
        return 0.0 if self._refused_since is None else clock.monotonic() - self._refused_since

    def answer(self, news: News) -> None:
        """Take an answer: what is missing or changed in it, and the end of an outage."""
        gaps = news.gaps
        self._refused_since = None
        if news.revised:
            before, now = news.revised
            body = (
                f"the candle of {now.time.isoformat()} was changed after it was taken: close "
                f"{before.close:.10g}, now {now.close:.10g}; volume {before.volume:.10g}, now "
                f"{now.volume:.10g}"
            )
            self.tell(Severity.WARN, "candle_revised", body)
        self.missing_candles += sum(gap.missing for gap in gaps)
        self._untold += gaps
        longest = max((gap.missing for gap in gaps), default=0)
        is_quiet = clock.monotonic() < self._told_at + _QUIET_SECONDS
        self._notice_silence(has_news=bool(news.bars))
        if gaps and (longest > self._longest_told or not is_quiet):
            self.flush()
        if self._failed_polls:
            self._notice_recovery()

    def _notice_recovery(self) -> None:
        missing = self.missing_candles - self._missing_before_outage
        lost = f"{missing} candles of it are missing" if missing else "no candle is missing"
        polls = f"after {self._failed_polls} failed polls; {lost}"
        if self._is_outage_told:
            body = f"the exchange answers again, {polls}"
            self.tell(Severity.INFO, "exchange_recovered", body, is_change=True)
        else:
            body = f"the exchange is unsteady: it answers again, {polls}"
            self.tell(Severity.WARN, "exchange_unsteady", body)
        self._failed_polls, self._recovered_at = 0, clock.monotonic()

    def _notice_silence(self, *, has_news: bool) -> None:
        """Tell, once, of answers that bring no new candle for several bars."""
        if has_news:
            self._news_at, self._is_silence_told = clock.monotonic(), False
            return
        waited = clock.monotonic() - self._news_at
        limit = _BARS_WITHOUT_NEWS * timeframe_seconds(self._timeframe)
        if waited > limit and not self._is_silence_told:
            body = (
                f"the exchange answers, but no new candle of {self._timeframe} came for "
                f"{waited:.0f} s: nobody trades, or its data stand still"
            )
            self.tell(Severity.WARN, "no_new_candles", body)
            self._is_silence_told = True

    def clock(self, offset: timedelta, bounds: tuple[timedelta, timedelta]) -> None:
        """Take how far the clock is ahead; that it is off is told once, until it is right again.

        It is right again when an answer proves that it is within half the tolerance: one at the
        border, or answers that travel now longer, now shorter, would be told again and again.
        """
        if abs(offset) > _CLOCK_TOLERANCE:
            if not self._is_clock_off:
                self.tell(Severity.WARN, "clock_off", describe_offset(offset))
            self._is_clock_off = True
        elif max(map(abs, bounds)) <= _CLOCK_TOLERANCE / 2:
            self._is_clock_off = False

    def flush(self) -> None:
        """Tell of the gaps that were only counted."""
        if not self._untold:
            return
        longest = max(self._untold, key=lambda gap: gap.missing)
        missing = sum(gap.missing for gap in self._untold)
        body = (
            f"{longest.missing} candles of {self._timeframe} are missing, between "
            f"{longest.after.isoformat()} and {longest.before.isoformat()}"
        )
        if len(self._untold) > 1:
            body += f"; {missing} in {len(self._untold)} gaps since this was told last"
        self.tell(Severity.WARN, "candles_missing", body, is_change=True)
        self._longest_told = max(self._longest_told, longest.missing)
        self._told_at = clock.monotonic()
        self._untold = []
