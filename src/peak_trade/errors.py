"""Errors that a user of the product can meet; each carries the HTTP status it answers with.

The message of such an error is written for the reader: it names what is wrong, where, and how to
mend it. Messages never contain exception text of libraries or absolute paths of the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class PeakTradeError(Exception):
    """Base of all public errors.

    `http_status` and `http_headers` are those of the answer to a request that met the error.
    """

    http_status: ClassVar[int] = 500
    http_headers: ClassVar[Mapping[str, str]] = MappingProxyType({})


class NotFoundError(PeakTradeError):
    """The thing asked for does not exist among the artifacts."""

    http_status = 404


class OverloadedError(PeakTradeError):
    """Artifacts cannot be read just now; ask again in a second."""

    http_status = 503
    http_headers = MappingProxyType({"Retry-After": "1"})


class ShortageError(OverloadedError):
    """Memory does not suffice to read an artifact, or to work with what was read of it."""

    def __init__(self) -> None:
        super().__init__("There is not enough memory for this. All else can be asked for.")


def is_shortage(error: BaseException) -> bool:
    """Tell whether memory did not suffice, also for a thread, which is said in words alone.

    They begin the text: behind its beginning it may have words of an artifact.
    """
    words = ("can't start new thread", "Unknown error: Failed to launch worker thread")
    return isinstance(error, MemoryError) or str(error).startswith(words)


class UnlistedError(OverloadedError):
    """A directory of artifacts cannot be listed, and nothing of it is known from before."""


class NotInstalledError(PeakTradeError):
    """What is asked for needs packages that are not installed; the message says how to get them."""

    http_status = 501


class SettingsError(PeakTradeError):
    """A setting is unknown or has a value that cannot be used."""


class MarketDataError(PeakTradeError):
    """A market-data file cannot be used; the message names file, line and column."""


class ArtifactError(PeakTradeError):
    """A value cannot be written into an artifact; the message names artifact and column."""
