"""Run directories: which there are, and what their `meta.json` says.

A run is a directory directly below the root that holds a usable `meta.json`; its name is its
identity. Optional keys of a wrong type count as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from peak_trade.artifacts import files
from peak_trade.artifacts.record import Record
from peak_trade.schemas import RUN_META_REQUIRED

MAX_ID_LENGTH = 200


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
        and not any(character in name for character in "/\\\0")
    )


def run_directories(
    root: Path, known: Mapping[str, Path] | None = None, key: Callable[[str], str] = str
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the directories below `root` that can be runs, and why others cannot be, by name.

    `key` makes the identifier of a name, which stands for it in the answer. Known paths are kept,
    unless the root is a link that leads elsewhere now.

    Raises
    ------
    UnusableError
        If the root cannot be listed.
    """
    listing = files.list_directory(root)
    paths = known or {}
    if next((path.parent for path in paths.values()), None) != listing.path:
        paths = {}
    found: dict[str, Path] = {}
    for name in listing.directories:
        if is_valid_id(name):
            run_id = key(name)
            found[run_id] = paths.get(run_id) or listing.path / name
        else:
            listing.faults[name] = (
                f"its name is no id: over {MAX_ID_LENGTH} characters, or \\ in it"
            )
    return found, {key(name): reason for name, reason in listing.faults.items()}
