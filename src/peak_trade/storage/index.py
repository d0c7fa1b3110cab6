"""What is known of the objects in a copy, and of the last listing, kept beside it.

Guarantees: one process at a time changes a copy, and holds its lock meanwhile; the others read here
how it stands. What was written is there after the process was killed; that of a file which is not
of the size that stands here is not used.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from peak_trade import jsonio
from peak_trade.errors import SettingsError
from peak_trade.storage.objects import Found

PRIVATE: Final = 0o700
_WAIT_SECONDS: Final = 5.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS objects
    (name TEXT PRIMARY KEY, size INTEGER, modified_ns INTEGER, tag TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 0), told TEXT);
"""


@dataclass(frozen=True, slots=True)
class State:
    """How a copy stands; times are ISO 8601, empty for never.

    `listed_at`: the last listing after which all was copied. `away_since` and `reason`: since when
    the store does not answer, and why. `refused`: why objects are not copied, by name, the first
    ones; `refused_count` is the number of all. `beyond`: objects beyond the bounds.
    """

    listed_at: str = ""
    away_since: str = ""
    reason: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    refused_count: int = 0
    beyond: int = 0


class Index:
    """The directory of one copy: the objects in `root`, drafts in `drafts`, and what is known.

    Raises
    ------
    SettingsError
        If the directory cannot be made, or is that of another user.
    """

    def __init__(self, directory: Path) -> None:
        self.root = directory / "root"
        self.drafts = directory / "drafts"
        _make_private(directory)
        self._lock = directory / "lock"
        self._file = directory / "index.sqlite"
        with self._open() as known:
            known.executescript(_TABLES)

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Yield True while this process may change the copy; False if another one does."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _locks(descriptor)
        finally:
            os.close(descriptor)

    def objects(self) -> dict[str, Found]:
        """Return what is copied, by name."""
        with self._open() as known:
            rows = known.execute("SELECT name, size, modified_ns, tag FROM objects")
            return {row[0]: Found(*row) for row in rows}

    def keep(self, objects: Iterable[Found]) -> None:
        """Note what was copied."""
        rows = [found[:4] for found in objects]
        with self._open() as known:
            known.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", rows)

    def forget(self, names: Iterable[str]) -> None:
        """Note what is copied no more."""
        with self._open() as known:
            known.executemany("DELETE FROM objects WHERE name = ?", [(name,) for name in names])

    def state(self) -> State:
        """Return how the copy stands."""
        with self._open() as known:
            row = known.execute("SELECT told FROM state").fetchone()
        return State(**jsonio.loads(row[0].encode())) if row else State()

    def tell(self, state: State) -> None:
        """Note how the copy stands."""
        with self._open() as known:
            text = jsonio.dumps(asdict(state)).decode()
            known.execute("INSERT OR REPLACE INTO state VALUES (0, ?)", (text,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction: threads and processes share nothing else."""
        connection = sqlite3.connect(self._file, timeout=_WAIT_SECONDS)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _make_private(directory: Path) -> None:
    try:
        directory.mkdir(PRIVATE, parents=True, exist_ok=True)
        if directory.stat().st_uid != os.geteuid():
            raise SettingsError(f"{directory}, a cache, belongs to another user: give --cache")
        directory.chmod(PRIVATE)
        (directory / "drafts").mkdir(exist_ok=True)
    except OSError as error:
        text = f"{directory}, a cache, cannot be made: {error.strerror}; give --cache"
        raise SettingsError(text) from None


def _locks(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
