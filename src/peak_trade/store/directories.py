"""Whether the directories of the artifact families are there and can be listed.

A directory that was never there is no fault while what it belongs in is there: nothing has been
written yet, and its lists are empty. One that has gone, one whose root does not exist, and one that
the system does not let us list are faults, until they are mended; each is logged once, and so is
its end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from peak_trade import clock
from peak_trade.artifacts import files
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadError, ReadErrors
from peak_trade.storage.mirror import Told
from peak_trade.store.listed import AWAY
from peak_trade.store.probe import Seen
from peak_trade.store.revisions import next_revision
from peak_trade.store.roots import Away, Root

log = logging.getLogger(__name__)

FAMILIES: Final = ("runs", "sessions", "alerts", "telemetry")
"""Families that have a directory each."""

MISSING: Final = "missing"
"""Kind of the read error of a directory that is not there."""

_GONE: Final = "it does not exist any more"
_NO_ROOT: Final = "it does not exist, and neither does what it belongs in"
_OTHER: Final = "it is on another file system than before, and empty"


@dataclass(frozen=True, slots=True)
class Directories:
    """What the last look found; `faults` and `seen` are by family.

    Of several roots, keys of the others begin with their name. `left_out` is what of roots by
    address is not in their copies, `away` the roots that cannot be reached, `roots` what they were
    when they were there.
    """

    faults: Mapping[str, ReadError] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    left_out: ReadErrors = NO_READ_ERRORS
    away: Mapping[str, Away] = field(default_factory=dict)
    roots: Mapping[str, Seen] = field(default_factory=dict)
    revision: int = 0

    def reason(self, family: str) -> str | None:
        """Return why nothing can be said of a family, as a sentence; None if all is well."""
        fault = self.faults.get(family)
        if fault is None:
            return None
        return f"The directory {fault.file} cannot be listed: {fault.reason}"

    def reasons(self) -> list[str]:
        """Return what cannot be read at all, and why."""
        faults = (f"{fault.file}: {fault.reason}" for fault in self.faults.values())
        return [
            *dict.fromkeys(faults),
            *(f"{name}: {one.reason}" for name, one in self.away.items()),
        ]

    def missing(self, family: str) -> ReadErrors:
        """Return the read error of a directory that is not there, which no listing tells."""
        fault = self.faults.get(family)
        is_missing = fault is not None and fault.kind in {MISSING, AWAY}
        return NO_READ_ERRORS.plus([fault] if fault and is_missing else [])


def refresh(roots: Sequence[Root], known: Directories) -> Directories:
    """Return what the directories are now, the same object if nothing changed.

    Of a root that is away its directories are no faults of their own.
    """
    found = Directories(seen=dict(known.seen), roots=dict(known.roots))
    for root in roots:
        told = root.mirror.told() if root.mirror is not None else Told()
        found = replace(found, left_out=found.left_out.merged(told.read_errors))
        away = root.away(known.roots.get(root.name)) if root.name else None
        if away:
            before = known.away.get(root.name)
            since = away.since or (before.since if before else clock.now())
            found = replace(found, away={**found.away, root.name: away._replace(since=since)})
            continue
        found = _looked_at(root, told, found)
    found = replace(found, revision=known.revision)
    return known if found == known else replace(found, revision=next_revision())


def _looked_at(root: Root, told: Told, known: Directories) -> Directories:
    faults, seen, roots = dict(known.faults), dict(known.seen), dict(known.roots)
    if root.name and root.mirror is None and isinstance(now := root.look(), Seen):
        roots[root.name] = now
    for family in FAMILIES:
        path: Path = getattr(root.paths, family)
        key, name = root.key_of(family), files.shown(root.key(path.name))
        if told.fault:
            faults[key] = ReadError(AWAY, told.url, 0, told.fault)
            continue
        try:
            looked = files.look_into(path)
        except files.UnusableError as error:
            faults[key] = ReadError("unlisted", name, 0, str(error))
            continue
        is_there = Seen(*looked) if looked else None
        reason = _fault(is_there, seen.get(key), root.paths.base(family))
        if reason:
            faults[key] = ReadError(MISSING, name, 0, reason)
        elif is_there:
            seen[key] = is_there
    return replace(known, faults=faults, seen=seen, roots=roots)


def _fault(now: Seen | None, before: Seen | None, base: Path) -> str:
    if now is None:
        return _GONE if before else "" if files.is_directory(base) else _NO_ROOT
    if before and before.filled and not now.filled and before.device != now.device:
        return _OTHER
    return ""


def tell(roots: Sequence[Root], before: Directories, after: Directories) -> None:
    """Log what has changed; nothing is known of the directories of a root that is away."""
    for family, fault in after.faults.items():
        if before.faults.get(family) != fault:
            text = "%s: the directory %s cannot be listed: %s"
            log.warning(text, family, fault.file, fault.reason)
    for name, away in after.away.items():
        if name not in before.away:
            log.warning("the root %s is unreachable: %s", name, away.reason)
    for name in before.away.keys() - after.away.keys():
        log.warning("the root %s can be reached again", name)
    gone = (root for root in roots if root.name in after.away)
    unseen = {root.key_of(family) for root in gone for family in FAMILIES}
    for family in before.faults.keys() - after.faults.keys() - unseen:
        log.warning("%s: the directory can be listed again", family)
