"""Secrets out of what is passed on: values of keys whose name says so become `***`."""

from __future__ import annotations

import re
from typing import Any, Final

HIDDEN: Final = "***"
_SECRET = re.compile(
    r"secret|password|passwd|passphrase|token|(?:api|private|access)_?key|credential|twofa|mnemonic"
    r"|authorization|webhook",
    re.IGNORECASE,
)


def redact(value: Any) -> Any:
    """Return stored data with the values of secret keys hidden, at any depth."""
    if isinstance(value, dict):
        return {
            key: HIDDEN if _is_secret(key) and item is not None else redact(item)
            for key, item in value.items()
        }
    return [redact(item) for item in value] if isinstance(value, list) else value


def redact_arguments(arguments: list[Any]) -> list[Any]:
    """Return a command line with the values of secret flags hidden.

    Both `--key value` and `--key=value` are known.
    """
    shown: list[Any] = []
    hide_next = False
    for argument in arguments:
        text = argument if isinstance(argument, str) else ""
        flag, equals, _ = text.partition("=")
        secret = text.startswith("-") and _is_secret(flag)
        if hide_next and not text.startswith("--"):
            shown.append(HIDDEN)
        elif secret and equals:
            shown.append(f"{flag}={HIDDEN}")
        else:
            shown.append(redact(argument))
        hide_next = secret and not equals
    return shown


def _is_secret(name: object) -> bool:
    return isinstance(name, str) and bool(_SECRET.search(re.sub(r"[- ]", "_", name)))
