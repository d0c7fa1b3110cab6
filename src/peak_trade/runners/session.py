"""The session run: live candles of an exchange, a strategy, a paper account, all artifacts.

Assumes bars of `live`. Guarantees that no order is sent: in mode `shadow` orders are filled on
paper; in mode `testnet` they are also held against the limits of the exchange, and one that it
would refuse is not filled. A session begins only if the exchange answers; one that fails later is
waited for, one that refuses what worked before for a set time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.exchange.credentials import Credentials
from peak_trade.exchange.errors import (
    ExchangeError,
    ExchangeUnavailableError,
    RefusedError,
    UnknownMarketError,
)
from peak_trade.exchange.results import MarketLimits
from peak_trade.runners.bars import timeframe_seconds
from peak_trade.runners.broker import Broker
from peak_trade.runners.lifecycle import (
    Outcome,
    Progress,
    Setup,
    check_clock,
    open_recorder,
    run_to_end,
    write_step,
)
from peak_trade.runners.live import Exchange, LiveBars
from peak_trade.runners.notices import ExchangeNotices, describe_offset
from peak_trade.runners.stop import StopRequested, StopSignals
from peak_trade.runners.trader import Trader
from peak_trade.writing import Recorder, Severity

MODES: Final = ("shadow", "testnet")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig(Setup):
    """Everything that is chosen about a session.

    Parameters
    ----------
    steps
        Bars to process; None: no end.
    duration
        Seconds after which the session ends; None: no end.
    poll_seconds
        Time between two questions for new candles.
    warmup_bars
        Past bars that the strategy sees before the first one that it may act on.
    patience_seconds
        Time for which what worked before is asked for again after a refusal.
    """

    steps: int | None = None
    duration: float | None = None
    poll_seconds: float = 10.0
    warmup_bars: int = 200
    patience_seconds: float = 900.0

    def __post_init__(self) -> None:
        mode = self.subject.mode
        if mode == "live":
            raise SettingsError(
                "mode live is refused: this program sends no orders and has no code that could; "
                "use shadow (filled on paper) or testnet (also held against the exchange's limits)"
            )
        if mode not in MODES:
            raise SettingsError(f"mode {mode!r} is not known; use shadow or testnet")
        if not self.poll_seconds > 0:
            raise SettingsError(f"poll interval {self.poll_seconds} is not a time above 0 s")
        if self.duration is not None and not self.duration > 0:
            raise SettingsError(f"duration {self.duration} is not a time above 0 s")


OpenExchange = Callable[[Callable[[float], None]], AbstractContextManager[Exchange]]
"""Takes what waits some seconds; gives a client that waits by it."""


def run_session(config: SessionConfig, open_exchange: OpenExchange, progress: Progress) -> Outcome:
    """Run a strategy on live candles and write all artifacts.

    Raises
    ------
    SettingsError
        If the session cannot begin: the clock is frozen, the run exists, no such market.
    ExchangeError
        If the exchange does not answer at the start, or refuses to later.
    StopRequested
        If a signal came before the session began; nothing is written then.
    """
    check_clock()
    redact = Credentials.from_environment(config.subject.place).redact
    strategy = config.fresh_strategy()
    with StopSignals() as stop, open_exchange(stop.wait_or_raise) as exchange:
        subject = replace(config.subject, place=exchange.place)
        config = replace(config, subject=subject)
        limits = exchange.market_limits(subject.symbol)
        is_checked = subject.mode == "testnet"
        step = (limits.amount_step or 0.0) if is_checked else 0.0
        broker = Broker(config.model, config.start_balance, step)
        bars = LiveBars(exchange, subject.symbol, subject.timeframe)
        past = bars.first(config.warmup_bars)
        _check_offset(bars.clock_offset, subject.timeframe)
        recorder = open_recorder(config, strategy, _source(config, exchange), more=_more(config))
        check = partial(_problems, exchange, subject.symbol) if is_checked else None
        trader = Trader(strategy, broker, config.limits, recorder, check)
        for bar in past:
            trader.warm(bar)
        notices = ExchangeNotices(recorder, progress, subject.timeframe)
        session = _Session(config, trader, recorder, exchange, stop, progress, notices)
        session.tell_market(limits)
        session.tell_warmup(len(past))
        work = partial(session.follow, bars)
        return run_to_end(recorder, trader.totals, session.metrics, stop, work, redact)


def describe_session(config: SessionConfig, open_exchange: OpenExchange) -> list[str]:
    """Ask the exchange what a session needs, write nothing, and return what it would do."""
    subject = config.subject
    config.fresh_strategy()
    with StopSignals() as stop, open_exchange(stop.wait_or_raise) as exchange:
        limits = exchange.market_limits(subject.symbol)
        count = len(LiveBars(exchange, subject.symbol, subject.timeframe).first(config.warmup_bars))
        place, environment = exchange.place, _environment(config, exchange)
    ends = [f"{config.steps} bars"] if config.steps else []
    ends += [f"{config.duration:g} s"] if config.duration else []
    return [
        f"dry run of {subject.mode}: {subject.strategy} on {subject.symbol}, {subject.timeframe}",
        f"reads {place}, {environment}; {count} bars to warm up",
        f"asks every {config.poll_seconds:g} s, ends after {' or '.join(ends) or 'a signal'}",
        *([_restricted(limits)] if limits.restriction else []),
        f"quantity from {limits.min_amount} in steps of {limits.amount_step}",
        f"cost from {limits.min_cost}, price in steps of {limits.price_step}",
        f"run directories {config.output.runs}, telemetry {config.output.telemetry}",
        "nothing was written",
    ]


class _Session:
    """A session that has begun."""

    def __init__(
        self,
        config: SessionConfig,
        trader: Trader,
        recorder: Recorder,
        exchange: Exchange,
        stop: StopSignals,
        progress: Progress,
        notices: ExchangeNotices,
    ) -> None:
        self._config = config
        self._trader = trader
        self._recorder = recorder
        self._exchange = exchange
        self._stop = stop
        self._progress = progress
        self._notices = notices

    def tell_market(self, limits: MarketLimits) -> None:
        """Tell of a market that does not take every order."""
        if limits.restriction:
            self._notices.tell(Severity.WARN, "market_restricted", _restricted(limits))

    def tell_warmup(self, count: int) -> None:
        """Tell if the exchange gave fewer past bars than were asked for."""
        if count < self._config.warmup_bars:
            body = f"{count} of {self._config.warmup_bars} past candles came to warm up"
            self._notices.tell(Severity.WARN, "warmup_short", body)

    def metrics(self) -> dict[str, Any]:
        """Return the metrics in the words of the session registry, and the state of the client."""
        health = asdict(self._exchange.health())
        del health["last_success"]
        missing = self._notices.missing_candles
        return {**self._trader.metrics(), "missing_candles": missing, "exchange": health}

    def follow(self, bars: LiveBars) -> None:
        """Process bars until there were enough, the time is over or a signal came."""
        config = self._config
        self._progress.started(self._recorder, config.steps)
        ends_at = clock.monotonic() + (config.duration or float("inf"))
        while not (self._stop.received or self._is_full() or clock.monotonic() >= ends_at):
            self._poll(bars)
            if self._recorder.is_refresh_due() or self._is_full():
                self._recorder.refresh(self.metrics())
            if not self._is_full():
                rest = max(0.0, ends_at - clock.monotonic())
                self._stop.wait(min(config.poll_seconds, rest))
        self._notices.flush()
        self._recorder.refresh(self.metrics())  # here a full disk is still a failure of the run

    def _is_full(self) -> bool:
        return self._rest() == 0

    def _rest(self) -> int | None:
        """Return how many bars are still to be processed; None: there is no end."""
        steps = self._config.steps
        return None if steps is None else max(0, steps - self._trader.totals.steps)

    def _poll(self, bars: LiveBars) -> None:
        try:
            news = bars.new(self._rest())
            self._notices.answer(news)
            self._notices.clock(bars.clock_offset, bars.clock_bounds)
            for bar in news.past:
                self._trader.warm(bar)
            for bar in news.bars:
                step = self._trader.step(bar)
                write_step(self._recorder, self._trader, bar, step)
                self._progress.stepped(self._trader.totals)
                if self._stop.received:
                    break
        except StopRequested:
            return
        except ExchangeUnavailableError as error:
            self._notices.outage(error)
        except (RefusedError, UnknownMarketError) as error:
            # a market that is gone was there at the start: no wrong option, but a refusal
            refusal = error if isinstance(error, RefusedError) else RefusedError(str(error), "")
            self._notices.outage(refusal)
            if self._notices.refused_for() >= self._config.patience_seconds:
                raise refusal from None


def _problems(
    exchange: Exchange, symbol: str, side: str, quantity: float, price: float
) -> list[str]:
    """Return why the exchange would refuse an order now."""
    try:
        return exchange.market_limits(symbol).problems(quantity, price, side)
    except UnknownMarketError:
        return ["the exchange has this market no longer"]
    except ExchangeError:
        return ["the exchange does not tell the state of the market"]


def _check_offset(offset: timedelta, timeframe: str) -> None:
    """Refuse a clock by which the wrong candles would be finished."""
    if 2 * abs(offset.total_seconds()) > timeframe_seconds(timeframe):
        raise SettingsError(f"{describe_offset(offset)}: more than half a bar; set the clock")


def _restricted(limits: MarketLimits) -> str:
    return (
        f"{limits.symbol} is {limits.restriction}: the exchange does not take every order there; "
        "testnet rejects what it would refuse, shadow fills on paper all the same"
    )


def _environment(config: SessionConfig, exchange: Exchange) -> str:
    if exchange.place != config.subject.place:
        return "not the exchange's own host"
    return "its sandbox" if exchange.is_sandbox else "its real market data"


def _source(config: SessionConfig, exchange: Exchange) -> dict[str, object]:
    place = config.subject.place
    return {"source": "exchange", "exchange": place, "sandbox": exchange.is_sandbox}


def _more(config: SessionConfig) -> dict[str, object]:
    return {
        "warmup_candles": config.warmup_bars,
        "poll_interval": config.poll_seconds,
        "steps": config.steps,
        "duration_seconds": config.duration,
    }
