"""Run directories: which there are, and what their `meta.json` says.

A run is a directory directly below the root that holds a usable `meta.json`; its name is its
identity. Optional keys of a wrong type count as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from peak_trade.artifacts import files, times
from peak_trade.artifacts.schemas import RUN_META_REQUIRED

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


def make_meta(value: dict[str, Any]) -> RunMeta | None:
    """Return the meta data, or None if a required key is missing or no text."""
    if not all(isinstance(value.get(key), str) for key in RUN_META_REQUIRED):
        return None
    config = value.get("config_snapshot")
    notes = value.get("notes")
    return RunMeta(
        run_id=value["run_id"],
        mode=value["mode"],
        strategy_name=value["strategy_name"],
        symbol=value["symbol"],
        timeframe=value["timeframe"],
        started_at=times.parse(value.get("started_at")),
        ended_at=times.parse(value.get("ended_at")),
        config_snapshot=config if isinstance(config, dict) else {},
        notes=notes if isinstance(notes, str) else "",
    )


def is_valid_id(name: str) -> bool:
    """Tell whether `name` is one path component that can name a run."""
    return (
        0 < len(name) <= MAX_ID_LENGTH
        and name not in {".", ".."}
        and not any(character in name for character in "/\\\0")
    )


def run_directories(
    root: Path, known: Mapping[str, Path] | None = None
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the directories below `root` that can be runs, and why others cannot be, by name.

    Known paths are kept, unless the root is a link that leads elsewhere now.

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
            found[name] = paths.get(name) or listing.path / name
        else:
            listing.faults[name] = (
                f"its name is no id: over {MAX_ID_LENGTH} characters, or \\ in it"
            )
    return found, listing.faults
