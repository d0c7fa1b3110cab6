"""What a check of the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """How bad a finding is."""

    OK = 0
    WARN = 1
    ERROR = 2

    @property
    def label(self) -> str:
        """The status as a word."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact; `mend` says what to do about it and is empty if all is well."""

    status: Status
    text: str
    mend: str = ""
