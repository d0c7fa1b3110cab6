"""Several roots that are watched together: `[[roots]]`, each with a name of its own.

Assumes nothing; `settings` reads their values. Guarantees: names differ and can begin an
identifier, no root is named twice, and the first one is the root where one alone counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from pathlib import PurePath
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from peak_trade.errors import SettingsError
from peak_trade.settings_sections import Root

ROOT: Final = "dashboard.root"
ROOTS: Final = "roots"
MAX_ROOTS: Final = 50
_PLACES: Final = (
    "shadow_paper_logging.base_dir",
    "dashboard.sessions_dir",
    "dashboard.telemetry_dir",
    "dashboard.alerts_dir",
    "dashboard.health_snapshots",
    "dashboard.telemetry_alerts",
)
"""Settings of directories and files, which each root has."""

Merged = dict[str, tuple[object, str]]
"""Values of settings and where each came from, by name."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone such as Europe/Berlin") from None
    return name


class WatchedRoot(BaseModel):
    """One of several roots."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    path: Annotated[Root, Field(min_length=1)]
    label: Annotated[str, Field(max_length=60)] = ""
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"

    @property
    def zone(self) -> tzinfo | None:
        """What its times without an offset mean; None for UTC."""
        return None if self.time_zone == "UTC" else ZoneInfo(self.time_zone)

    @property
    def shown(self) -> str:
        """What people read: the label, else the name."""
        return self.label or self.name


def _distinct(roots: tuple[WatchedRoot, ...]) -> tuple[WatchedRoot, ...]:
    for key in ("name", "path"):
        values = [getattr(root, key).rstrip("/") for root in roots]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise ValueError(f"two roots have the {key} {twice}")
    return roots


Roots = Annotated[tuple[WatchedRoot, ...], Field(max_length=MAX_ROOTS), AfterValidator(_distinct)]


def chosen(merged: Merged, ranks: Mapping[str, int]) -> tuple[Merged, list[str]]:
    """Return the settings with one of `dashboard.root` and `[[roots]]`: the stronger.

    `ranks` is how strong each origin is. What the other would have been is a warning.

    Raises
    ------
    SettingsError
        If one file has both.
    """
    warnings = list(_unknown(*merged.get(ROOTS, ((), ""))))
    if not (merged.get(ROOT, ("",))[0] and merged.get(ROOTS, ((),))[0]):
        return merged, warnings
    of_root, of_roots = merged[ROOT][1], merged[ROOTS][1]
    if of_root == of_roots:
        raise SettingsError(f"{of_root}: {ROOT} and [[{ROOTS}]] exclude each other: keep one")
    weak, other = (ROOTS, of_root) if ranks[of_root] > ranks[of_roots] else (ROOT, of_roots)
    if weak == ROOTS:
        warnings = [f"{of_roots}: [[{ROOTS}]] has no effect: {other} gives {ROOT}"]
    return {name: found for name, found in merged.items() if name != weak}, warnings


def _unknown(roots: object, origin: str) -> Iterator[str]:
    """Yield what to tell of keys that are none of a root's."""
    for place, root in enumerate(roots if isinstance(roots, list) else ()):
        for key in root if isinstance(root, dict) else ():
            if key not in WatchedRoot.model_fields:
                yield f"{origin}: [[{ROOTS}]] {place + 1}: {key!r} is not known and has no effect"


def with_first(merged: Merged) -> Merged:
    """Return usable settings with the first of several roots as the root.

    Raises
    ------
    SettingsError
        If all of them would have the same directory.
    """
    roots, origin = merged.get(ROOTS, ((), ""))
    if not isinstance(roots, list | tuple) or not roots:
        return merged
    first = roots[0]
    path = first.path if isinstance(first, WatchedRoot) else first["path"]
    if len(roots) > 1:
        for name in _PLACES:
            place, of_place = merged.get(name, ("", ""))
            if _is_shared(place):
                text = f"{of_place}: {name} = {place}: with several roots, it lies below each"
                raise SettingsError(f"{text}: let it be relative, without ..")
    return {**merged, ROOT: (path, origin)}


def _is_shared(place: object) -> bool:
    """Tell whether a directory is not below the root that it is resolved against."""
    path = PurePath(str(place))
    return path.is_absolute() or ".." in path.parts or str(place).startswith("~")
