"""The store behind an address, through fsspec: listed, looked at and read, never written.

Assumes that one answer of the store is of one version of an object, as those of S3, Google and
Azure are. Guarantees: each request is taken from the budget and counted; whatever goes wrong is a
`StoreError` whose message is the reason alone; it holds no text of a library and no secret.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from peak_trade.addresses import scheme
from peak_trade.errors import NotInstalledError
from peak_trade.progress import Progress, untold
from peak_trade.storage.budget import Budget, EndedError
from peak_trade.storage.faults import GoneError, RefusedError, UnreadableError, fault_of

T = TypeVar("T")

EXTRAS: Final = {"s3": "s3", "gs": "gcs", "az": "azure"}
"""What has to be installed for a scheme, as an extra of the package."""

PAGE: Final = 1000
"""Objects that one request lists; more are several requests."""

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 10

_S3: Final = {
    "config_kwargs": {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"total_max_attempts": 1},  # else it asks more often than is counted
    }
}
_OUTCOMES: Final = {GoneError: "missing", RefusedError: "refused"}
_SIZES: Final = ("size", "Size")
_TIMES: Final = ("LastModified", "mtime", "updated", "last_modified", "created")
_TAGS: Final = ("ETag", "etag", "generation")


class Found(NamedTuple):
    """An object as the store tells of it.

    `size` in bytes, `modified_ns` in nanoseconds since 1970 (0 if it is not told); `tag` is another
    one for another content, where the store has such a thing.
    """

    name: str
    size: int
    modified_ns: int
    tag: str
    is_link: bool = False

    def has_content_of(self, other: Found) -> bool:
        """Tell whether this is the same version of an object; without tags its time tells."""
        if self.tag or other.tag:
            return (self.size, self.tag) == (other.size, other.tag)
        return (self.size, self.modified_ns) == (other.size, other.modified_ns)


class Store:
    """The objects below one address; names are relative to it, with `/` between their parts.

    Raises
    ------
    NotInstalledError
        If the package that speaks to such a store is not there.
    """

    def __init__(self, url: str, budget: Budget) -> None:
        self._budget = budget
        self._files = _file_system(scheme(url))
        root: str = self._files._strip_protocol(url)  # noqa: SLF001  fsspec has no other name for it
        self._root = root.rstrip("/") + "/"
        self._top = root.rstrip("/") or "/"

    def listed(self, progress: Progress = untold) -> list[Found]:
        """Return all objects.

        Raises
        ------
        GoneError
            If nothing is there.
        """
        found = self._pages(progress) if hasattr(self._files, "call_s3") else self._tree()
        progress("listed", len(found), len(found))
        if not found and not self._ask("status", lambda: self._files.exists(self._top)):
            raise GoneError("there is nothing")
        return found

    def _pages(self, progress: Progress) -> list[Found]:
        """Return what S3 lists: s3fs compares each directory that it finds with all others."""
        bucket, _, prefix = self._root.partition("/")
        asked, found = {"Bucket": bucket, "Prefix": prefix}, list[Found]()

        def page() -> tuple[list[Found], str]:
            told = self._files.call_s3("list_objects_v2", **asked)
            if "IsTruncated" not in told:
                raise UnreadableError(told)
            objects = [self._found(f"{bucket}/{one['Key']}", one) for one in told["Contents"]]
            return objects, told["NextContinuationToken"] if told["IsTruncated"] == "true" else ""

        while True:
            objects, asked["ContinuationToken"] = self._ask("list", page)
            found += objects
            progress("listed", len(found), None)
            if not asked["ContinuationToken"]:
                return found

    def _tree(self) -> list[Found]:
        """Return what another store lists; its library asks for page after page."""
        # Those that ask the network raise for themselves, and pass on what they do not know.
        options = {} if self._files.async_impl else {"on_error": "raise"}

        def tree() -> list[Found]:
            told = self._files.find(self._top, detail=True, **options)
            return [self._found(path, info) for path, info in told.items()]

        found = self._ask("list", tree)
        more = math.ceil(len(found) / PAGE) - 1
        if more > 0:
            self._budget.charge(more)
            self._budget.note("list", "ok", more)
        return found

    def status(self, name: str) -> Found:
        """Return what an object is now."""
        path = self._root + name
        return self._ask("status", lambda: self._found(path, self._files.info(path)))

    def read(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes `start`..`end` of an object, fewer if the answer is short."""
        path = self._root + name
        data = self._ask("read", lambda: self._files.cat_file(path, start=start, end=end))
        return bytes(data)

    def _ask(self, operation: str, ask: Callable[[], T]) -> T:
        self._budget.take()
        outcome = "failed"
        try:
            answer = ask()
            outcome = "ok"
        except (EndedError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  each library has errors of its own
            fault = fault_of(error)
            outcome = _OUTCOMES.get(type(fault), outcome)
            raise fault from None
        finally:
            self._budget.note(operation, outcome)
        return answer

    def _found(self, path: str, info: Mapping[str, Any]) -> Found:
        """Return an object; its name begins with `/` if it is not below the root."""
        name = path.removeprefix(self._root) if path.startswith(self._root) else f"/{path}"
        size, told, tag = _first(info, _SIZES), _first(info, _TIMES), _first(info, _TAGS)
        is_link = bool(info.get("islink"))
        return Found(name, int(size or 0), _nanoseconds(told), str(tag or "").strip('"'), is_link)


def _file_system(protocol: str) -> Any:
    try:
        import fsspec

        options = {**_S3, "session": _session()} if protocol == "s3" else {}
        files = fsspec.filesystem(
            protocol, skip_instance_cache=True, use_listings_cache=False, **options
        )
    except ImportError:
        extra = EXTRAS.get(protocol, "s3")
        raise NotInstalledError(
            f"A root {protocol}://... needs packages that are not installed:"
            f" install the package with its extra `{extra}`"
        ) from None
    # The next poll tries again, within the budget. Google's has a number, Azure's asks a policy.
    if hasattr(files, "retries"):
        files.retries = 1
    if hasattr(files, "service_client"):
        files.service_client._config.retry_policy.total_retries = 0  # noqa: SLF001
    return files


def _session() -> Any:
    """Return a session that takes a page of a list as text, and reads it once.

    Its library asks of each word what it is, which is three quarters of what a listing costs. And
    it reads each answer twice, to find out whether one that says 200 is an error: here who asked
    for the page sees that.
    """
    from aiobotocore.parsers import AioResponseParserFactory, AioRestXMLParser
    from aiobotocore.session import AioSession
    from botocore import handlers

    class Parser(AioRestXMLParser):  # type: ignore[misc]
        def _handle_structure(self, shape: Any, node: Any) -> Any:
            if shape.name != "ListObjectsV2Output":
                return super()._handle_structure(shape, node)
            begin = node.tag.find("}") + 1  # of names, after that of their space
            found = {part.tag[begin:]: part.text or "" for part in node}
            objects = [part for part in node if part.tag[begin:] == "Contents"]
            found["Contents"] = [{one.tag[begin:]: one.text for one in part} for part in objects]
            return found

    class Parsers(AioResponseParserFactory):  # type: ignore[misc]
        def create_parser(self, protocol_name: str) -> Any:
            made = {"rest-xml": Parser}.get(protocol_name)
            return made(**self._defaults) if made else super().create_parser(protocol_name)

    session = AioSession()
    twice = getattr(handlers, "_handle_200_error", None)
    session.unregister("before-parse.s3.*", twice)
    session.register_component("response_parser_factory", Parsers())
    return session


def _first(info: Mapping[str, Any], keys: Iterable[str]) -> Any:
    for key in keys:
        if found := info.get(key):
            return found
    return None


def _nanoseconds(told: object) -> int:
    if isinstance(told, int | float):
        return int(told * 1e9)
    try:
        at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    except ValueError:
        return 0
    return int(at.timestamp() * 1e9)
