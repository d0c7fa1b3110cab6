"""Run directories: which there are, and what their `meta.json` says.

A run is a directory directly below the root that holds a usable `meta.json`; its name is its
identity. Optional keys of a wrong type count as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from peak_trade.artifacts import files
from peak_trade.artifacts.record import Record
from peak_trade.schemas import RUN_META_REQUIRED

MAX_ID_LENGTH = 200
_OF_PATHS: Final = re.compile(r"[/\\\0]")


@dataclass(frozen=True, slots=True)
class RunMeta:
    """A usable `meta.json`."""

    run_id: str
    mode: str
    strategy_name: str
    symbol: str
    timeframe: str
    started_at: datetime | None
    ended_at: datetime | None
    config_snapshot: dict[str, Any]
    notes: str


def make_meta(record: Record) -> RunMeta | None:
    """Return the meta data, or None if a required key is missing or no text."""
    if not record.has_texts(RUN_META_REQUIRED):
        return None
    return RunMeta(
        run_id=record.text("run_id"),
        mode=record.text("mode"),
        strategy_name=record.text("strategy_name"),
        symbol=record.text("symbol"),
        timeframe=record.text("timeframe"),
        started_at=record.instant("started_at"),
        ended_at=record.instant("ended_at"),
        config_snapshot=record.mapping("config_snapshot"),
        notes=record.text("notes"),
    )


def is_valid_id(name: str) -> bool:
    """Tell whether `name` is one path component that can name a run."""
    return (
        0 < len(name) <= MAX_ID_LENGTH
        and name not in {".", ".."}
        and _OF_PATHS.search(name) is None
    )


class Named(NamedTuple):
    """Names of the directories that can be runs, and why others cannot be, both by identifier.

    `path` is the directory that they are in, without links.
    """

    path: Path
    names: dict[str, str]
    odd: dict[str, str]


def run_names(root: Path, key: Callable[[str], str] = str) -> Named:
    """Return the names of the directories below `root`; `key` makes the identifier of a name.

    Raises
    ------
    UnusableError
        If the root cannot be listed.
    """
    listing = files.list_directory(root)
    names, odd = dict[str, str](), {key(name): why for name, why in listing.faults.items()}
    for name in listing.directories:
        if is_valid_id(name):
            names[key(name)] = name
        else:
            odd[key(name)] = f"its name is no id: over {MAX_ID_LENGTH} characters, or \\ in it"
    return Named(listing.path, names, odd)


def run_directories(
    root: Path, known: Mapping[str, Path] | None = None, key: Callable[[str], str] = str
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the directories below `root` that can be runs, and why others cannot be.

    Like `run_names`, with paths. Known ones are kept, unless the root is a link that leads
    elsewhere now.
    """
    found = run_names(root, key)
    paths = known or {}
    if next((path.parent for path in paths.values()), None) != found.path:
        paths = {}
    return {
        run_id: paths.get(run_id) or found.path / name for run_id, name in found.names.items()
    }, found.odd
