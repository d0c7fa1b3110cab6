"""A report as one HTML file: no script, nothing loaded, every text escaped, the same bytes again.

Guarantees: all text goes through one place, which leaves nothing in it that could be markup or
steer a terminal; the content policy of the file allows its own style and images alone.
"""

from __future__ import annotations

import base64
import contextvars
import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from peak_trade import i18n
from peak_trade.plain import escaped
from peak_trade.reports.document import document
from peak_trade.reports.payload import Report

MAX_TEXT: Final = 2_000
"""Characters of one text; whoever needs more of it has the artifact."""

HTML_TYPE: Final = "text/html; charset=utf-8"


def html(report: Report, language: str = i18n.DEFAULT) -> bytes:
    """Return a report as a file, in a language of `i18n.LANGUAGES`.

    Raises
    ------
    NotInstalledError
        If the package that draws charts is not there.
    """
    # The language of the caller stays as it is: this may run in a thread of a pool.
    return contextvars.copy_context().run(_html, report, language)


def _html(report: Report, language: str) -> bytes:
    i18n.use(language)
    style = _source("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    values = {
        "document": document(report),
        "language": language,
        "policy": policy,
        "style": Markup(style),  # noqa: S704  a file of ours
    }
    return _template().render(values).encode()


def _plain(value: object) -> object:
    """Return what stands for a value in the file; text of ours that is markup stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        shown = escaped(value)
        return f"{shown[:MAX_TEXT]}\N{HORIZONTAL ELLIPSIS}" if len(shown) > MAX_TEXT else shown
    return value


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_plain, trim_blocks=True
    )
    return environment.from_string(_source("report.html"))


@cache
def _source(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
