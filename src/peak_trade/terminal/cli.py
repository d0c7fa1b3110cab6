"""The commands that look at runs and sessions: ls, show, tail, stats, compare, export, report.

Exit codes: 0 done; 1 could not, such as an id that is not there; 2 a wrong option or query; 3 done,
and there is something to see: `ls` found nothing, `show` something that crashed, is stale or has
books that do not add up, `compare` bars that differ; 130 ended by Ctrl-C. What reads artifacts is
imported when a command runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from peak_trade.cli_options import (
    INTERRUPTED,
    AlertsDir,
    Config,
    Root,
    RunsDir,
    SessionsDir,
    TelemetryDir,
    exit_codes,
    options_checked,
    places,
)

if TYPE_CHECKING:
    from peak_trade.settings import Settings

app = typer.Typer()


class Of(Enum):
    """What `peak-trade ls` lists."""

    RUNS = "runs"
    SESSIONS = "sessions"


class Form(Enum):
    """What `peak-trade export` writes."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


class TableName(Enum):
    """Which rows `peak-trade export` writes."""

    EVENTS = "events"
    TRADES = "trades"
    CLOSED = "closed"
    STATISTICS = "statistics"
    BOOKS = "books"
    REASONS = "reasons"
    ALERTS = "alerts"


class Language(Enum):
    """What `peak-trade report` speaks."""

    EN = "en"
    DE = "de"


def _ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids that begin so, for the shell."""
    from peak_trade.terminal.completion import ids

    return ids(ctx.params, incomplete)


Id = Annotated[str, typer.Argument(help="Id of a run or of a session.", autocompletion=_ids)]
Ids = Annotated[list[str], typer.Argument(help="Ids of runs.", autocompletion=_ids)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the routes give it.")]
Watch = Annotated[bool, typer.Option("--watch", help="Go on, and show each change.")]
Out = Annotated[str | None, typer.Option(help="File to write; - for standard output.")]


@app.command()
def ls(
    query: Annotated[list[str] | None, typer.Argument(help="Terms such as mode:shadow.")] = None,
    of: Annotated[Of, typer.Option(help="What to list.")] = Of.RUNS,
    sort: Annotated[str, typer.Option(help="Column to sort by, descending with -.")] = "",
    hide: Annotated[str, typer.Option(help="Columns to leave out, with commas between.")] = "",
    rows: Annotated[int, typer.Option(help="Number of rows, the first ones.")] = 50,
    as_json: AsJson = False,
    watch: Watch = False,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    config: Config = None,
) -> None:
    """List runs or sessions, those that match a query; exit code 3 if none does."""
    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    asked = {"q": " ".join(query or ()), "sort": sort, "hide": hide, "rows": rows}
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        command, how = commands.ls(of.value, asked), commands.How(as_json, watch)
        raise typer.Exit(commands.tell(settings(), command, how))


@app.command()
def show(
    name: Id,
    as_json: AsJson = False,
    watch: Watch = False,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    config: Config = None,
) -> None:
    """Show a run or a session; exit code 3 if it crashed, is stale, or its books are wrong."""
    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        how = commands.How(as_json, watch)
        raise typer.Exit(commands.tell(settings(), commands.show(name), how))


@app.command()
def tail(
    name: Id,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with the events that come.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, max=2000, help="So many.")] = 20,
    as_json: AsJson = False,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    config: Config = None,
) -> None:
    """Print the last events of a run; followed, also across restarts, and gaps are said."""
    directories = places(root, base_runs_dir)
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        how = commands.How(as_json, watch=follow)
        raise typer.Exit(commands.follow(settings(), name, lines, how))


@app.command()
def stats(
    name: Id,
    as_json: AsJson = False,
    watch: Watch = False,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    config: Config = None,
) -> None:
    """Print the statistics of a run."""
    directories = places(root, base_runs_dir)
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        how = commands.How(as_json, watch)
        raise typer.Exit(commands.tell(settings(), commands.stats(name), how))


@app.command()
def compare(
    names: Ids,
    as_json: AsJson = False,
    watch: Watch = False,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    config: Config = None,
) -> None:
    """Compare up to 6 runs; exit code 3 if the bars of two of one strategy differ."""
    directories = places(root, base_runs_dir)
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        how = commands.How(as_json, watch)
        raise typer.Exit(commands.tell(settings(), commands.compare(names), how))


@app.command()
def export(
    name: Id,
    form: Annotated[Form, typer.Option("--format", help="Its form.")],
    table: Annotated[TableName, typer.Option(help="Which rows.")] = TableName.EVENTS,
    out: Out = None,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    config: Config = None,
) -> None:
    """Write rows of a run to a file, or to standard output."""
    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        raise typer.Exit(commands.export(settings(), name, table.value, form.value, out))


@app.command()
def report(
    name: Id,
    other: Annotated[
        str | None, typer.Argument(help="A run to show beside it.", autocompletion=_ids)
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="A document, the default.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What it says, as JSON.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Its statistics as a file.")] = False,
    language: Annotated[Language, typer.Option(help="Of the document.")] = Language.EN,
    out: Out = None,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    config: Config = None,
) -> None:
    """Write a report to keep: of a run, of two side by side, or of a session with its run."""
    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    wanted = {"html": html, "json": as_json, "parquet": parquet}
    forms = [form for form, asked in wanted.items() if asked] or ["html"]
    with _ended(config, directories) as settings:
        from peak_trade.terminal import commands

        names = [name, other] if other else [name]
        raise typer.Exit(commands.report(settings(), names, forms, language.value, out))


@contextmanager
def _ended(config: Any, directories: dict[str, object]) -> Iterator[Callable[[], Settings]]:
    """Give what loads the settings; turn what goes wrong into an exit code."""

    def settings() -> Settings:
        from peak_trade.settings import load

        found = load(config, directories, by_address=True).settings
        found.log_warnings()
        return found

    with exit_codes(), options_checked():
        try:
            yield settings
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
