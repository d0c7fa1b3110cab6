"""The query language of lists: `mode:shadow status:failed pnl<0`.

Terms are separated by blanks and all have to match. `name:text` compares text without case, `*`
stands for any characters; numbers and times take `<`, `<=`, `>`, `>=` and `=` as well; a number may
end with `%`. A term without a name is looked for in all texts. `-` before a term negates it, `"`
around a value keeps blanks. What has no value matches no comparison.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final, Generic, TypeVar

from peak_trade.artifacts import times

R = TypeVar("R")
Test = Callable[[R], bool]

MAX_LENGTH: Final = 500
COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    ":": operator.eq,
}
_TERM = re.compile(r'\s*(-?)(?:([A-Za-z_]+)(:|<=|>=|<|>|=))?("[^"]*"|[^\s"]+)(?=\s|$)')


class QueryError(ValueError):
    """A query that cannot be understood; the text names the term and what may stand there."""


@dataclass(frozen=True, slots=True)
class Text(Generic[R]):
    """A name whose values are text."""

    of: Callable[[R], str]

    def test(self, comparison: str, value: str) -> Test[R]:
        """Return what compares a row with `value`."""
        if comparison not in {":", "="}:
            raise QueryError(f"text is compared by ':', not by {comparison!r}")
        wanted = re.sub(r"([\[?])", r"[\1]", value.casefold())
        return lambda row: fnmatchcase(self.of(row).casefold(), wanted)


@dataclass(frozen=True, slots=True)
class Number(Generic[R]):
    """A name whose values are numbers, or None."""

    of: Callable[[R], float | None]

    def test(self, comparison: str, value: str) -> Test[R]:
        """Return what compares a row with `value`."""
        return _compared(self.of, COMPARISONS[comparison], _number(value))


@dataclass(frozen=True, slots=True)
class Time(Generic[R]):
    """A name whose values are instants, or None."""

    of: Callable[[R], datetime | None]

    def test(self, comparison: str, value: str) -> Test[R]:
        """Return what compares a row with `value`."""
        moment = times.parse(value)
        if moment is None:
            raise QueryError(f"{value!r} is no time such as 2026-01-15 or 2026-01-15T18:30")
        return _compared(self.of, COMPARISONS[comparison], moment)


Name = Text[R] | Number[R] | Time[R]


@dataclass(frozen=True, slots=True)
class Language(Generic[R]):
    """What can be asked of a list; the names are its columns as well."""

    names: Mapping[str, Name[R]]

    def parse(self, query: str) -> Test[R]:
        """Return what tells whether a row matches all terms.

        Raises
        ------
        QueryError
            If there is a term that cannot be understood.
        """
        tests = self._terms(query)
        return lambda row: all(test(row) for test in tests)

    def sort(self, rows: Sequence[R], by: str) -> Sequence[R]:
        """Return rows sorted by a name, descending if `-` precedes it; no value comes last.

        Raises
        ------
        QueryError
            If there is no such name.
        """
        if not by:
            return rows
        of = self._named(by.removeprefix("-")).of
        known = [row for row in rows if of(row) is not None]
        known.sort(key=lambda row: _key(of(row)), reverse=by.startswith("-"))
        return [*known, *(row for row in rows if of(row) is None)]

    def _terms(self, query: str) -> list[Test[R]]:
        if len(query) > MAX_LENGTH:
            raise QueryError(f"a query has at most {MAX_LENGTH} characters")
        tests: list[Test[R]] = []
        place, query = 0, query.rstrip()
        while place < len(query):
            found = _TERM.match(query, place)
            if not found:
                raise QueryError(f"at {place + 1}: a quote that is not closed, or text beside one")
            try:
                tests.append(self._term(*found.groups()))
            except QueryError as error:
                at = found.start() + len(found[0]) - len(found[0].lstrip()) + 1
                raise QueryError(f"{found[0].strip()!r} at {at}: {error}") from None
            place = found.end()
        return tests

    def _term(self, negated: str, name: str | None, comparison: str | None, value: str) -> Test[R]:
        term = f"{name or ''}{comparison or ''}{value}"
        if term not in self.names and term.rstrip("".join(COMPARISONS)) in self.names:
            raise QueryError("what to compare with is missing")
        value = value.strip('"')
        if name and comparison:
            test = self._named(name).test(comparison, value)
        else:
            test = self._anywhere(value)
        return (lambda row: not test(row)) if negated else test

    def _named(self, name: str) -> Name[R]:
        if name not in self.names:
            raise QueryError(f"{name!r} is none of {', '.join(self.names)}")
        return self.names[name]

    def _anywhere(self, word: str) -> Test[R]:
        texts = [kind.of for kind in self.names.values() if isinstance(kind, Text)]
        word = word.casefold()
        return lambda row: any(word in of(row).casefold() for of in texts)


def _compared(
    of: Callable[[R], Any], compare: Callable[[Any, Any], bool], wanted: object
) -> Test[R]:
    def test(row: R) -> bool:
        value = of(row)
        return value is not None and compare(value, wanted)

    return test


def _number(value: str) -> float:
    digits = value.removesuffix("%")
    try:
        number = float(digits)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QueryError(f"{value!r} is no number such as -5, 0.25 or 3%")
    return number / 100 if value.endswith("%") else number


def _key(value: object) -> Any:
    return value.casefold() if isinstance(value, str) else value
