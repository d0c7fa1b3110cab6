"""Read errors of the artifacts that are many: runs, alert files and telemetry logs, one by one.

Guarantees: what was read of one counts with its newest reading, whoever asked for it, also after
its rows were dropped; a run counts with its events, alerts and trades, or not at all. So the count
of what is covered is a function of the files and not of who looked at them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal

from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadErrors

Part = Literal["run", "trades", "day", "log"]
"""A run without its trades, its trades, a day file of the alert store, a telemetry log."""

PARTS: Final[tuple[Part, ...]] = ("run", "trades", "day", "log")


@dataclass(frozen=True, slots=True)
class ReadErrorPlace:
    """What could not be read of a family: runs (the list), run, sessions, alerts or telemetry."""

    family: str
    read_errors: ReadErrors
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """How many artifacts of a family there are, and of how many the read errors are counted."""

    read: int
    listed: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a count of read errors covers."""

    runs: Covered
    alert_files: Covered
    logs: Covered

    @property
    def complete(self) -> bool:
        """Nothing is left to be read."""
        return all(part.read == part.listed for part in (self.runs, self.alert_files, self.logs))


class Tally:
    """The newest reading of each artifact; `revision` grows when a count or what it covers did."""

    def __init__(self) -> None:
        self.revision = 0
        self._read: dict[Part, set[str]] = {part: set() for part in PARTS}
        self._found: dict[Part, dict[str, ReadErrors]] = {part: {} for part in PARTS}
        """Those with read errors: few, so that a sum over all costs little."""

    def note(self, part: Part, key: str, read_errors: ReadErrors) -> None:
        """Count an artifact with what was just read of it, in place of what was before."""
        found = self._found[part]
        if key in self._read[part] and found.get(key, NO_READ_ERRORS) == read_errors:
            return
        self.revision += 1
        self._read[part].add(key)
        found.pop(key, None)
        if read_errors.total:
            found[key] = read_errors

    def keep(self, part: Part, keys: Collection[str]) -> None:
        """Forget artifacts that are gone: `keys` are those that there are."""
        for key in self._read[part].difference(keys):
            self._read[part].remove(key)
            self._found[part].pop(key, None)
            self.revision += 1

    def has(self, part: Part, key: str) -> bool:
        """Tell whether an artifact has been read."""
        return key in self._read[part]

    def found(self, part: Part, key: str) -> ReadErrors:
        """Return the read errors of an artifact."""
        return self._found[part].get(key, NO_READ_ERRORS)

    def runs(self) -> set[str]:
        """Return the runs that count."""
        return self._read["run"] & self._read["trades"]

    def read(self, part: Part) -> int:
        """Return how many artifacts have been read."""
        return len(self._read[part])

    def total(self, part: Part) -> ReadErrors:
        """Return the read errors of all artifacts of a kind."""
        found = self._found[part]
        return reduce(ReadErrors.merged, (found[key] for key in sorted(found)), NO_READ_ERRORS)

    def run_places(self) -> list[ReadErrorPlace]:
        """Return the runs that count and have read errors, by name."""
        events, trades = self._found["run"], self._found["trades"]
        return [
            ReadErrorPlace(
                "run",
                trades.get(key, NO_READ_ERRORS).merged(events.get(key, NO_READ_ERRORS)),
                key,
            )
            for key in sorted(self.runs() & (events.keys() | trades.keys()))
        ]
