"""Facts about the telemetry directory as a whole: size, retention, compression, sampled lines."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from peak_trade import jsonio
from peak_trade.artifacts import files
from peak_trade.artifacts.files import Listing, Signature
from peak_trade.artifacts.unpack import Unpacking
from peak_trade.derive.telemetry_health import Usage
from peak_trade.schemas import COMPRESSED_LOG, PLAIN_LOG, RETENTION_MARKER

SAMPLED_FILES: Final = 3
SAMPLED_LINES: Final = 1000
SAMPLED_BYTES: Final = 1 << 22
SAMPLED_BLOCKS: Final = 4
"""Of a compressed log; each has a megabyte at most."""
MAX_DEPTH: Final = 16


def measure(root: Path) -> Usage:
    """Return the facts of `root`, as far as it can be read; those of nothing if it is missing.

    Raises
    ------
    UnusableError
        If `root` cannot be listed.
    """
    if not os.path.lexists(root):
        return Usage()
    listing = files.list_directory(root)
    size = sum(seen.size for path in _tree(listing, 0) if (seen := _signature(path)))
    plain, plain_logs = _newest(listing, PLAIN_LOG)
    packed, packed_logs = _newest(listing, COMPRESSED_LOG)
    marker = _signature(listing.path / RETENTION_MARKER)
    sampled = [_sample(path) for _, path in plain + packed]
    return Usage(
        exists=True,
        size_bytes=size,
        retention_mtime_ns=marker.mtime_ns if marker else packed[0][0] if packed else None,
        temporary=sum(name.endswith(".tmp") for name in listing.files),
        logs=plain_logs + packed_logs,
        sampled_lines=sum(lines for lines, _ in sampled),
        invalid_lines=sum(invalid for _, invalid in sampled),
    )


def _tree(listing: Listing, depth: int) -> Iterator[Path]:
    yield from (listing.path / name for name in listing.files)
    for name in listing.directories if depth < MAX_DEPTH else ():
        with suppress(files.UnusableError):
            yield from _tree(files.list_directory(listing.path / name), depth + 1)


def _signature(path: Path) -> Signature | None:
    with suppress(files.UnusableError):
        return files.signature(path)
    return None


def _newest(listing: Listing, suffix: str) -> tuple[list[tuple[int, Path]], int]:
    """Return the newest files of a kind to sample, with their times, and how many there are."""
    paths = [listing.path / name for name in listing.files if name.endswith(suffix)]
    found = [(seen.mtime_ns, path) for path in paths if (seen := _signature(path))]
    newest = heapq.nsmallest(SAMPLED_FILES, found, key=lambda item: (-item[0], item[1].name))
    return newest, len(found)


def _sample(path: Path) -> tuple[int, int]:
    """Return the number of lines looked at, and of those that are no JSON object."""
    data = b""
    with suppress(files.UnusableError):
        content = files.read_range(path, 0, SAMPLED_BYTES)
        data = content[0] if content else b""
    if path.name.endswith(COMPRESSED_LOG):
        data = b"".join(islice(Unpacking(data).blocks(), SAMPLED_BLOCKS))
    lines = data.split(b"\n")[: SAMPLED_LINES + 1]
    whole = lines[:SAMPLED_LINES] if len(lines) > SAMPLED_LINES else lines[:-1]
    return len(whole), sum(_is_invalid(line) for line in whole if line.strip())


def _is_invalid(line: bytes) -> bool:
    try:
        return not isinstance(jsonio.loads(line.strip()), dict)
    except (ValueError, RecursionError):
        return True
