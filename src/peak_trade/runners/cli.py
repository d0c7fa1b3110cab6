"""Commands of the write side, mounted as `peak-trade run`.

Assumes a terminal or a pipe. Exit codes: 0 completed, 1 failed, 2 bad option or bad data, 130
stopped by a signal. The exchange library is imported by `session` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Final

import typer

from peak_trade.cli_options import INTERRUPTED, group, places
from peak_trade.derive.digits import money
from peak_trade.errors import PeakTradeError, SettingsError
from peak_trade.exchange.errors import ExchangeError
from peak_trade.runners.choosing import described, find_strategy, strategy_names
from peak_trade.runners.configured import (
    NEEDED,
    session_setup,
    shadow_setup,
    without_effect,
)
from peak_trade.runners.feed import Feed
from peak_trade.runners.lifecycle import Outcome
from peak_trade.runners.progress import show_progress
from peak_trade.runners.session import (
    OpenExchange,
    SessionConfig,
    describe_session,
    run_session,
)
from peak_trade.runners.shadow import ShadowConfig, run_shadow
from peak_trade.runners.stop import StopRequested
from peak_trade.runners.synthetic import DEFAULT_SEED
from peak_trade.runners.words import moment, utf8
from peak_trade.settings import Settings, load
from peak_trade.settings_sections import Exchange
from peak_trade.writing import LogFormat
from peak_trade.writing.session import PROCESS_ENDED, end_session

app = group("Trade on paper and write the artifacts that the console watches.")

_FAILED: Final = 1
_BAD_INPUT: Final = 2


_Moment = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="TIME", help="Bars from (before) this ISO 8601 time."),
]
_Data = Annotated[
    Path | None,
    typer.Option(help="Candles or trades: CSV, Parquet, Feather, JSON (none: synthetic)"),
]
_Timeframe = Annotated[
    str | None,
    typer.Option(
        callback=utf8, help="Length of a bar, such as 5m (none: that of the data, else 1m)"
    ),
]
_Bars = Annotated[int | None, typer.Option(min=1, help="Bars to process (none: all)")]
_Speed = Annotated[float, typer.Option(help="Bars a second; 0: as fast as possible.")]
_Fraction = Annotated[float | None, typer.Option(help="Share of the equity to buy with.")]
_MaxPosition = Annotated[float | None, typer.Option(help="Highest notional of the position.")]
_MaxDrawdown = Annotated[float | None, typer.Option(help="Highest drawdown, a fraction.")]
_MaxDailyLoss = Annotated[float | None, typer.Option(help="Highest loss in a UTC day of the bars.")]
_MaxOrders = Annotated[int | None, typer.Option(help="Most orders in a minute of the bars.")]
_Resample = Annotated[
    str | None, typer.Option(callback=utf8, help="Make candles of this length of those of --data.")
]
_Warmup = Annotated[int, typer.Option(min=0, help="Past bars the strategy sees first.")]
_Loop = Annotated[bool, typer.Option("--loop/--no-loop", help="Start again after the last bar.")]
_Warm = Annotated[int, typer.Option(min=0, help="First bars that are not waited for.")]
_Format = Annotated[LogFormat | None, typer.Option("--format", help="Format of the event log.")]
_RunId = Annotated[str | None, typer.Option(help="Id of the run (none: made from time and names)")]
_RunbookUrl = Annotated[
    str, typer.Option(help="Address that the runbooks lie under (none: no links)")
]
_FlushSeconds = Annotated[float, typer.Option(help="Longest time that a row waits.")]
_FlushSteps = Annotated[int | None, typer.Option(min=1, help="Most rows that wait.")]
_Tags = Annotated[str, typer.Option(callback=utf8, help="Tags, with commas between them.")]
_Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]


_Mode = Annotated[str, typer.Option(help="What it is called: shadow, paper or testnet.")]
_Seed = Annotated[int, typer.Option(min=0, help="Of synthetic candles.")]
_Strategy = Annotated[str, typer.Option(help="One of `strategies`, or `file.py:Class`.")]
_Param = Annotated[
    list[str] | None, typer.Option("--param", help="Setting of the strategy, as name=value.")
]
_Symbol = Annotated[str | None, typer.Option(callback=utf8, help="Traded pair.")]
_FeeRate = Annotated[float | None, typer.Option(help="Fraction of the notional.")]
_Slippage = Annotated[float | None, typer.Option(help="Basis points a fill is worse by.")]
_Balance = Annotated[float | None, typer.Option(help="Cash at the start.")]
_Notes = Annotated[str, typer.Option(callback=utf8, help="Free text.")]
_Config = Annotated[Path | None, typer.Option(help="Configuration file (TOML).")]
_Directory = Annotated[str | None, typer.Option(help="Instead of the configured directory.")]


@app.command()
def strategies() -> None:
    """List the strategies, those of installed packages as well, with settings and defaults."""
    names = strategy_names()
    width = max(map(len, names))
    for name in names:
        try:
            kind = find_strategy(name)
        except SettingsError as error:
            typer.echo(f"{name:<{width}}  {error}")
            continue
        typer.echo(f"{name:<{width}}  {kind.summary}")
        if settings := described(kind):
            typer.echo(f"{'':<{width}}  {settings}")


@app.command()
def shadow(
    context: typer.Context,
    mode: _Mode = "shadow",
    strategy: _Strategy = "ma_crossover",
    param: _Param = None,
    data: _Data = None,
    seed: _Seed = DEFAULT_SEED,
    symbol: _Symbol = None,
    timeframe: _Timeframe = None,
    resample: _Resample = None,
    start: _Moment = None,
    end: _Moment = None,
    warmup: _Warmup = 0,
    bars: _Bars = None,
    fee_rate: _FeeRate = None,
    slippage_bps: _Slippage = None,
    speed: _Speed = 0.0,
    start_balance: _Balance = None,
    position_fraction: _Fraction = None,
    max_position: _MaxPosition = None,
    max_drawdown: _MaxDrawdown = None,
    max_daily_loss: _MaxDailyLoss = None,
    max_orders_per_minute: _MaxOrders = None,
    loop: _Loop = False,
    warm_bars: _Warm = 0,
    log_format: _Format = None,
    run_id: _RunId = None,
    config: _Config = None,
    root: _Directory = None,
    base_runs_dir: _Directory = None,
    sessions_dir: _Directory = None,
    telemetry_dir: _Directory = None,
    alerts_dir: _Directory = None,
    runbook_url: _RunbookUrl = "",
    flush_seconds: _FlushSeconds = 1.0,
    flush_steps: _FlushSteps = None,
    tags: _Tags = "",
    notes: _Notes = "",
    quiet: _Quiet = False,
) -> None:
    """Trade past or synthetic candles on paper, without any exchange."""
    given = SimpleNamespace(**locals())
    with _exit_codes():
        directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
        settings = _settings(config, directories, quiet=quiet)
        setup, feed = shadow_setup(settings, given)
        _run(setup, feed, quiet=quiet)


@app.command()
def session(
    context: typer.Context,
    mode: Annotated[
        str, typer.Option(help="shadow: filled on paper; testnet: also checked by the limits.")
    ] = "shadow",
    strategy: _Strategy = "ma_crossover",
    param: _Param = None,
    symbol: _Symbol = None,
    timeframe: Annotated[str | None, typer.Option(help="Length of a bar, such as 5m.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Bars to process (none: all)")] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds to run (none: no end)")] = None,
    poll_interval: Annotated[
        float | None, typer.Option(help="Seconds between two questions.")
    ] = None,
    warmup: Annotated[
        int | None, typer.Option(min=0, help="Past bars the strategy sees first.")
    ] = None,
    fee_rate: _FeeRate = None,
    slippage_bps: _Slippage = None,
    start_balance: _Balance = None,
    position_fraction: _Fraction = None,
    max_position: _MaxPosition = None,
    max_drawdown: _MaxDrawdown = None,
    max_daily_loss: _MaxDailyLoss = None,
    max_orders_per_minute: _MaxOrders = None,
    log_format: _Format = None,
    run_id: _RunId = None,
    config: _Config = None,
    root: _Directory = None,
    base_runs_dir: _Directory = None,
    sessions_dir: _Directory = None,
    telemetry_dir: _Directory = None,
    alerts_dir: _Directory = None,
    runbook_url: _RunbookUrl = "",
    tags: _Tags = "",
    notes: _Notes = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask, tell, write nothing.")] = False,
    no_registry: Annotated[bool, typer.Option("--no-registry", help="Write no record.")] = False,
    quiet: _Quiet = False,
) -> None:
    """Trade live candles on paper: no order is ever sent."""
    given = SimpleNamespace(**locals())
    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    with _exit_codes():
        settings = _settings(config, directories, quiet=quiet, needs=NEEDED | {"exchange"})
        _run_session(
            session_setup(settings, given),
            _opener(settings.exchange),
            dry_run=dry_run,
            quiet=quiet,
        )


@app.command()
def end(
    session: Annotated[str, typer.Argument(help="Id of a session whose process is gone.")],
    config: _Config = None,
    root: _Directory = None,
    sessions_dir: _Directory = None,
) -> None:
    """End the record of a session that was killed: failed, process ended."""
    with _exit_codes():
        directories = places(root, None, sessions_dir, None, None)
        settings = _settings(config, directories, quiet=False)
        end_session(settings.sessions_path, session)
        typer.echo(f"session {session} is ended as failed: {PROCESS_ENDED}")


def _settings(
    config: Path | None,
    directories: Mapping[str, object],
    *,
    quiet: bool,
    needs: frozenset[str] = NEEDED,
) -> Settings:
    settings = load(config, directories, needs=needs).settings
    if not quiet:
        settings.log_warnings()
        if names := without_effect(settings):
            typer.echo(f"without effect in the configuration: {', '.join(names)}", err=True)
    return settings


def _opener(settings: Exchange) -> OpenExchange:
    try:
        from peak_trade.exchange.client import ResilientExchangeClient
    except ImportError:
        raise SettingsError(
            "a session needs the extra `exchange`: "
            ".venv/bin/pip install -c config/constraints.txt -e '.[exchange]' in a checkout, or "
            "pip install 'FILE.whl[exchange]' with the wheel that was installed"
        ) from None
    return lambda wait: ResilientExchangeClient(settings.id, settings, wait=wait)


def _run_session(
    config: SessionConfig, open_exchange: OpenExchange, *, dry_run: bool, quiet: bool
) -> None:
    if dry_run:
        for line in describe_session(config, open_exchange):
            typer.echo(line)
        return
    with show_progress(quiet=quiet) as progress:
        outcome = run_session(config, open_exchange, progress)
    _report(outcome, quiet=quiet)


def _run(config: ShadowConfig, feed: Feed, *, quiet: bool) -> None:
    for notice in () if quiet else feed.notices:
        typer.echo(notice, err=True)
    with show_progress(quiet=quiet) as progress:
        outcome = run_shadow(config, feed, progress)
    _report(outcome, quiet=quiet)


def _report(outcome: Outcome, *, quiet: bool) -> None:
    if not quiet:
        totals = outcome.totals
        equity = money(totals.equity, totals.currency)
        bars = f"{outcome.status}: {totals.steps} bars"
        typer.echo(f"{bars}, {totals.orders_filled} fills, equity {equity}")
    if outcome.status == "aborted":
        raise typer.Exit(INTERRUPTED)


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Turn errors that a user can mend into one line and an exit code."""
    try:
        yield
    except PeakTradeError as error:
        typer.echo(f"error: {error}", err=True)
        is_mended_later = isinstance(error, ExchangeError) and not isinstance(error, SettingsError)
        raise typer.Exit(_FAILED if is_mended_later else _BAD_INPUT) from None
    except StopRequested:
        typer.echo("aborted before the session began; nothing was written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except OSError as error:
        typer.echo(f"error: {error.filename or 'output'}: {error.strerror}", err=True)
        raise typer.Exit(_FAILED) from None


if __name__ == "__main__":
    app()
