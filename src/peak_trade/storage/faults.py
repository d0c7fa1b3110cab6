"""Why a store does not give what is asked for, told by kind from the errors of its library.

Guarantees: the reason says what a reader can do something about; of what a store answers it has the
status and the name of the error alone, no other text of it or of a library, and no secret.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

NAME: Final = re.compile(r"[A-Za-z]{3,60}")
"""What a store may call an error."""

TOO_OFTEN: Final = frozenset(
    {"SlowDown", "TooManyRequests", "Throttling", "RequestLimitExceeded", "ServerBusy"}
)
NOT_ACCEPTED: Final = frozenset(
    {
        *("InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"),
        *("ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed"),
        *("AuthenticationFailed", "InvalidAuthenticationInfo"),
    }
)
NO_BUCKET: Final = frozenset({"NoSuchBucket", "ContainerNotFound"})
_TORN: Final = ("Payload", "Incomplete", "ConnectionClosed", "Parse", "BadHttpMessage")


class StoreError(Exception):
    """The store does not give what was asked for; the message is the reason alone."""


class GoneError(StoreError):
    """What was asked for does not exist."""


class RefusedError(StoreError):
    """The store does not let us have it."""


class UnreadableError(Exception):
    """An answer that is whole is not what such a store answers; perhaps it names an error."""

    def __init__(self, told: Mapping[str, object]) -> None:
        super().__init__()
        self.response = {"Error": told}


class Answered(NamedTuple):
    """What a store said: the status, 0 if unknown, and its name for the error, empty if unknown."""

    status: int
    name: str

    def __str__(self) -> str:
        words = (str(self.status or ""), self.name)
        told = " ".join(word for word in words if word)
        return f" ({told})" if told else ""


def fault_of(error: Exception) -> StoreError:
    """Return the fault that an error of a library stands for."""
    errors = list(_with_causes(error))
    said = next(filter(any, map(_answered, errors)), Answered(0, ""))
    if said.name in TOO_OFTEN or said.status == 429:
        return StoreError(f"it asks to slow down{said}")
    if said.name in NOT_ACCEPTED or said.status == 401:
        return RefusedError(f"the credentials are not accepted{said}")
    if said.name in NO_BUCKET:
        return GoneError(f"the bucket does not exist{said}")
    if isinstance(error, FileNotFoundError):
        return GoneError("it does not exist")
    if isinstance(error, PermissionError):
        return RefusedError(f"access is refused{said}")
    return StoreError(_of_connection(errors) or f"it answers with an error{said}")


def _of_connection(errors: list[Exception]) -> str:
    """Return why there is no whole answer; empty if there is one."""
    names = [type(one).__name__ for one in errors]

    def named(*parts: str) -> bool:
        return any(part in name for name in names for part in parts)

    if any(isinstance(one, socket.gaierror) for one in errors):
        return "its name does not resolve"
    if any(isinstance(one, ssl.SSLError) for one in errors):
        return "no secure connection can be made, or its certificate is not trusted"
    if any(isinstance(one, TimeoutError) for one in errors) or named("Timeout"):
        return "it does not answer in time"
    if any(isinstance(one, UnreadableError) for one in errors) or named(*_TORN):
        return "its answer is torn, or not that of such a store"
    if any(isinstance(one, ConnectionError) for one in errors) or named("Connect"):
        return "no connection can be made"
    return "no credentials are found" if named("Credentials") else ""


def _with_causes(error: Exception) -> Iterator[Exception]:
    """Yield an error and what it comes from, of which there are few."""
    seen: list[BaseException] = []
    now: BaseException | None = error
    while isinstance(now, Exception) and now not in seen:
        seen.append(now)
        yield now
        now = now.__cause__ or now.__context__


def _answered(error: Exception) -> Answered:
    """Return what Amazon's, Azure's or Google's library passes on of an answer."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        name = response.get("Error", {}).get("Code")
    else:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        name = getattr(error, "error_code", None)
    known = isinstance(status, int) and 400 <= status < 600
    text = str(getattr(name, "value", name) or "")
    return Answered(int(status) if known and status else 0, text if NAME.fullmatch(text) else "")
