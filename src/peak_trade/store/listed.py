"""What is known of the entries of a directory, and of those that cannot be used.

Guarantees: an entry that cannot be used leaves the others as they are and is a named read error,
for as long as it is there. While the directory as a whole cannot be listed, what was known of it
stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, Final, Self, TypeVar

from peak_trade.artifacts.files import UnusableError
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadError, ReadErrors, unusable
from peak_trade.errors import UnlistedError
from peak_trade.store.revisions import next_revision

L = TypeVar("L", bound="Listed")

AWAY: Final = "away"
"""Kind of the read error of what cannot be reached: a root, or the store that a copy is of."""


class Faults(dict[str, tuple[ReadError, ...]]):
    """Read errors of entries by name; not changed any more once a listing has them."""

    @cached_property
    def read_errors(self) -> ReadErrors:
        """All of them."""
        return NO_READ_ERRORS.plus(chain.from_iterable(self.values()))


@dataclass(frozen=True, slots=True)
class Listed:
    """Base of what is known of a directory.

    `faults` are the read errors of its entries by name; `unlisted` is set while the directory
    cannot be listed.
    """

    faults: Faults = field(default_factory=Faults)
    unlisted: ReadError | None = None
    revision: int = 0
    parts: tuple[Any, ...] = ()
    """What each root has, if there are several."""

    def __post_init__(self) -> None:
        """Count the faults where the directory was read, in a thread: there can be very many."""
        _ = self.faults.read_errors

    @classmethod
    def merged(cls, parts: tuple[Self, ...]) -> Self:
        """Return what several roots have as one, in a new revision."""
        raise NotImplementedError

    @property
    def read_errors(self) -> ReadErrors:
        """What cannot be used now."""
        return self.read_errors_after(NO_READ_ERRORS)

    def read_errors_after(self, read_errors: ReadErrors) -> ReadErrors:
        """Return read errors, and then those of the directory."""
        read_errors = read_errors.merged(self.faults.read_errors)
        return read_errors.plus([self.unlisted] if self.unlisted else [])


def keep(known: L, name: str, error: UnusableError, kind: str = "unlisted") -> L:
    """Return what was known of a directory that cannot be listed just now."""
    read_error = ReadError(kind, name, 0, str(error))
    if known.unlisted == read_error:
        return known
    return replace(known, unlisted=read_error, revision=next_revision())


def in_common(parts: tuple[Listed, ...]) -> dict[str, Any]:
    """Return what all lists of several roots have, as one.

    While a root can be listed, the directory of another one is a fault like that of an entry; that
    its root is away is told elsewhere.
    """
    faults = Faults((name, found) for part in parts for name, found in part.faults.items())
    reasons = [part.unlisted for part in parts if part.unlisted]
    if len(reasons) < len(parts):
        faults.update({f"{one.file}/": (one,) for one in reasons if one.kind != AWAY})
    return {
        "faults": faults,
        "unlisted": reasons[0] if len(reasons) == len(parts) else None,
        "revision": next_revision(),
        "parts": parts,
    }


def check(known: Listed, *, anything: bool) -> None:
    """Refuse to show a directory as empty that has never been listed.

    Raises
    ------
    UnlistedError
        If it cannot be listed, and nothing (`anything`) of it is known.
    """
    if known.unlisted is not None and not anything:
        raise unlisted(known.unlisted.file, known.unlisted.reason)


def unlisted(name: str, reason: str) -> UnlistedError:
    """Return the error of a directory that cannot be listed."""
    text = f"The directory {name} cannot be listed: {reason}. Mend that; each request tries again."
    return UnlistedError(text)


def entry_read_errors(faults: Mapping[str, str]) -> Faults:
    """Return the read errors of entries, from the reasons why they cannot be used."""
    return Faults((name, (unusable(name, reason),)) for name, reason in sorted(faults.items()))
