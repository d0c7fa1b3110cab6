"""Writing a result where the user says, without harm to what is there.

Guarantees: a regular file is seen as it was or as it is, and keeps its owner, mode and links; what
is no regular file is written into and never replaced; what stands in a directory stays there.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from peak_trade.errors import PeakTradeError

_NOT_REPLACEABLE: Final = {errno.EACCES, errno.EBUSY, errno.EPERM, errno.EROFS}
"""Errors of a file that may be written but not replaced: its directory, its owner, or a mount."""

_MAX_LINKS: Final = 40


def write_result(out: Path, body: bytes, watched: Iterable[Path]) -> None:
    """Write `body` to `out` as `write` does, unless that is in one of the directories `watched`.

    Raises
    ------
    PeakTradeError
        If it is among what is watched, under whatever name, or cannot be written.
    """
    try:
        _check(out, [path.resolve() for path in watched])
        write(out, body)
    except OSError as error:
        raise PeakTradeError(f"{out} cannot be written: {error.strerror}") from None


def write(out: Path, body: bytes) -> None:
    """Write `body` to `out`.

    A new file appears whole or not at all. An existing one is replaced by a whole one, unless it
    has other names (hard links) or cannot be replaced; then it is overwritten. A device, pipe or
    descriptor (`/dev/stdout`, `/dev/fd/3`) is written into.

    Raises
    ------
    OSError
        If it cannot be written; a regular file is then as it was, unless it was being overwritten.
    """
    number = _descriptor(out)
    try:
        handle = os.dup(number) if number is not None else _open_existing(out)
    except FileNotFoundError:
        _replace(out.resolve(), body, None)
        return
    with open(handle, "wb") as stream:  # noqa: PTH123  of a descriptor; nothing is cut off
        is_file = number is None and stat.S_ISREG(os.fstat(handle).st_mode)
        if is_file and os.fstat(handle).st_nlink == 1:
            try:
                _replace(out.resolve(), body, os.fstat(handle))
            except OSError as error:
                if error.errno not in _NOT_REPLACEABLE:
                    raise
            else:
                return
        stream.write(body)
        if is_file:
            stream.truncate()


def _open_existing(out: Path) -> int:
    if stat.S_ISBLK(out.stat().st_mode):
        raise OSError(errno.EINVAL, "It is a disk")
    return os.open(out, os.O_WRONLY | os.O_NOCTTY)


def _descriptor(out: Path) -> int | None:
    """Return the number of the open descriptor that `out` stands for.

    Opening it again would write at the start of a file that the shell appends to.
    """
    own = Path("/proc/self/fd").resolve()
    for _ in range(_MAX_LINKS):
        if not out.is_symlink():
            break
        if out.parent.resolve() == own:
            return int(out.name)
        out = out.parent / out.readlink()
    return None


def _replace(target: Path, body: bytes, old: os.stat_result | None) -> None:
    draft = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("xb") as stream:
            stream.write(body)
            stream.flush()
            if old is not None:
                os.fchown(stream.fileno(), old.st_uid, old.st_gid)
                shutil.copystat(target, draft)  # mode, access lists
                os.utime(draft)
            os.fsync(stream.fileno())
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _check(out: Path, watched: list[Path]) -> None:
    """Refuse what is watched, under whatever name."""
    target = Path(os.path.realpath(out))  # of a loop of links, too
    among = any(place == target or place in target.parents for place in watched)
    if among or _is_linked(out, watched):
        raise PeakTradeError(f"{out} is among the artifacts; nothing is ever written there")


def _is_linked(out: Path, watched: list[Path]) -> bool:
    """Tell whether an artifact is another name (hard link) of the file `out`."""
    if not out.is_file() or out.stat().st_nlink == 1:
        return False
    files = (file for place in watched for file in (place, *place.rglob("*")))
    return any(file.is_file() and file.samefile(out) for file in files)
