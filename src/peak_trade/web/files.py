"""Static files of the product, and the answer to HEAD on a page."""

from __future__ import annotations

from typing import Any

from tornado.web import RequestHandler, StaticFileHandler
from typing_extensions import override

from peak_trade.web.refusal import HTML, NO_STORE, Refusal, not_found, refuse


class AssetHandler(StaticFileHandler):
    """Serves files of one directory; browsers ask each time whether a file has changed."""

    @override
    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")

    @override
    def write_error(self, status_code: int, **_: Any) -> None:
        refuse(self, not_found() if status_code < 500 else Refusal(500, "Internal Server Error"))


class PageHeadHandler(RequestHandler):
    """Answers HEAD on a page without building it."""

    def head(self) -> None:
        """Give the headers that matter before a page is loaded."""
        self.set_header("Content-Type", HTML)
        self.set_header("Cache-Control", NO_STORE)
        self.flush()  # before the request ends, so that no length of a body is claimed
