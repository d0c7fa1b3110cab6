"""Addresses of services, as they can be shown: without the name and the password in them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_USER: Final = re.compile(r'(?<=://)[^\s"]*(?=@)')
_PARAMETERS: Final = re.compile(r"""(://[^\s"'?]*\?)[^\s"']+""")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.:-]*)://")

STORES: Final = ("s3", "gs", "az", "file", "memory")
"""Schemes of the addresses that a root can have."""


def masked(text: str) -> str:
    """Return the text with `***` in place of names, passwords and parameters in addresses."""
    return _PARAMETERS.sub(r"\1***", _USER.sub("***", text))


def host(address: str) -> str:
    """Return host and port of an address, in lower case."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()


def scheme(text: str) -> str:
    """Return the scheme of an address, such as `s3`; empty for what is no address but a path."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def store_fault(text: str) -> str:
    """Return why an address cannot be a root; empty for one that can, and for a path."""
    name = scheme(text)
    if not name:
        return ""
    if name not in STORES:
        return f"a root is a directory or begins with one of {', '.join(STORES)} and ://"
    place = text[len(name) + 3 :]
    if "@" in place.partition("/")[0] or "?" in place or "#" in place:
        return "names, passwords and parameters do not belong in the address of a root"
    if name in {"s3", "gs", "az"} and not place.partition("/")[0]:
        return "a bucket is missing, as in s3://bucket/prefix"
    return ""
