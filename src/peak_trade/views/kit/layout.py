"""The frame of every page: header, connection bar, stylesheet, and the places of its parts.

The frame is plain HTML that the server renders, so it is there at once and without the parts.
Guarantees: no script but static files and what Bokeh needs; every inserted text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import panel as pn
from bokeh.document import Document
from jinja2 import Environment, FileSystemLoader, Template
from panel.io.resources import LOCAL_DIST

from peak_trade import clock, i18n, jsonio
from peak_trade.contract.registry.pages import NAVIGATION, PageRoute
from peak_trade.derive.freshness import CadenceSource, Reason
from peak_trade.i18n import mark
from peak_trade.views.kit.assets import address
from peak_trade.views.kit.fonts import fonts

OWN: Final[list[PageRoute]] = []
"""Pages of the user's own, which stand in the navigation after ours; filled at the start."""

WORDS: Final = (
    *(mark("live"), mark("late"), mark("stale"), mark("crashed"), mark("ended"), mark("unknown")),
    *(mark("ahead"), mark("no candle since"), mark("local")),
    *(reason.value for reason in Reason),
    *(source.value for source in CadenceSource),
    mark("the server does not answer: nothing is known since %(sign)s"),
    *(mark("connecting"), mark("connected"), mark("disconnected")),
    *(mark("critical alert"), mark("refused by the content policy"), mark("Close")),
    mark("Connection lost: what you see is from"),
    *(mark("Views"), mark("Name of this view"), mark("Save"), mark("Forget")),
    *(mark("newest"), mark("time"), mark("open"), mark("high"), mark("low"), mark("close")),
    *(mark("change"), mark("volume"), mark("position"), mark("equity"), mark("drawdown")),
    *(mark("signal"), mark("bought"), mark("sold"), mark("blocked")),
    *(mark("difference"), mark("bar"), mark("hours")),
    mark("no rows from %(from)s to %(to)s"),
    mark("Values as a table"),
)
"""Texts that the scripts of a page show."""


def language() -> str:
    """Return the language for who asked for the page: chosen there, else as the browser asks."""
    accepted = pn.state.headers.get("Accept-Language", "")
    return i18n.preferred(pn.state.cookies.get(i18n.COOKIE, ""), accepted)


def root_path() -> str:
    """Return the relative path from the page that is being built to `/`."""
    return f"{pn.state.rel_path}/" if pn.state.rel_path else "./"


def title(language: str, page: PageRoute, subject: str = "") -> str:
    """Return the title of a page about `subject`."""
    name = i18n.texts(language)(page.title)
    return " - ".join(part for part in (subject, name, "Peak_Trade") if part)


def prepare(doc: Document) -> None:
    """Make `doc` ready for parts of Panel; before the first of them."""
    pn.config.browser_info = False  # would add roots of its own
    # Panel knows it once the page was written; a page that comes back to a new session is not.
    doc.template_variables["dist_url"] = f"{root_path()}{LOCAL_DIST}"


def frame(
    doc: Document,
    language: str,
    page: PageRoute,
    head: Sequence[Any],
    areas: Mapping[str, Any],
    first: Mapping[str, str],
    charted: str,
) -> Iterator[None]:
    """Put what the head shows and each area into `doc` as roots, and the frame around them.

    Each root is a step. The head has the age of the page's data and, below the header, the verdict;
    `first` is HTML that an area shows until its part is drawn. Which page it is, `page` says; the
    area of charts with a readout, `charted`.
    """
    prepare(doc)
    with doc.models.freeze():  # else each root has all models of the page counted anew
        for view in (*head, *areas.values()):
            yield
            view.servable(title=title(language, page), location=False)
        yield
    named = dict(enumerate(areas, len(head)))
    framed(doc, language, page, named, first, charted)
    doc.template_variables["filling"] = True  # until the parts have their first content


def framed(
    doc: Document,
    language: str,
    page: PageRoute,
    areas: Mapping[int, str],
    first: Mapping[str, str] = MappingProxyType({}),
    charted: str = "",
) -> None:
    """Put the frame around the roots of `doc`: the head, and areas by the place of their root."""
    root, texts = root_path(), i18n.texts(language)
    other = next(name for name in i18n.LANGUAGES if name != language)
    doc.template = _template()
    doc.template_variables.update(
        _=texts,
        language=language,
        other_language=other,
        other_language_name=i18n.LANGUAGES[other],
        words=jsonio.dumps({word: texts(word) for word in WORDS}).decode(),
        root=root,
        asset=lambda name: root + address(name),
        name=page.title.lower(),
        heading=page.title,
        current=page.place or page.name,
        pages=[*NAVIGATION, *OWN],
        areas=areas,
        first=first,
        charted=charted,
        fonts={weight: file.name for weight, file in fonts().items()},
        now=clock.now().isoformat(),
        frozen=clock.is_frozen(),
    )


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True).get_template("frame.html")
