"""The command `peak-trade`: serve, look at runs and sessions, check and import, and the write side.

Exit codes: 0 ended as asked, 1 could not, 2 wrong option or setting; of `doctor`: 0 all is well,
1 an error, 2 a warning; of `snapshot`: 0 all is well, 1 could not, 2 a warning, 3 an error. The web
server is imported only by the commands that serve, the write side only by its own: neither ever
imports the other. Settings, too, are imported when a command needs them: help is there at once.
"""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand
from typing_extensions import override

from peak_trade.cli_options import (
    AlertsDir,
    Config,
    Root,
    RunsDir,
    SessionsDir,
    TelemetryDir,
    exit_codes,
    full_disk_told,
    group,
    places,
)
from peak_trade.errors import PeakTradeError
from peak_trade.serve.ports import check_port
from peak_trade.terminal.cli import app as terminal

if TYPE_CHECKING:
    from peak_trade.settings import Settings

app = group("Watch-only console over the artifacts of trading processes.")
app.add_typer(terminal)

Host = Annotated[str | None, typer.Option(help="Address to listen on, 127.0.0.1 by default.")]
InsecurePublic = Annotated[
    bool | None,
    typer.Option(
        "--insecure-public", help="Listen on an address that other machines reach, without log-in."
    ),
]
Port = Annotated[
    int | None, typer.Option(help="Port to listen on, 8000 by default; 0: a free one.")
]
Prefix = Annotated[str | None, typer.Option(help="Path below which all is served, as /peak.")]
Refresh = Annotated[
    float | None, typer.Option(help="Seconds in which pages look for changes, 5 by default.")
]

WorkerCount = Annotated[
    int,
    typer.Option(
        "--workers",
        min=1,
        max=64,
        help="Processes that serve, one for each core; each has a port of its own, from --port up.",
    ),
]
Cache = Annotated[str | None, typer.Option(help="Directory of the copy of a root by address.")]


class SnapshotFormat(Enum):
    """What `peak-trade snapshot` writes."""

    HTML = "html"
    JSON = "json"


class Output(Enum):
    """What `peak-trade config` prints."""

    TABLE = "table"
    TOML = "toml"
    MARKDOWN = "markdown"


def _show_version(wanted: bool) -> None:
    if wanted:
        from peak_trade.serve.doctor_machine import own_version

        typer.echo(f"peak-trade {own_version()}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Print the version and exit."
        ),
    ] = False,
    end_with_stdin: Annotated[
        bool, typer.Option(hidden=True, help="Stop when standard input ends.")
    ] = False,
) -> None:
    """Watch-only console over the artifacts of trading processes."""
    if end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()


def _end_with_stdin() -> None:
    while os.read(0, 4096):  # not through the buffer of Python, whose lock ends a process badly
        pass
    os.kill(os.getpid(), signal.SIGTERM)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    prefix: Prefix = None,
    insecure_public: InsecurePublic = None,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    auto_refresh_seconds: Refresh = None,
    cache: Cache = None,
    config: Config = None,
    workers: WorkerCount = 1,
) -> None:
    """Serve the console."""
    overrides: dict[str, object] = {
        "web_ui.host": host,
        "web_ui.port": port,
        "web_ui.prefix": prefix,
        "web_ui.insecure_public": insecure_public,
        "web_ui.auto_refresh_seconds": auto_refresh_seconds,
        "storage.cache": cache,
        **places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir),
    }
    from peak_trade.settings import load

    with exit_codes():
        settings = load(config, overrides, by_address=True).settings
        if workers > 1:
            from peak_trade.serve.workers import serve_workers

            raise typer.Exit(serve_workers(settings, workers, _announce))
        web_ui = settings.web_ui
        check_port(web_ui.host, web_ui.port, public=web_ui.insecure_public)
        from peak_trade.serve.server import run_server

        run_server(settings, _announce)


@app.command()
def demo(
    port: Port = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where to write, and keep, the artifacts.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Kraken OHLC or trades CSV (none: synthetic candles).")
    ] = None,
    symbol: Annotated[str | None, typer.Option(help="Traded pair.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Length of a bar, such as 5m.")] = None,
    speed: Annotated[float, typer.Option(help="Bars a second.")] = 5.0,
) -> None:
    """Serve a fresh directory while runs on past or synthetic candles fill it.

    The options of candles and speed are those of the first of them.
    """
    given = {"--data": data, "--symbol": symbol, "--timeframe": timeframe, "--speed": speed}
    run_options = [word for name, value in given.items() if value for word in (name, str(value))]
    from peak_trade.serve.ending import BUSY

    with exit_codes(), BUSY, _directory(directory) as root:  # runs are ended, and removed, in order
        settings = _demo_settings(root, port)
        web_ui = settings.web_ui
        check_port(web_ui.host, web_ui.port, public=web_ui.insecure_public)
        from peak_trade.serve.demo import run_demo

        code = run_demo(settings, run_options, _announce)
    raise typer.Exit(code)


@app.command(name="config")
def show_config(
    root: Root = None,
    config: Config = None,
    output: Annotated[
        Output, typer.Option("--format", help="Values and origins, or the table of defaults.")
    ] = Output.TABLE,
) -> None:
    """Print every setting with its value and origin, then, after `#`, what is ignored."""
    from peak_trade import settings_text
    from peak_trade.settings import load

    with exit_codes():
        if output is Output.TOML:
            text = settings_text.as_toml()
        elif output is Output.MARKDOWN:
            text = settings_text.as_markdown()
        else:
            text = settings_text.as_table(load(config, {"dashboard.root": root}, by_address=True))
        typer.echo(text, nl=False)


@app.command()
def doctor(
    host: Host = None,
    port: Port = None,
    prefix: Prefix = None,
    root: Root = None,
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Say what is wrong with directories, limits, clock, port, versions and artifacts."""
    from peak_trade.serve import doctor

    options = {"web_ui.host": host, "web_ui.port": port, "web_ui.prefix": prefix}
    found = doctor.examine(config, {**options, "dashboard.root": root})
    typer.echo(doctor.as_json(found) if as_json else doctor.as_text(found), nl=False)
    raise typer.Exit(doctor.EXIT_CODES[doctor.worst(found)])


class _SnapshotCommand(TyperCommand):
    """Exits with 1 for a wrong option, as 2 says that a panel warns."""

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "exit_code", 0) == 2:
                vars(error)["exit_code"] = 1
            raise


@app.command(cls=_SnapshotCommand)
def snapshot(
    out: Annotated[str, typer.Option(help="File to write; - for standard output.")],
    form: Annotated[
        SnapshotFormat | None,
        typer.Option(
            "--format", help="Its form; by default that of the name, html if it has none."
        ),
    ] = None,
    root: Root = None,
    base_runs_dir: RunsDir = None,
    sessions_dir: SessionsDir = None,
    telemetry_dir: TelemetryDir = None,
    alerts_dir: AlertsDir = None,
    config: Config = None,
) -> None:
    """Write the status panels; exit code 0: all ok, 1: could not, 2: a warning, 3: an error."""
    from peak_trade.serve.snapshot import write_snapshot
    from peak_trade.settings import load

    directories = places(root, base_runs_dir, sessions_dir, telemetry_dir, alerts_dir)
    with exit_codes(wrong_setting=1):
        settings = load(config, directories, by_address=True).settings
        settings.log_warnings()
        of_name = SnapshotFormat.JSON if out.endswith(".json") else SnapshotFormat.HTML
        code = write_snapshot(settings, (form or of_name).value, out)
    raise typer.Exit(code)


_passed_on: Final = partial(
    app.command,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
"""Adds a command that gives all its words to one that is imported when it runs."""


@_passed_on()
def run(context: typer.Context) -> None:
    """Trade on paper and write the artifacts that the console watches."""
    from peak_trade.runners.cli import app as runners

    runners(args=context.args, prog_name="peak-trade run")


@_passed_on()
def telemetry(context: typer.Context) -> None:
    """Check and tidy the telemetry logs."""
    from peak_trade.runners.telemetry_cli import app as commands

    commands(args=context.args, prog_name="peak-trade telemetry")


@_passed_on(name="import")
def import_runs(context: typer.Context) -> None:
    """Write fills and results of other programs as runs."""
    from peak_trade.importing.cli import app as commands

    commands(args=context.args, prog_name="peak-trade import")


@_passed_on()
def fleet(context: typer.Context) -> None:
    """Judge all runs below a root into one dataset, and ask it."""
    from peak_trade.fleets.cli import app as commands

    commands(args=context.args, prog_name="peak-trade fleet")


@_passed_on()
def check(context: typer.Context) -> None:
    """Check artifacts that another program wrote, line by line."""
    from peak_trade.checking.cli import app as commands

    commands(args=context.args, prog_name="peak-trade check")


IMPORTED_OBJECTS: Final = 100_000
"""So many new objects let Python look for garbage; of what is imported next to nothing is any."""


def main() -> None:
    """Run the command."""
    gc.set_threshold(IMPORTED_OBJECTS, 20, 20)  # else an eighth of the start is looking for it
    with full_disk_told():
        app(prog_name="peak-trade")


def _announce(address: str) -> None:
    with suppress(OSError):  # a full disk, or nobody who reads: serving goes on
        typer.echo(f"Peak_Trade console: {address}  (Ctrl-C ends it)")


@contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given is not None:
        try:
            given.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PeakTradeError(f"--dir {given}: cannot be made: {error.strerror}") from None
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="peak_trade_demo_") as name:
        yield Path(name)


DEMO_FRESHNESS: Final = {
    "freshness.late_seconds": 5,
    "freshness.stale_seconds": 5,
    "freshness.crashed_seconds": 20,
}
"""How soon the console of the demo notices that a run of 1 s candles is late, stale, dead."""


def _demo_settings(root: Path, port: int | None) -> Settings:
    """Return settings whose directories are all below `root`, whatever is configured."""
    from peak_trade.settings import Settings, load, table, value_of

    names = ("shadow_paper_logging.base_dir", *(n for n in table() if n.startswith("dashboard.")))
    defaults = {name: value_of(Settings(), name) for name in names}
    overrides = {**defaults, **DEMO_FRESHNESS, "dashboard.root": str(root), "web_ui.port": port}
    return load(overrides=overrides).settings
