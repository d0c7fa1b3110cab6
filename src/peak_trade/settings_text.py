"""The table of settings as text: `config/config.toml`, `docs/settings.md`, `peak-trade config`.

Guarantees: reading `as_toml()` back gives the defaults; every setting appears in each text.
"""

from __future__ import annotations

import json
import textwrap

from pydantic import BaseModel

from peak_trade.addresses import masked
from peak_trade.settings import Loaded, Settings, table, value_of, variable

HEADER = """\
# Every setting with its default. Stronger than this file: the environment, then the command line.
# Written by `peak-trade config --format toml`; docs/settings.md tells more.
"""


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        value = [item.model_dump() if isinstance(item, BaseModel) else item for item in value]
    return json.dumps(value, ensure_ascii=False)


def _section_doc(section: str) -> str:
    return (Settings.model_fields[section].default.__doc__ or "").strip()


def as_toml() -> str:
    """Return a configuration file that holds every setting with its default and a comment."""
    lines = [HEADER.rstrip()]
    current = ""
    defaults = Settings()
    for name, field in table().items():
        section, _, key = name.rpartition(".")
        if section != current:
            lines += ["", f"[{section}]  # {_section_doc(section)}"]
            current = section
        else:
            lines += [""] if not section else []
        lines += textwrap.wrap(f"# {field.description}", 98, subsequent_indent="# ")
        value = value_of(defaults, name)
        is_table = name in {"strategy", "roots"}  # sections, which a file could not add to
        lines.append(f"{'# ' if is_table else ''}{key} = {_literal(value)}")
    return "\n".join(lines) + "\n"


def as_markdown() -> str:
    """Return the reference of all settings: name, variable, default, meaning."""
    rows = ["| setting | variable | default | meaning |", "|---|---|---|---|"]
    defaults = Settings()
    for name, field in table().items():
        default = _literal(value_of(defaults, name))
        rows.append(f"| `{name}` | `{variable(name)}` | `{default}` | {field.description} |")
    return "\n".join(rows) + "\n"


def as_table(loaded: Loaded) -> str:
    """Return each setting with its value and where it came from, in aligned columns.

    Names and passwords in addresses are hidden.

    Below, lines that begin with `#`: the warnings, and for each source what in it is ignored.
    """
    rows = [(name, masked(_literal(value)), origin) for name, value, origin in loaded.rows()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin}" for name, value, origin in rows]
    lines += [f"# warning: {line}" for line in loaded.settings.warnings]
    lines += [f"# ignored: {line}" for line in ignored(loaded.settings)]
    return "\n".join(lines) + "\n"


def ignored(settings: Settings) -> list[str]:
    """Return a line for each source that holds names of the trading system, with these names."""
    names: dict[str, list[str]] = {}
    for item in settings.foreign:
        if not item.told:
            names.setdefault(item.origin, []).append(item.name)
    return [f"{origin}: {', '.join(found)}" for origin, found in names.items()]
