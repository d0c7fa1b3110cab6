"""What the configuration says of a run, where its options do not.

Guarantees that each setting of the table is in force or named as one without effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

from peak_trade.errors import SettingsError
from peak_trade.runners.broker import MarketModel
from peak_trade.runners.choosing import find_strategy, make_strategy
from peak_trade.runners.feed import Feed, Span, file_feed, synthetic_feed
from peak_trade.runners.lifecycle import Labels
from peak_trade.runners.risk import RiskLimits
from peak_trade.runners.session import SessionConfig
from peak_trade.runners.shadow import Pace, ShadowConfig
from peak_trade.runners.strategies import Strategy
from peak_trade.runners.words import command_line, split
from peak_trade.settings import Settings
from peak_trade.settings_sections import ShadowPaperLogging
from peak_trade.writing import LogFormat, Output, Subject

NEEDED: Final = frozenset({"shadow_paper", "live_risk"})
"""Sections whose values every runner uses."""

_SECTIONS: Final = ("[shadow_paper_logging]", "[shadow_paper]", "[live_risk]")
_NO_EFFECT: Final = (
    "write_markdown_report_on_finish",
    "log_ohlc_details",
    "log_order_details",
    "log_risk_details",
)


def without_effect(settings: Settings) -> list[str]:
    """Return the names that a source of the settings gives to runners for nothing."""
    section, defaults = settings.shadow_paper_logging, ShadowPaperLogging()
    names = [
        f"shadow_paper_logging.{name}"
        for name in _NO_EFFECT
        if getattr(section, name) != getattr(defaults, name)
    ]
    names += [
        one.name for one in settings.foreign if not one.told and one.name.startswith(_SECTIONS)
    ]
    return names


def chosen_by(settings: Settings, name: str, given: Sequence[str] | None) -> Strategy:
    """Return the strategy of that name, with its settings of the configuration and of options."""
    kind = find_strategy(name)
    configured = settings.strategy.get(kind.key)
    return make_strategy(kind, configured if isinstance(configured, dict) else {}, given or ())


def make_model(settings: Settings, given: SimpleNamespace) -> MarketModel:
    """Return the market model of options, and of the configuration where they are None."""
    section = settings.shadow_paper
    return MarketModel(
        _first(given.fee_rate, section.fee_rate),
        _first(given.slippage_bps, section.slippage_bps),
        _first(given.position_fraction, section.position_fraction),
    )


def make_limits(settings: Settings, given: SimpleNamespace) -> RiskLimits:
    """Return the limits of options, and of the configuration where they are None."""
    section = settings.live_risk
    chosen = RiskLimits(
        given.max_position, given.max_drawdown, given.max_daily_loss, given.max_orders_per_minute
    )
    if not section.enabled:
        return chosen
    exposures = [section.max_symbol_exposure_notional, section.max_total_exposure_notional]
    return replace(
        chosen,
        max_position=_first(
            given.max_position, min((limit for limit in exposures if limit), default=None)
        ),
        max_daily_loss=_first(given.max_daily_loss, section.max_daily_loss_abs or None),
        max_order_notional=section.max_order_notional or None,
        max_daily_loss_pct=section.max_daily_loss_pct or None,
    )


def make_output(
    settings: Settings,
    *,
    log_format: LogFormat | None,
    flush_steps: int | None = None,
    flush_seconds: float = 1.0,
    runbook_url: str = "",
    has_registry: bool = True,
) -> Output:
    """Return where and how artifacts are written.

    Raises
    ------
    SettingsError
        If the configuration says that none are.
    """
    section = settings.shadow_paper_logging
    if not section.enabled:
        raise SettingsError(
            "shadow_paper_logging.enabled is false, and a run without artifacts is none; set true"
        )
    return Output(
        runs=settings.runs_path,
        sessions=settings.sessions_path,
        telemetry=settings.telemetry_path,
        alerts=settings.alerts_path,
        log_format=log_format or LogFormat(section.format),
        flush_steps=flush_steps or section.flush_interval_steps,
        flush_seconds=flush_seconds,
        runbook_url=runbook_url,
        has_registry=has_registry,
    )


def shadow_setup(settings: Settings, given: SimpleNamespace) -> tuple[ShadowConfig, Feed]:
    """Return what is chosen of a shadow run by its options and the configuration."""
    paper = settings.shadow_paper
    chosen_strategy = chosen_by(settings, given.strategy, given.param)
    timeframe = given.timeframe or (paper.timeframe if given.data is None else None)
    symbol = given.symbol or paper.symbol
    span = Span(given.start, given.end, given.warmup)
    if given.data is None:
        if given.resample is not None:
            raise SettingsError("--resample is for the candles of --data; choose --timeframe")
        bars = None if given.loop else given.bars
        feed = synthetic_feed(timeframe, bars, span, given.seed, symbol)
    else:
        feed = file_feed(given.data, timeframe, span, given.resample)
    setup = ShadowConfig(
        subject=Subject(given.mode, chosen_strategy.key, symbol, feed.timeframe),
        output=make_output(
            settings,
            log_format=given.log_format,
            flush_seconds=given.flush_seconds,
            flush_steps=given.flush_steps,
            runbook_url=given.runbook_url,
        ),
        pace=Pace(speed=given.speed, bars=given.bars, warm_bars=given.warm_bars, loop=given.loop),
        **_common(settings, given, chosen_strategy),
    )
    return setup, feed


def session_setup(settings: Settings, given: SimpleNamespace) -> SessionConfig:
    """Return what is chosen of a session by its options and the configuration."""
    paper = settings.shadow_paper
    chosen_strategy = chosen_by(settings, given.strategy, given.param)
    return SessionConfig(
        subject=Subject(
            given.mode,
            chosen_strategy.key,
            given.symbol or paper.symbol,
            given.timeframe or paper.timeframe,
            settings.exchange.id,
        ),
        output=make_output(
            settings,
            log_format=given.log_format,
            runbook_url=given.runbook_url,
            has_registry=not given.no_registry,
        ),
        steps=given.steps,
        duration=given.duration,
        poll_seconds=_first(given.poll_interval, paper.poll_interval_seconds),
        warmup_bars=_first(given.warmup, paper.warmup_candles),
        patience_seconds=settings.exchange.patience_seconds,
        **_common(settings, given, chosen_strategy),
    )


def _common(settings: Settings, given: SimpleNamespace, strategy: Strategy) -> dict[str, Any]:
    """Return the fields of `Setup` that are chosen in the same way for every kind of run."""
    return {
        "model": make_model(settings, given),
        "limits": make_limits(settings, given),
        "start_balance": _first(given.start_balance, settings.shadow_paper.start_balance),
        "run_id": given.run_id,
        "strategy": strategy,
        "labels": Labels(split(given.tags), given.notes, command_line(given.context)),
    }


def _first(option: Any, configured: Any) -> Any:
    """Return the option if it is given, else what is configured."""
    return configured if option is None else option
