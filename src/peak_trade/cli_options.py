"""What the commands have in common: options that say where the artifacts are, and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

from peak_trade.errors import PeakTradeError, SettingsError, ShortageError, is_shortage
from peak_trade.plain import escaped

INTERRUPTED: Final = 130
"""Exit code of a command that Ctrl-C ended, as a shell has it."""
NOTABLE: Final = 3
"""Exit code of a command that did what was asked, and there is something to see."""

WHOLE: Final = 200
"""Characters of a first sentence that a list of commands shows."""


class _Group(TyperGroup):
    """A group whose help shows the first sentence of each command, however wide the terminal is."""

    @override
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(WHOLE)) for name, one in commands if not one.hidden]
            )


def group(text: str | None = None) -> typer.Typer:
    """Return an empty group of commands; without rich, which takes longer to load than the rest."""
    return typer.Typer(
        cls=_Group,
        help=text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


Config = Annotated[Path | None, typer.Option(help="Configuration file (TOML).")]
Root = Annotated[
    str | None, typer.Option(help="What relative directories are resolved against, . by default.")
]
RunsDir = Annotated[str | None, typer.Option(help="Directory of the runs, live_runs by default.")]
SessionsDir = Annotated[str | None, typer.Option(help="Directory of the session records.")]
TelemetryDir = Annotated[str | None, typer.Option(help="Directory of the telemetry logs.")]
AlertsDir = Annotated[str | None, typer.Option(help="Directory of the daily alert files.")]


def places(
    root: str | None,
    runs: str | None,
    sessions: str | None = None,
    telemetry: str | None = None,
    alerts: str | None = None,
) -> dict[str, object]:
    """Return the settings that say where the artifacts are."""
    return {
        "dashboard.root": root,
        "shadow_paper_logging.base_dir": runs,
        "dashboard.sessions_dir": sessions,
        "dashboard.telemetry_dir": telemetry,
        "dashboard.alerts_dir": alerts,
    }


@contextmanager
def options_checked() -> Iterator[None]:
    """Print what is wrong with the options that a query is made of, and exit with 2."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        for item in error.errors(include_url=False):
            said = item["msg"].removeprefix("Value error, ")
            text = f"{'.'.join(map(str, item['loc']))}: {said}"
            typer.echo(f"error: {escaped(text)}", err=True)
        raise typer.Exit(2) from None


@contextmanager
def _shortage_told() -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        raise (ShortageError() if is_shortage(error) else error) from None


@contextmanager
def exit_codes(wrong_setting: int = 2) -> Iterator[None]:
    """Print public errors and exit: 1, or `wrong_setting` for a setting that is at fault."""
    try:
        with _shortage_told():
            yield
    except PeakTradeError as error:
        for line in str(error).splitlines():
            typer.echo(f"error: {escaped(line)}", err=True)
        raise typer.Exit(wrong_setting if isinstance(error, SettingsError) else 1) from None


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Say that what is printed, or written beside it, finds no room, and exit with 1."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        typer.echo(f"error: {escaped(str(error))}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python prints what is left when it ends
        sys.exit(1)
