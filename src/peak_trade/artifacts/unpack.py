"""Compressed logs: the bytes of a gzip stream in blocks, up to its end, its damage or a bound.

Guarantees: what stands before a cut or a damage is given to the last byte that can be decoded; no
block is larger than `BLOCK_BYTES`, and no more than the bounds is ever decoded.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from peak_trade.artifacts import bounds

BLOCK_BYTES: Final = 1 << 20
INPUT_BYTES: Final = 1 << 14
"""Bytes that are decoded in one step; a damage is looked for in them byte by byte."""

DAMAGED: Final = "cut or damaged; the lines before that are shown"


class Unpacking:
    """A gzip stream while it is decoded; `fault` is why it ended early, its kind and the reason."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._room = min(
            bounds.MAX_UNPACKED_BYTES, max(bounds.FREE_BYTES, bounds.MAX_RATIO * len(data))
        )
        self.fault: tuple[str, str] | None = None

    def blocks(self) -> Iterator[bytes]:
        """Yield what can be decoded."""
        place = 0
        for _ in range(bounds.MAX_MEMBERS):
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof and place < len(self._data):
                step = self._data[place : place + INPUT_BYTES]
                yield from self._decoded(stream, step)
                if self.fault:
                    return
                place += len(step) - len(stream.unused_data)
            if not stream.eof:
                self.fault = ("damaged", DAMAGED)
                return
            if not self._data[place : place + INPUT_BYTES].strip(b"\0"):  # padding, or the end
                return
        self.fault = ("too_large", f"more than {bounds.MAX_MEMBERS} gzip members")

    def _decoded(self, stream: zlib._Decompress, step: bytes) -> Iterator[bytes]:
        """Yield what `step` decodes to."""
        before = stream.copy()
        parts: list[bytes] = []
        try:
            parts.append(stream.decompress(step, BLOCK_BYTES))
            while stream.unconsumed_tail:
                yield self._counted(parts.pop())
                if self.fault:
                    return
                before, step = stream.copy(), stream.unconsumed_tail
                parts.append(stream.decompress(step, BLOCK_BYTES))
        except zlib.error:
            parts = list(_up_to_the_damage(before, step))
            self.fault = ("damaged", DAMAGED)
        yield self._counted(b"".join(parts))

    def _counted(self, part: bytes) -> bytes:
        self._room -= len(part)
        if self._room < 0:
            reason = f"decoded it is more than 512 MB, or {bounds.MAX_RATIO} times its size"
            self.fault = ("too_large", reason)
        return part


def _up_to_the_damage(stream: zlib._Decompress, step: bytes) -> Iterator[bytes]:
    room = BLOCK_BYTES
    try:
        for place in range(len(step)):
            part = stream.decompress(step[place : place + 1], room)
            room -= len(part)
            yield part
            if room <= 0:
                return
    except zlib.error:
        return
