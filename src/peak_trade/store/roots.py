"""The roots that are watched together, and what is known of them as one.

The first root's artifacts have their own names as identifiers; those of another root begin with its
name and `~`, and so do those of the first whose names look like that. So an identifier says its
root, depends on the settings and its name alone, and is never two artifacts.
Guarantees: of a root that is away what was known stays; the others are as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Final, NamedTuple, Self, TypeVar

from peak_trade.artifacts import files, times
from peak_trade.artifacts.alerts import Alert, make_alert
from peak_trade.artifacts.record import Record
from peak_trade.artifacts.sessions import SessionRecord, make_session
from peak_trade.artifacts.telemetry import TelemetryEvent, make_event
from peak_trade.settings import Settings
from peak_trade.storage.mirror import Mirror
from peak_trade.store.listed import AWAY, Listed, keep
from peak_trade.store.paths import Paths
from peak_trade.store.probe import Probe, Seen

T = TypeVar("T")
L = TypeVar("L", bound=Listed)

SEPARATOR: Final = "~"
"""Between the name of a root and that of an artifact; a root's name has none."""

_EMPTY: Final = "it is on another file system than before, and empty"


class Away(NamedTuple):
    """Why a root cannot be reached, and since when as far as this process knows."""

    reason: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """One root. `name` is empty where it is the only one; `mirror` keeps its copy, by address."""

    name: str
    paths: Paths
    mirror: Mirror | None = None
    is_first: bool = True
    reserved: tuple[str, ...] = ()
    """What the identifiers of all roots begin with, if there are several."""
    zone: tzinfo | None = None
    """What times without an offset mean; None for UTC."""
    probe: Probe = field(default_factory=Probe, compare=False)

    @classmethod
    def all_of(cls, settings: Settings) -> tuple[Self, ...]:
        """Return the roots that the settings name.

        Raises
        ------
        NotInstalledError
            If packages are missing that a root by address needs.
        """
        alone = settings.by_root
        if not settings.several:
            zone = settings.roots[0].zone if settings.roots else None
            return (cls("", Paths.of(settings), Mirror.of(settings), zone=zone),)
        reserved = tuple(name + SEPARATOR for name in alone)
        return tuple(
            cls(
                name,
                Paths.of(its),
                Mirror.of(its),
                is_first=not place,
                reserved=reserved,
                zone=its.roots[0].zone,
            )
            for place, (name, its) in enumerate(alone.items())
        )

    def key(self, name: str) -> str:
        """Return the identifier of what has this name in the root."""
        if self.is_first and not name.startswith(self.reserved):
            return name
        return f"{self.name}{SEPARATOR}{name}"

    def key_of(self, family: str) -> str:
        """Return what stands for a family of artifacts of the root."""
        return family if self.is_first else f"{self.name}{SEPARATOR}{family}"

    def has(self, key: str) -> bool:
        """Tell whether an identifier is one of this root."""
        begins = key.startswith(f"{self.name}{SEPARATOR}")
        return (begins or not key.startswith(self.reserved)) if self.is_first else begins

    def make_session(self, record: Record) -> SessionRecord | None:
        """Return a record of the registry with its identifiers."""
        found = make_session(record)
        if found is None or not self.name:
            return found
        run_id = self.key(found.run_id) if found.run_id else None
        return replace(found, session_id=self.key(found.session_id), run_id=run_id, root=self.name)

    def make_alert(self, record: Record) -> Alert | None:
        """Return an alert of the store with its identifiers."""
        found = make_alert(record)
        if found is None or not self.name:
            return found
        session_id = self.key(found.session_id) if found.session_id else None
        return replace(found, session_id=session_id, root=self.name)

    def make_event(self, record: Record) -> TelemetryEvent:
        """Return a telemetry event with its identifiers."""
        found = make_event(record)
        if not self.name or not found.session_id:
            return found
        return replace(found, session_id=self.key(found.session_id))

    def withheld(self, before: Seen | None) -> str:
        """Return why nothing of the root can be read; `before` is what it was when it was there.

        Of one by address the copy can be read, whether the store answers or not.
        """
        if self.mirror is not None:
            return self.mirror.withheld()
        away = self.away(before)
        return away.reason if away else ""

    def away(self, before: Seen | None) -> Away | None:
        """Return why the root itself cannot be reached; None if it can."""
        if self.mirror is not None:
            state, told = self.mirror.state, self.mirror.told()
            if state.away_since:
                return Away(state.reason, times.parse(state.away_since))
            return Away(told.fault) if told.fault else None
        now = self.look()
        if isinstance(now, str):
            return Away(now)
        if before and before.filled and not now.filled and before.device != now.device:
            return Away(_EMPTY)
        return None

    def look(self) -> Seen | str:
        """Return what the directory of the root is now, or why it cannot be read."""
        return self.probe.look(self.paths.root or self.paths.runs)


def together(
    roots: Sequence[Root],
    known: tuple[T, ...],
    withheld: Callable[[Root], str],
    refresh: Callable[[Root, T], T],
    kept: Callable[[Root, T, str], T] = lambda _, part, __: part,
) -> tuple[T, ...]:
    """Return what each root has now; of one that is away by then, what is kept of the known.

    It is asked for before, as who lists one that hangs would hang, and after: one that vanishes
    meanwhile looks empty.
    """
    parts = []
    for root, part in zip(roots, known, strict=True):
        reason = withheld(root)
        found = part if reason else refresh(root, part)
        reason = reason or withheld(root)
        parts.append(kept(root, part, reason) if reason else found)
    return tuple(parts)


def listed(
    roots: Sequence[Root],
    known: L,
    withheld: Callable[[Root], str],
    refresh: Callable[[Root, L], L],
) -> L:
    """Return the current list over all roots, the same object if nothing changed."""

    def zoned(root: Root, part: L) -> L:
        with times.in_zone(root.zone):
            return refresh(root, part)

    if len(roots) == 1:
        return zoned(roots[0], known)
    before: tuple[L, ...] = known.parts or (type(known)(),) * len(roots)

    def kept(root: Root, part: L, reason: str) -> L:
        return keep(part, root.name, files.UnusableError(root.paths.runs, reason), AWAY)

    parts = together(roots, before, withheld, zoned, kept)
    if not known.parts or [part.revision for part in parts] != [part.revision for part in before]:
        return known.merged(parts)
    same = all(new is old for new, old in zip(parts, before, strict=True))
    return known if same else replace(known, parts=parts)
