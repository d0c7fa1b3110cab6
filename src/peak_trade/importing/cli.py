"""The command `peak-trade import`: fills and results of other programs as runs.

Exit codes: 0 all written, 2 a source or an option that cannot be used, 1 could not write.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from peak_trade.cli_options import group
from peak_trade.errors import PeakTradeError
from peak_trade.importing.backtesting import import_backtesting
from peak_trade.importing.fills import SourceError, write_fills
from peak_trade.importing.fills_csv import read_fills_csv
from peak_trade.importing.freqtrade import read_freqtrade
from peak_trade.settings import load
from peak_trade.writing import Subject

app: Final = group("Write fills and results of other programs as runs.")


class Origin(StrEnum):
    """What a source comes from."""

    FREQTRADE = "freqtrade"
    BACKTESTING = "backtesting"
    CSV = "csv"


@app.command()
def import_runs(
    source: Annotated[Path, typer.Argument(help="Database, pickle or CSV file; only read.")],
    origin: Annotated[Origin, typer.Option("--from", help="What the source comes from.")],
    symbol: Annotated[str, typer.Option(help="Traded pair, where the source names none.")] = "",
    strategy: Annotated[str, typer.Option(help="Name, where the source has none.")] = "",
    timeframe: Annotated[str, typer.Option(help="Length of a bar, where not known.")] = "1h",
    start_balance: Annotated[
        float, typer.Option(help="Cash before the first fill; backtesting results know it.")
    ] = 10_000.0,
    run_id: Annotated[str | None, typer.Option(help="Id of the run, if it is one alone.")] = None,
    root: Annotated[str | None, typer.Option(help="What directories are relative to.")] = None,
    base_runs_dir: Annotated[str | None, typer.Option(help="Directory of the runs.")] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Write what a source tells as runs that the console shows, with statistics."""
    places = {"dashboard.root": root, "shadow_paper_logging.base_dir": base_runs_dir}
    try:
        runs = load(config, places).settings.runs_path
        subject = Subject(
            "backtest" if origin is Origin.BACKTESTING else "imported",
            strategy or origin.value,
            symbol,
            timeframe,
        )
        for found in _import(origin, source, runs, subject, start_balance, run_id):
            typer.echo(f"run {found}")
    except PeakTradeError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"error: {error.filename or 'output'}: {error.strerror}", err=True)
        raise typer.Exit(1) from None


def _import(
    origin: Origin,
    source: Path,
    runs: Path,
    subject: Subject,
    start_balance: float,
    run_id: str | None,
) -> list[str]:
    if origin is Origin.BACKTESTING:
        _require_symbol(subject.symbol)
        return [import_backtesting(source, runs, subject, run_id)]
    if origin is Origin.FREQTRADE:
        found = read_freqtrade(source, subject.timeframe)
    else:
        found = read_fills_csv(source, subject)
        for one in found:
            _require_symbol(one.subject.symbol)
    if run_id is not None and len(found) != 1:
        raise SourceError(f"--run-id names one run, and {source.name} has {len(found)}")
    return [write_fills(runs, one, start_balance, run_id) for one in found]


def _require_symbol(symbol: str) -> None:
    if not symbol:
        raise SourceError("the source names no pair; give it, such as --symbol BTC/EUR")
