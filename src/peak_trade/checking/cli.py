"""The command `peak-trade check`.

Exit codes: 0 nothing is wrong, 1 something is, 2 an option or setting that cannot be used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from peak_trade import jsonio
from peak_trade.artifacts.files import is_directory, within
from peak_trade.checking.check import check_root, check_run
from peak_trade.checking.models import schemas
from peak_trade.cli_options import Config, exit_codes, group
from peak_trade.schemas import META_FILE
from peak_trade.settings import load

app: Final = group("Check artifacts that another program wrote.")


@app.command()
def check(
    directory: Annotated[
        Path, typer.Argument(help="What the directories of artifacts are below; or one run.")
    ] = Path(),
    config: Config = None,
    schema: Annotated[
        str | None, typer.Option(help="Print the JSON Schema of one artifact, or `all` names.")
    ] = None,
) -> None:
    """Say what is wrong with artifacts, line by line."""
    if schema is not None:
        _print_schema(schema)
        return
    if not is_directory(directory):
        typer.echo(f"error: {directory} is no directory", err=True)
        raise typer.Exit(2)
    with exit_codes():
        settings = load(config, {"dashboard.root": str(directory)}).settings
    is_run = (directory / META_FILE).is_file()
    place = directory.resolve()
    count = 0
    with within((settings.root_path, place)):
        for problem in check_run(place) if is_run else check_root(settings):
            count += 1
            typer.echo(str(problem).encode("utf-8", "backslashreplace").decode())
    typer.echo(f"{count} problems" if count else "nothing is wrong", err=True)
    raise typer.Exit(int(count > 0))


def _print_schema(name: str) -> None:
    known = schemas()
    if name == "all":
        typer.echo("\n".join(known))
    elif name in known:
        typer.echo(jsonio.dumps(known[name], indent=True).decode())
    else:
        typer.echo(f"error: no artifact {name!r}; there are {', '.join(known)}", err=True)
        raise typer.Exit(2)
