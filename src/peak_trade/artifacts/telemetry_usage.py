"""Facts about the telemetry directory as a whole: size, retention, compression, sampled lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from peak_trade import jsonio
from peak_trade.artifacts import files
from peak_trade.artifacts.schemas import COMPRESSED_LOG, PLAIN_LOG, RETENTION_MARKER
from peak_trade.artifacts.telemetry import decompress
from peak_trade.derive.telemetry_health import Usage

SAMPLED_FILES: Final = 3
SAMPLED_LINES: Final = 1000
SAMPLED_BYTES: Final = 1 << 22
MAX_DEPTH: Final = 16


def measure(root: Path) -> Usage:
    """Return the facts of `root`; those of nothing if it is missing."""
    if not root.is_dir():
        return Usage()
    size = sum(seen.size for path in _tree(root, 0) if (seen := files.signature(path)))
    names = [entry for entry in files.list_directory(root) if not entry.is_dir]
    plain = _newest(entry.path for entry in names if entry.name.endswith(PLAIN_LOG))
    packed = _newest(entry.path for entry in names if entry.name.endswith(COMPRESSED_LOG))
    marker = files.signature(root / RETENTION_MARKER)
    sampled = [_sample(path) for _, path in plain[:SAMPLED_FILES] + packed[:SAMPLED_FILES]]
    return Usage(
        exists=True,
        size_bytes=size,
        retention_mtime_ns=marker.mtime_ns if marker else packed[0][0] if packed else None,
        temporary=sum(entry.name.endswith(".tmp") for entry in names),
        logs=len(plain) + len(packed),
        sampled_lines=sum(lines for lines, _ in sampled),
        invalid_lines=sum(invalid for _, invalid in sampled),
    )


def _tree(root: Path, depth: int) -> Iterator[Path]:
    for entry in files.list_directory(root):
        if not entry.is_dir:
            yield entry.path
        elif depth < MAX_DEPTH:
            yield from _tree(entry.path, depth + 1)


def _newest(paths: Iterable[Path]) -> list[tuple[int, Path]]:
    found = [(seen.mtime_ns, path) for path in paths if (seen := files.signature(path))]
    return sorted(found, key=lambda item: (-item[0], item[1].name))


def _sample(path: Path) -> tuple[int, int]:
    """Return the number of lines looked at, and of those that are no JSON object."""
    content = files.read_range(path, 0, SAMPLED_BYTES)
    data = content[0] if content else b""
    if path.name.endswith(COMPRESSED_LOG):
        data = decompress(data)
    lines = data.split(b"\n")[: SAMPLED_LINES + 1]
    whole = lines[:SAMPLED_LINES] if len(lines) > SAMPLED_LINES else lines[:-1]
    return len(whole), sum(_is_invalid(line) for line in whole if line.strip())


def _is_invalid(line: bytes) -> bool:
    try:
        return not isinstance(jsonio.loads(line.strip()), dict)
    except (ValueError, RecursionError):
        return True
