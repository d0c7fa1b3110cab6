"""Whether the directories of the artifact families are there and can be listed.

A directory that was never there is no fault while what it belongs in is there: nothing has been
written yet, and its lists are empty. One that has gone, one whose root does not exist, and one that
the system does not let us list are faults, until they are mended; each is logged once, and so is
its end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from peak_trade.artifacts import files
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadError, ReadErrors
from peak_trade.storage.mirror import Told
from peak_trade.store.paths import Paths
from peak_trade.store.revisions import next_revision

log = logging.getLogger(__name__)

FAMILIES: Final = ("runs", "sessions", "alerts", "telemetry")
"""Families that have a directory each."""

MISSING: Final = "missing"
"""Kind of the read error of a directory that is not there."""

AWAY: Final = "away"
"""Kind of the read error of a directory that is a copy of what cannot be reached."""

_GONE: Final = "it does not exist any more"
_NO_ROOT: Final = "it does not exist, and neither does what it belongs in"
_OTHER: Final = "it is on another file system than before, and empty"


class Seen(NamedTuple):
    """What a directory was when it was last there: its device, and whether anything was in it."""

    device: int
    filled: bool


@dataclass(frozen=True, slots=True)
class Directories:
    """What the last look found; `faults` and `seen` are by family.

    `left_out` is what of a root by address is not in its copy.
    """

    faults: Mapping[str, ReadError] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    left_out: ReadErrors = NO_READ_ERRORS
    revision: int = 0

    def reason(self, family: str) -> str | None:
        """Return why nothing can be said of a family, as a sentence; None if all is well."""
        fault = self.faults.get(family)
        if fault is None:
            return None
        return f"The directory {fault.file} cannot be listed: {fault.reason}"

    def missing(self, family: str) -> ReadErrors:
        """Return the read error of a directory that is not there, which no listing tells."""
        fault = self.faults.get(family)
        is_missing = fault is not None and fault.kind in {MISSING, AWAY}
        return NO_READ_ERRORS.plus([fault] if fault and is_missing else [])


def refresh(paths: Paths, known: Directories, told: Told) -> Directories:
    """Return what the directories are now, the same object if nothing changed.

    `told` is how the copy stands, of a root by address.
    """
    faults: dict[str, ReadError] = {}
    seen = dict(known.seen)
    for family in FAMILIES:
        path: Path = getattr(paths, family)
        if told.fault:
            faults[family] = ReadError(AWAY, told.url, 0, told.fault)
            continue
        try:
            found = files.look_into(path)
        except files.UnusableError as error:
            faults[family] = ReadError("unlisted", files.shown(path.name), 0, str(error))
            continue
        now = Seen(*found) if found else None
        reason = _fault(now, seen.get(family), paths.base(family))
        if reason:
            faults[family] = ReadError(MISSING, files.shown(path.name), 0, reason)
        elif now:
            seen[family] = now
    if (faults, seen, told.read_errors) == (known.faults, known.seen, known.left_out):
        return known
    return Directories(faults, seen, told.read_errors, next_revision())


def _fault(now: Seen | None, before: Seen | None, base: Path) -> str:
    if now is None:
        return _GONE if before else "" if files.is_directory(base) else _NO_ROOT
    if before and before.filled and not now.filled and before.device != now.device:
        return _OTHER
    return ""


def tell(before: Directories, after: Directories) -> None:
    """Log what has changed."""
    for family, fault in after.faults.items():
        if before.faults.get(family) != fault:
            text = "%s: the directory %s cannot be listed: %s"
            log.warning(text, family, fault.file, fault.reason)
    for family in before.faults.keys() - after.faults.keys():
        log.warning("%s: the directory can be listed again", family)
