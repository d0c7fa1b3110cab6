"""Addresses of services, as they can be shown: without the name and the password in them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_USER: Final = re.compile(r'(?<=://)[^\s"]*(?=@)')


def masked(text: str) -> str:
    """Return the text with `***` in place of names and passwords in addresses."""
    return _USER.sub("***", text)


def host(address: str) -> str:
    """Return host and port of an address, in lower case."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()
