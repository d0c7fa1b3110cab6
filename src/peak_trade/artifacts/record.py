"""One JSON object of an artifact: each key read as what it should be.

Guarantees: a key that is missing, null or of a wrong type gives its default, so that one bad value
never disturbs the rest; what was there and could not be used is noted as a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from peak_trade import jsonio
from peak_trade.artifacts import times

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """The values of an object, and what was wrong with those that were asked for."""

    values: dict[str, Any]
    faults: list[str] = field(default_factory=list)

    def has_texts(self, keys: Iterable[str]) -> bool:
        """Tell whether all these keys are there and are texts."""
        return all(isinstance(self.values.get(key), str) for key in keys)

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        item = self.values.get(key)
        return item if isinstance(item, str) else self._without(key, item, "text", default)

    def mapping(self, key: str) -> dict[str, Any]:
        """Return an object."""
        item = self.values.get(key)
        if isinstance(item, dict):
            return item
        return self._without(key, item, "object", dict[str, Any]())

    def array(self, key: str) -> list[Any]:
        """Return a list."""
        item = self.values.get(key)
        return item if isinstance(item, list) else self._without(key, item, "list", list[Any]())

    def stored_time(self, key: str) -> datetime | None:
        """Return a time with its stored offset, or without one."""
        item = self.values.get(key)
        moment = times.parse_stored(item)
        return self._without(key, item, "time", None) if moment is None else moment

    def instant(self, key: str) -> datetime | None:
        """Return a time in UTC."""
        moment = self.stored_time(key)
        return None if moment is None else times.as_utc(moment)

    def number(
        self, key: str, default: float | None = None, *, as_text: bool = True
    ) -> float | None:
        """Return a finite number, with `as_text` `1.5` as a text too; None if it is none.

        The default is that of a key that is missing.
        """
        if key not in self.values:
            return default
        item = self.values[key]
        number = jsonio.number(item) if as_text else jsonio.finite(item)
        return self._without(key, item, "number", None) if number is None else number

    def count(self, key: str) -> int | None:
        """Return a whole number of at most 64 bits, the fraction cut off."""
        item = self.values.get(key)
        count = jsonio.whole(item)
        wanted = "number" if jsonio.finite(item) is None else "number of 64 bits"
        return self._without(key, item, wanted, None) if count is None else count

    def part(self, key: str) -> Record:
        """Return an object whose faults are noted here, too."""
        return Record(self.mapping(key), self.faults)

    def _without(self, key: str, item: object, wanted: str, default: T) -> T:
        if item is not None and item != "":
            self.faults.append(f"{key} is no {wanted}")
        return default
