"""Which objects of a store are artifacts, and which names are refused.

Names of objects are any text. Guarantees: what is `wanted` is a relative path of plain parts, one
that the readers look for, and can be made on a file system beside all the others; so nothing that
a store lists leads out of the copy.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from peak_trade.artifacts.alerts import file_day
from peak_trade.artifacts.files import shown
from peak_trade.artifacts.runs import MAX_ID_LENGTH, is_valid_id
from peak_trade.schemas import (
    COMPRESSED_LOG,
    EVENTS_STEM,
    META_FILE,
    PLAIN_LOG,
    RETENTION_MARKER,
    RUN_ALERTS_FILE,
    TRADES_STEM,
)
from peak_trade.settings_sections import Storage
from peak_trade.storage.objects import Found

MAX_PART_BYTES: Final = 255
"""Longest part of a path that file systems take."""

_NO_PARTS: Final = frozenset({"", ".", ".."})

RUN_FILES: Final = frozenset(
    {
        META_FILE,
        RUN_ALERTS_FILE,
        *(f"{stem}.{kind}" for stem in (EVENTS_STEM, TRADES_STEM) for kind in ("csv", "parquet")),
    }
)
"""Files of a run that readers look for."""


@dataclass(frozen=True, slots=True)
class Families:
    """Where the artifact families lie, as names below the address."""

    runs: str
    sessions: str
    alerts: str
    telemetry: str
    files: frozenset[str]

    def is_of_run(self, name: str) -> bool:
        """Tell whether it is the name of a file of a run."""
        directory, _, file = name.rpartition("/")
        runs, _, run_id = directory.rpartition("/")
        return runs == self.runs and file in RUN_FILES and is_valid_id(run_id)

    def is_artifact(self, name: str) -> bool:
        """Tell whether readers look for a file of that name."""
        directory, _, file = name.rpartition("/")
        return (
            name in self.files
            or self.is_of_run(name)
            or (directory == self.sessions and file.endswith(".json"))
            or (directory == self.alerts and file_day(file) is not None)
            or (directory == self.telemetry and file.endswith((PLAIN_LOG, COMPRESSED_LOG)))
            or (directory == self.telemetry and file == RETENTION_MARKER)
        )


@dataclass(slots=True)
class Sorted:
    """What is listed: objects to copy by name, and why others are not, by name."""

    wanted: dict[str, Found] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def sort(listed: Iterable[Found], families: Families, known: Collection[str]) -> Sorted:
    """Return which objects to copy; of names that cannot stand together, those `known` before."""
    found, others = Sorted(), set[str]()
    for item in listed:
        reason = _fault(item)
        if reason:
            found.refused[shown(item.name)] = reason
        elif families.is_artifact(item.name):
            found.wanted[item.name] = item
        else:
            others.add(item.name)
    _refuse_clashes(found, others, known)
    return found


def _fault(item: Found) -> str:
    """Return why an object cannot be a file of the copy, whatever it is."""
    name = item.name
    if name.endswith("/") and not item.size:
        name = name.rstrip("/")  # how some programs mark a directory
    parts = name.split("/")
    if not _NO_PARTS.isdisjoint(parts):
        return "its name is no path below the root"
    if "\0" in name or "\\" in name:
        return "its name has a sign that no file name has"
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return "its name is no UTF-8"
    if len(encoded) > MAX_ID_LENGTH and (  # as a whole, which nearly no name is
        max(map(len, encoded.split(b"/"))) > MAX_PART_BYTES or max(map(len, parts)) > MAX_ID_LENGTH
    ):
        return "its name is too long"
    return "a link" if item.is_link else ""


def _refuse_clashes(found: Sorted, others: Iterable[str], known: Collection[str]) -> None:
    """Refuse what would be a file and a directory at once, or is another but for its case."""
    spelled: dict[str, str] = {}
    directories = {""}
    for name in sorted(sorted(found.wanted), key=known.__contains__, reverse=True):
        seen = name.rpartition("/")[0] in directories  # and so all directories above it
        if seen and name not in directories and spelled.setdefault(_folded(name), name) == name:
            continue  # so it is of nearly all names
        paths = list(accumulate(name.split("/"), "{}/{}".format))
        keys = [_folded(path) for path in paths]
        reason = ""
        if [spelled.get(*one) for one in zip(keys, paths, strict=True)] != paths:
            reason = "its name differs from another by case alone"
        elif name in directories or any(path in found.wanted for path in paths[:-1]):
            reason = "its name is that of a directory as well"
        if reason:
            found.refused[shown(name)] = reason
            del found.wanted[name]
            continue
        spelled.update(zip(keys, paths, strict=True))
        directories.update(paths[:-1])
    for name in others:
        path = os.path.dirname(name)  # noqa: PTH120  of an object, not of a file
        while path and path not in found.wanted:
            path = os.path.dirname(path)  # noqa: PTH120
        if path or name in directories:
            found.refused[shown(name)] = "its name is that of a directory as well"


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def bounded(
    wanted: Mapping[str, Found], families: Families, bounds: Storage
) -> tuple[dict[str, Found], dict[str, str], int]:
    """Return what is within the bounds, why single objects are not, and how many others are not.

    The newest are taken; the objects of a run stay together.
    """
    largest, left = bounds.max_object_mb * 2**20, bounds.max_mb * 2**20
    too_large = {
        name: f"larger than storage.max_object_mb = {bounds.max_object_mb}"
        for name, found in wanted.items()
        if found.size > largest
    }
    small = {name: found for name, found in wanted.items() if name not in too_large}
    if len(small) <= bounds.max_objects and sum(one.size for one in small.values()) <= left:
        return small, too_large, 0
    groups: dict[str, list[Found]] = {}
    for name, found in small.items():
        group = name.rpartition("/")[0] if families.is_of_run(name) else name
        groups.setdefault(group, []).append(found)
    taken: dict[str, Found] = {}
    newest_first = sorted(groups.values(), key=lambda ones: -max(one.modified_ns for one in ones))
    for ones in newest_first:
        left -= sum(one.size for one in ones)
        if left < 0 or len(taken) + len(ones) > bounds.max_objects:
            break
        taken |= {one.name: one for one in ones}
    return taken, too_large, len(small) - len(taken)
