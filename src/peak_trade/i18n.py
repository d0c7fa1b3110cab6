"""Texts and numbers in the language of the person who looks.

English texts are the message ids. A catalogue is compiled from its source when it is first used,
so that nothing generated is kept. The language belongs to the context: a page sets it before it
draws. Text of artifacts is never translated.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from peak_trade.marked import mark as mark

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
DEFAULT: Final = "en"
COOKIE: Final = "peak-trade-language"
"""Where a browser keeps the language that was chosen."""

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def use(language: str) -> None:
    """Make `language`, a key of LANGUAGES, that of the current context."""
    _language.set(language)


def language() -> str:
    """Return the language of the current context."""
    return _language.get()


def preferred(chosen: str, accepted: str) -> str:
    """Return the chosen language, else the first of an `Accept-Language` header that there is."""
    if chosen in LANGUAGES:
        return chosen
    wanted = [part.partition(";")[0].strip() for part in accepted.split(",")]
    return negotiate_locale(wanted, list(LANGUAGES), sep="-") or DEFAULT


def texts(language: str) -> Callable[[str], str]:
    """Return the function that gives a text in a language."""
    return _catalogue(language).gettext


def _(message: str) -> str:
    """Return a text in the language of the context."""
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(one: str, many: str, number: int) -> str:
    """Return the text for a number of things in the language of the context."""
    return _catalogue(language()).ngettext(one, many, number)


@cache
def separators(name: str) -> dict[int, str]:
    """Return how English decimal and group separators are written in a language."""
    symbols = Locale.parse(name).number_symbols["latn"]
    return {ord("."): symbols["decimal"], ord(","): symbols["group"]}


@cache
def _catalogue(name: str) -> NullTranslations:
    if name == DEFAULT:
        return NullTranslations()
    source = files("peak_trade") / "locale" / name / "LC_MESSAGES" / "peak_trade.po"
    compiled = BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)
