"""What is known of the entries of a directory, and of those that cannot be used.

Guarantees: an entry that cannot be used leaves the others as they are and is a named loss, for as
long as it is there. While the directory as a whole cannot be listed, what was known of it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from peak_trade.artifacts.files import UnusableError
from peak_trade.artifacts.losses import NO_LOSSES, Loss, Losses, unusable
from peak_trade.errors import UnlistedError
from peak_trade.store.revisions import next_revision

L = TypeVar("L", bound="Listed")


@dataclass(frozen=True, slots=True)
class Listed:
    """Base of what is known of a directory.

    `faults` are the losses of its entries by name; `unlisted` is set while it cannot be listed.
    """

    faults: Mapping[str, tuple[Loss, ...]] = field(default_factory=dict)
    unlisted: Loss | None = None
    revision: int = 0

    @property
    def losses(self) -> Losses:
        """What cannot be used now."""
        return self.losses_after(NO_LOSSES)

    def losses_after(self, losses: Losses) -> Losses:
        """Return losses, and then those of the directory."""
        losses = losses.plus(chain.from_iterable(self.faults.values()))
        return losses.plus([self.unlisted] if self.unlisted else [])


def keep(known: L, root: Path, error: UnusableError) -> L:
    """Return what was known of a directory that cannot be listed just now."""
    loss = Loss("unlisted", root.name, 0, str(error))
    if known.unlisted == loss:
        return known
    return replace(known, unlisted=loss, revision=next_revision())


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


def entry_losses(faults: Mapping[str, str]) -> dict[str, tuple[Loss, ...]]:
    """Return the losses of entries, from the reasons why they cannot be used."""
    return {name: (unusable(name, reason),) for name, reason in sorted(faults.items())}
