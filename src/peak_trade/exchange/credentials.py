"""The keys of an exchange account, from the environment alone.

Guarantees that neither key appears in a repr or in a text that went through `redact`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field


def variables(exchange_id: str) -> tuple[str, str]:
    """Return the names of the variables that hold key and secret: `KRAKEN_API_KEY` and so on."""
    return f"{exchange_id.upper()}_API_KEY", f"{exchange_id.upper()}_API_SECRET"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Key and secret of an account; empty where there is none."""

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, exchange_id: str) -> Credentials:
        """Read the keys of one exchange from its variables."""
        return cls(*(os.environ.get(name, "").strip() for name in variables(exchange_id)))

    def redact(self, text: str) -> str:
        """Return the text with asterisks in the place of each key."""
        for word in filter(None, (self.key, self.secret)):
            text = text.replace(word, "***")
        return text
