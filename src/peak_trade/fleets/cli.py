"""The commands `peak-trade fleet build` and `peak-trade fleet show`.

Exit codes: 0 done; 1 could not; 2 a wrong option or query; 3 done, and no run matches, or not all
of the roots could be read; 130 ended by Ctrl-C, after which the next build goes on where this one
was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from peak_trade import clock
from peak_trade.cli_options import (
    INTERRUPTED,
    NOTABLE,
    AlertsDir,
    Config,
    Root,
    RunsDir,
    SessionsDir,
    TelemetryDir,
    exit_codes,
    group,
    options_checked,
    places,
)
from peak_trade.errors import SettingsError
from peak_trade.fleets.build import Built
from peak_trade.progress import Progress, Step
from peak_trade.settings import Settings, load

app: Final = group()

LINE_SECONDS: Final = 5.0

Out = Annotated[Path | None, typer.Option(help="The dataset, outside of the roots.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Dask scheduler, such as tcp://127.0.0.1:8786.")
]


@app.callback()
def fleet() -> None:
    """Judge all runs below the roots into one dataset, and ask it."""


@app.command()
def build(
    out: Out = None,
    scheduler: Scheduler = None,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    config: Config = None,
) -> None:
    """Judge the runs that are new or changed, and write the dataset of all runs.

    Rows of a root that cannot be read stay as they were, and the exit code is 3.
    """
    from peak_trade.fleets.build import build

    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    with exit_codes():
        settings = load(config, directories, by_address=True).settings
        settings.log_warnings()
        path = dataset_path(settings, out)
        begin = clock.monotonic()
        try:
            with _shown_progress() as progress:
                built = build(settings, path, scheduler, progress)
        except KeyboardInterrupt:
            typer.echo("ended; the next build goes on where this one was", err=True)
            raise typer.Exit(INTERRUPTED) from None
        typer.echo(_told(built, path, clock.monotonic() - begin))
    for line in built.warnings:
        typer.echo(f"warning: {line}", err=True)
    raise typer.Exit(NOTABLE if built.warnings else 0)


@app.command()
def show(
    query: Annotated[
        list[str] | None, typer.Argument(help="Terms such as sharpe>1 strategy:ma*.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The dataset.")] = None,
    sort: Annotated[str, typer.Option(help="Column to sort by, descending with -.")] = "",
    limit: Annotated[int, typer.Option(help="Number of rows, the first ones.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, all columns.")] = False,
    root: Root = None,
    config: Config = None,
) -> None:
    """List the runs of the dataset that match a query; exit code 3 if none does."""
    from peak_trade.fleets.show import show

    options = {"q": " ".join(query or ()), "sort": sort, "rows": limit}
    with exit_codes(), options_checked():
        path = dataset_path(load(config, {"dashboard.root": root}, by_address=True).settings, out)
        matching = show(path, options, as_json=as_json)
    raise typer.Exit(0 if matching else NOTABLE)


def dataset_path(settings: Settings, given: Path | None) -> Path:
    """Return where the dataset is: what is given, or else what is set.

    Raises
    ------
    SettingsError
        If neither says it.
    """
    path = given or settings.fleet_path
    if path is None:
        raise SettingsError("Which dataset? Name it with --out, or set `path` in [fleet]")
    return path


def _told(built: Built, path: Path, seconds: float) -> str:
    return (
        f"{path}: {built.runs} runs; {built.judged} judged in {seconds:.1f} s, {built.kept} as they"
        f" were, {built.failed} failed"
    )


@contextmanager
def _shown_progress() -> Iterator[Progress]:
    """Yield what shows how far a build is: a bar on a terminal, elsewhere a line now and then."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        with Bar(console=console, get_time=clock.monotonic) as bar:
            task = bar.add_task("listed", total=None)
            yield lambda step, done, total: bar.update(
                task, description=f"{_counted(step, done, total)}", completed=done, total=total
            )
        return
    next_at = clock.monotonic() + LINE_SECONDS

    def line(step: Step, done: int, total: int | None) -> None:
        nonlocal next_at
        if clock.monotonic() >= next_at:
            next_at = clock.monotonic() + LINE_SECONDS
            typer.echo(_counted(step, done, total), err=True)

    yield line


def _counted(step: Step, done: int, total: int | None) -> str:
    of_all = "" if total is None else f" of {total}"
    return f"{step} {done}{of_all} {'runs' if step == 'judged' else 'objects'}"
