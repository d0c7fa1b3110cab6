"""The only module that opens artifact files: read-only, by position, without locks or side effects.

Guarantees: nothing is created, changed, renamed or touched; nothing blocks; no link is followed out
of the configured roots, also if it is put there while a file is being opened: what counts is where
the open descriptor is. A file that is missing, or that must not be read, is None; one that the
system does not let us read is an `UnusableError`. Names that are no UTF-8 end here. A reader at
another place (object storage) would replace this module alone.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from peak_trade.errors import OverloadedError

if sys.platform == "darwin":
    import fcntl

MAX_WHOLE_BYTES = 1 << 30
"""Largest file that is read as a whole; a larger one is unusable."""

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | os.O_NONBLOCK | os.O_NOCTTY
_MISSING: Final = (FileNotFoundError, NotADirectoryError)
LEADS_OUT: Final = "a link that leads out of the artifact directories"
_KINDS: Final = {
    stat.S_IFDIR: "a directory, no file",
    stat.S_IFLNK: "a link to nothing",
    stat.S_IFIFO: "a pipe, no file",
    stat.S_IFSOCK: "a socket, no file",
}


class UnusableError(Exception):
    """What is there cannot be read; the message is the reason alone, `file` its name."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.file = path.name


class Signature(NamedTuple):
    """What identifies one version of a file's content; `mtime_ns` in nanoseconds."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Signature:
        """Take the signature from the result of a stat call."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


NamesSignature = tuple[int, int, int, int]
"""Of a directory: device, inode, times in nanoseconds at which a name and the directory changed."""


@dataclass(slots=True)
class Listing:
    """Names in a directory, by what they are or lead to; `faults` are names that cannot be used.

    `path` is the directory itself, without links. `faults` give the reason.
    """

    path: Path
    directories: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)


class Meter:
    """Bytes read so far by this process; reads come from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.total = 0

    def add(self, count: int) -> None:
        """Count bytes that were read."""
        with self._lock:
            self.total += count


READ: Final = Meter()
_ROOTS: ContextVar[tuple[Path, ...]] = ContextVar("roots", default=())
_WITHHELD: ContextVar[str] = ContextVar("withheld", default="")
_GIVE_WAY: ContextVar[Callable[[], object]] = ContextVar("give_way", default=lambda: None)


@contextmanager
def within(roots: tuple[Path, ...], withheld: str = "") -> Iterator[None]:
    """Follow links that stay within these directories and files, in this thread and for now.

    Without it no link is followed. A root may be a link itself. `withheld` is the reason why no
    directory can be listed yet, if that is so.
    """
    token, reason = _ROOTS.set(roots), _WITHHELD.set(withheld)
    try:
        yield
    finally:
        _ROOTS.reset(token)
        _WITHHELD.reset(reason)


@contextmanager
def giving_way(wait: Callable[[], object]) -> Iterator[None]:
    """Call `wait` before each block of bytes that is read, in this thread and for now."""
    token = _GIVE_WAY.set(wait)
    try:
        yield
    finally:
        _GIVE_WAY.reset(token)


def shown(name: str) -> str:
    r"""Return a file name as text that can be encoded: bytes that are no UTF-8 become `\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def signature(path: Path) -> Signature | None:
    """Return the signature of a regular file, or None if there is none that may be read.

    Raises
    ------
    UnusableError
        If the system does not tell.
    """
    found = _status(path)
    if isinstance(found, str) or found is None or not stat.S_ISREG(found.st_mode):
        return None
    return Signature.of(found)


def refusal(path: Path) -> str | None:
    """Return why what is there is no file that may be read; None if it is one, or nothing."""
    try:
        found = _status(path)
    except UnusableError as error:
        return str(error)
    if isinstance(found, str) or found is None:
        return found
    return _kind(found.st_mode)


def refusals(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """Return those of the names in a directory that must not be read, with the reason."""
    base = os.fspath(directory)
    odd = [name for name in names if not is_plain(f"{base}/{name}")]
    return {name: reason for name in odd if (reason := refusal(directory / name))}


def read_range(path: Path, start: int, end: int) -> tuple[bytes, Signature] | None:
    """Return the bytes `start`..`end` (fewer at the end of the file) and the open file's signature.

    Data and signature belong to the same file even if the name points to another one meanwhile.

    Raises
    ------
    UnusableError
        If the file is there, but cannot be read.
    """
    _GIVE_WAY.get()()
    with _opened(path) as descriptor:
        if not isinstance(descriptor, int):
            return None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        parts = []
        while start < end and (part := os.pread(descriptor, end - start, start)):
            parts.append(part)
            start += len(part)
        data = b"".join(parts)
        READ.add(len(data))
        return data, Signature.of(status)


def read_whole(path: Path, seen: Signature | None = None) -> tuple[bytes, Signature] | None:
    """Return a file's content and signature, or None if it is missing, too large or changing.

    Who has looked at the file just now says what was `seen`.
    A file whose signature differs before and after the read was caught in the middle of a write:
    its bytes may belong to two versions, so they are not used.

    Raises
    ------
    UnusableError
        If the file is there, but cannot be read.
    """
    before = seen or signature(path)
    if before is None or before.size > MAX_WHOLE_BYTES:
        return None
    result = read_range(path, 0, before.size)
    if result is None or result[1] != before or signature(path) != before:
        return None
    return result


@contextmanager
def open_binary(path: Path) -> Iterator[BinaryIO | None]:
    """Open a file for reading alone; None if there is none that may be read.

    Raises
    ------
    UnusableError
        If it is there, but cannot be read.
    """
    with _opened(path) as descriptor:
        if not isinstance(descriptor, int) or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            yield None
            return
        with open(descriptor, "rb", closefd=False) as stream:
            yield stream


def list_directory(path: Path) -> Listing:
    """Return what is in a directory; nothing if it is missing.

    Raises
    ------
    UnusableError
        If it is there, but cannot be listed as a whole.
    """
    if reason := _WITHHELD.get():
        raise UnusableError(path, reason)
    with _opened(path, directory=True) as descriptor:
        if descriptor is None:
            return Listing(path)
        if isinstance(descriptor, str):
            raise UnusableError(path, descriptor)
        listing = Listing(Path(_real_path(descriptor)))
        with os.scandir(descriptor) as entries:
            for entry in entries:
                _sort_in(listing, entry)
    return listing


def names_signature(path: Path) -> NamesSignature | None:
    """Return the signature of a directory's names, None if it has to be listed to know more."""
    if _WITHHELD.get():
        return None
    try:
        found = os.stat(path)  # noqa: PTH116  asked at each request
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def look_into(path: Path) -> tuple[int, bool] | None:
    """Return the device of a directory, and whether there is anything in it; None if missing.

    Raises
    ------
    UnusableError
        If it is there, but cannot be listed.
    """
    with _opened(path, directory=True) as descriptor:
        if isinstance(descriptor, str):
            raise UnusableError(path, descriptor)
        if descriptor is None:
            return None
        with os.scandir(descriptor) as entries:
            return os.fstat(descriptor).st_dev, any(True for _ in entries)


def is_directory(path: Path) -> bool:
    """Tell whether there is a directory; what the system does not tell is none."""
    return os.path.isdir(path)  # noqa: PTH112  unlike `Path.is_dir`, it never raises


def not_files(names: Iterable[str], suffixes: tuple[str, ...]) -> dict[str, str]:
    """Return the directories whose names are those of files, with the reason."""
    return {name: _KINDS[stat.S_IFDIR] for name in names if name.endswith(suffixes)}


def is_plain(path: str) -> bool:
    """Tell whether there is a file itself or nothing, without what a `Path` costs."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False


def _sort_in(listing: Listing, entry: os.DirEntry[str]) -> None:
    name = entry.name
    try:
        if not name.isascii():
            name.encode()
        if entry.is_dir(follow_symlinks=False):
            listing.directories.append(name)
        elif entry.is_file(follow_symlinks=False):
            listing.files.append(name)
        else:
            _sort_in_special(listing, name)
    except UnicodeEncodeError:
        listing.faults[name] = "its name is no UTF-8"
    except OSError as error:
        listing.faults[name] = _reason(error)
    except UnusableError as error:
        listing.faults[name] = str(error)


def _sort_in_special(listing: Listing, name: str) -> None:
    """Put a name where it belongs that is neither a directory nor a file, such as a link."""
    found = _status(listing.path / name)
    if isinstance(found, str):
        listing.faults[name] = found
    elif found is not None and stat.S_ISDIR(found.st_mode):
        listing.directories.append(name)
    elif found is not None and stat.S_ISREG(found.st_mode):
        listing.files.append(name)
    elif found is not None:
        listing.faults[name] = _kind(found.st_mode) or ""


def _status(path: Path) -> os.stat_result | str | None:
    """Return the status of what is there, or why its link is not followed; None for nothing."""
    try:
        status = os.lstat(path)
    except (*_MISSING, ValueError):  # ValueError: a NUL in the name
        return None
    except OSError as error:
        raise UnusableError(path, _reason(error)) from None
    return _link_status(path) if stat.S_ISLNK(status.st_mode) else status


def _link_status(path: Path) -> os.stat_result | str | None:
    try:
        status = path.stat()
    except _MISSING:
        return _KINDS[stat.S_IFLNK]
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a loop of links"
        raise UnusableError(path, _reason(error)) from None
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        return _kind(status.st_mode)  # to open a pipe or a device could have effects
    with _opened(path) as descriptor:
        return os.fstat(descriptor) if isinstance(descriptor, int) else descriptor


@contextmanager
def _opened(path: Path, *, directory: bool = False) -> Iterator[int | str | None]:
    """Open what is within the roots; None if it is missing, the reason if it leads out of them."""
    try:
        descriptor = os.open(path, _FLAGS | (os.O_DIRECTORY if directory else 0))
    except (*_MISSING, ValueError) as error:
        if directory and isinstance(error, NotADirectoryError):
            raise UnusableError(path, _reason(error)) from None
        yield None
        return
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        real = _real_path(descriptor)
        yield descriptor if real == os.fspath(path) or _is_inside(real) else LEADS_OUT
    except OSError as error:
        raise _unusable(path, error) from None
    finally:
        os.close(descriptor)


def _real_path(descriptor: int) -> str:
    """Return where an open file or directory is, without links; needs /proc or macOS."""
    if sys.platform == "darwin":
        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  a Path costs more


def _is_inside(real: str) -> bool:
    place = Path(real)
    return any(place.is_relative_to(os.path.realpath(root)) for root in _ROOTS.get())


def _kind(mode: int) -> str | None:
    return None if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "a device, no file")


def _unusable(path: Path, error: OSError) -> Exception:
    """Return the error for a file that does not open; what the process lacks is no fault of it."""
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        return OverloadedError("No file descriptors are left. Ask again in a second.")
    return UnusableError(path, _reason(error))


def _reason(error: OSError) -> str:
    return (error.strerror or "not readable").lower()
