"""Static files of the program, compressed once, and the answer to HEAD on a page.

Guarantees: a file is read and compressed when it is first asked for, in a thread, and kept; who
does not accept gzip gets the same bytes. A browser keeps a file for a year if its address names
the content, else it asks each time whether the file has changed.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tornado.web import RequestHandler
from typing_extensions import override

from peak_trade.web.etag import compressed_tag
from peak_trade.web.negotiation import accepts_gzip
from peak_trade.web.refusal import HTML, NO_STORE, Refusal, refuse

KEPT: Final = "public, max-age=31536000, immutable"
ASKED: Final = "no-cache"

WORTHWHILE: Final = 0.9
"""A file is compressed if it becomes smaller than this part; fonts and images are already."""


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    compressed: bool
    content_type: str
    tag: str
    """Entity tag of the file as it is when it is not compressed."""


@cache
def asset(file: Path) -> Asset:
    """Read a file of the program and compress it; from any thread."""
    body = file.read_bytes()
    small = gzip.compress(body, 9, mtime=0)
    worthwhile = len(small) < len(body) * WORTHWHILE
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Asset(small if worthwhile else body, worthwhile, kind, tag)


class AssetHandler(RequestHandler):
    """Serves one file, whose address names its content if it has `version` as `v`.

    Without a version any `v` does: Bokeh and Panel put versions of their own into addresses.
    """

    @override
    def initialize(self, file: Path, version: str | None) -> None:
        self.file = file
        self.version = version
        self._tag = ""

    async def get(self) -> None:
        """Answer GET; HEAD is the same without the body."""
        found = await asyncio.to_thread(asset, self.file)
        asked = self.get_query_argument("v", "")
        named = asked and self.version in {None, asked}
        self.set_header("Cache-Control", KEPT if named else ASKED)
        self.set_header("Content-Type", found.content_type)
        self._tag = found.tag
        body = found.body
        if found.compressed:
            self.set_header("Vary", "Accept-Encoding")
            if accepts_gzip(self.request):
                self.set_header("Content-Encoding", "gzip")
                self._tag = compressed_tag(self._tag)
            else:
                body = await asyncio.to_thread(gzip.decompress, body)
        self.write(body)

    head = get

    @override
    def compute_etag(self) -> str:
        """Return the tag of the file; Tornado then compares it with what the client has."""
        return self._tag

    @override
    def write_error(self, status_code: int, **_: Any) -> None:
        refuse(self, Refusal(status_code, "Internal Server Error"))


class PageHeadHandler(RequestHandler):
    """Answers HEAD on a page without building it."""

    def head(self) -> None:
        """Give the headers that matter before a page is loaded."""
        self.set_header("Content-Type", HTML)
        self.set_header("Cache-Control", NO_STORE)
        self.flush()  # before the request ends, so that no length of a body is claimed
