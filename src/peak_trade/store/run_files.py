"""Files of a run, by the paths that are asked for at each request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple, Self

from peak_trade.artifacts.events import CsvCursor
from peak_trade.artifacts.files import Signature, is_plain
from peak_trade.artifacts.unchanged import Seen, are_same
from peak_trade.schemas import EVENTS_STEM, META_FILE, RUN_ALERTS_FILE, TRADES_STEM
from peak_trade.store.events_state import EventsState

TRADES_FILES: Final = (f"{TRADES_STEM}.parquet", f"{TRADES_STEM}.csv")
RUN_FILES: Final = (
    META_FILE,
    RUN_ALERTS_FILE,
    f"{EVENTS_STEM}.csv",
    f"{EVENTS_STEM}.parquet",
    *TRADES_FILES,
)


class RunFiles(NamedTuple):
    """Paths of the files that the list of runs reads; made once for each run."""

    meta: Path
    parquet: Path
    csv: Path

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Return the paths of a run's files."""
        return cls(
            directory / META_FILE,
            directory / f"{EVENTS_STEM}.parquet",
            directory / f"{EVENTS_STEM}.csv",
        )

    def seen(self, signatures: tuple[Signature | None, ...]) -> Seen:
        """Return the paths with what was at them."""
        return tuple(zip(map(os.fspath, self), signatures, strict=True))


class Looked(NamedTuple):
    """What there was when a run was read: signatures by path, and what is only to be no oddity.

    `directory` is the one that was read.
    """

    directory: Path
    read: Seen
    others: tuple[str, ...]

    @classmethod
    def of(
        cls, directory: Path, meta: Signature, alerts: Signature | None, events: EventsState
    ) -> Self:
        """Return what a reading has seen that found nothing to be odd."""
        meta_path, alerts_path, csv, parquet, *others = (
            f"{os.fspath(directory)}/{name}" for name in RUN_FILES
        )
        read = [(meta_path, meta), (alerts_path, alerts)]
        if isinstance(events.cursor, Signature):
            read.append((parquet, events.cursor))
            others.append(csv)
        else:
            text = events.cursor.tail.signature if isinstance(events.cursor, CsvCursor) else None
            read += [(parquet, None), (csv, text)]
        return cls(directory, tuple(read), tuple(others))

    @property
    def is_same(self) -> bool:
        """Tell whether reading the run again would find the same, by one system call a file."""
        return are_same(self.read) and all(map(is_plain, self.others))
