"""What a report is made of: sections with tiles, tables and charts; text alone, no markup."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from markupsafe import Markup

from peak_trade.i18n import _
from peak_trade.views.kit import text


@dataclass(frozen=True)
class Cell:
    """A text, and the exact value that it tells, if that is a number."""

    text: str
    value: float | int | None = None
    tone: str | None = None
    is_time: bool = False
    """A date and a time of day, neither of which is broken over lines."""


Content = Cell | str
Rows = list[list[Content]]


@dataclass(frozen=True)
class Tile:
    """One metric, large."""

    label: str
    cell: Cell
    context: str = ""


@dataclass(frozen=True)
class Tiles:
    """A row of metrics."""

    kind: ClassVar[str] = "tiles"
    title: str
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Column:
    """A column of a table; its label is English, and by its place it is marked for translation."""

    label: str
    numeric: bool = False
    is_text: bool = False
    """The label is no word of ours and stays as it is."""

    @property
    def title(self) -> str:
        """The label in the language of the context."""
        return self.label if self.is_text else _(self.label)


FACTS: Final = (Column("what"), Column("value"))
"""Columns of facts by their name."""


@dataclass(frozen=True)
class Table:
    """Rows below the labels of their columns; `note` stands below them, or instead of them."""

    kind: ClassVar[str] = "table"
    columns: Sequence[Column]
    rows: Sequence[Sequence[Content]]
    note: str = ""
    title: str = ""


@dataclass(frozen=True)
class Chart:
    """A picture and what it shows; without one, `note` says why."""

    kind: ClassVar[str] = "chart"
    title: str
    svg: bytes | None
    note: str = ""

    @property
    def source(self) -> Markup:
        """The picture as the address of an image."""
        encoded = base64.b64encode(self.svg or b"").decode()
        return Markup(f"data:image/svg+xml;base64,{encoded}")  # noqa: S704  of letters and digits


@dataclass(frozen=True)
class Beside:
    """Parts beside each other."""

    kind: ClassVar[str] = "beside"
    parts: Sequence[Any]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    tone: str = ""


Part = Tiles | Table | Chart | Beside | Text


@dataclass(frozen=True)
class Section:
    """A part of the report under a title of its own."""

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    facts: Sequence[str]
    lines: Sequence[Text]
    sections: Sequence[Section]


def number(value: float | None, shown: str, tone: str | None = None) -> Cell:
    """Return a number as text, with its exact value."""
    return Cell(shown, value, tone)


def time(value: object) -> Cell:
    """Return a time in UTC."""
    return Cell(text.utc(value), is_time=True)


def count(value: int | None) -> Cell:
    """Return a whole number."""
    return number(value, text.count(value))


def percent(value: float | None) -> Cell:
    """Return a fraction in percent."""
    return number(value, text.percent(value))


def money(value: float | None, currency: str) -> Cell:
    """Return an amount of money."""
    return number(value, text.money(value, currency))


def profit(value: float | None, currency: str) -> Cell:
    """Return profit or loss with its sign."""
    shown = text.signed(value, currency)
    return number(value, shown, text.tone(shown))


def size(value: float | None) -> Cell:
    """Return a size or a price."""
    return number(value, text.size(value))
