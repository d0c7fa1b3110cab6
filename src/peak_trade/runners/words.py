"""Words of the command line of runners, as values and back."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import typer


def moment(text: str) -> datetime:
    """Return an ISO 8601 time; without an offset it is in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an ISO 8601 time, such as 2026-01-15") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def utf8(text: str | None) -> str | None:
    """Return a text that artifacts can hold."""
    if text is not None and not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise typer.BadParameter(f"{text!r} is not UTF-8, as artifacts have to be") from None
    return text


def split(tags: str) -> tuple[str, ...]:
    """Return the words between commas."""
    return tuple(tag.strip() for tag in tags.split(",") if tag.strip())


def command_line(context: typer.Context) -> tuple[str, ...]:
    """Return the command as it was given, without the place of the program."""
    words = ["peak-trade", "run", str(context.info_name)]
    for parameter in context.command.params:
        name = str(parameter.name)
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[name]
        if value is True:
            words.append(parameter.opts[0])
            continue
        for one in value if isinstance(value, list) else [value]:
            words += [parameter.opts[0], str(one)]
    # The name of a directory may be any bytes.
    return tuple(os.fsencode(word).decode("utf-8", "backslashreplace") for word in words)
