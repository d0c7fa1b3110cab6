"""The query language of lists: `mode:shadow (status:failed OR pnl<0)`.

Terms are separated by blanks and all have to match; of terms with `OR` between them one has to, and
brackets hold terms together. `name:text` compares text without case, `*` stands for any characters;
numbers, times and durations take `<`, `<=`, `>`, `>=` and `=` as well. A number may end with `%`, a
duration with `s`, `m`, `h` or `d`. A term without a name is looked for in all texts. `-` before a
term or a bracket negates it, `"` around a value keeps blanks. What has no value matches no
comparison.
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
MAX_DEPTH: Final = 20
"""Brackets within brackets."""

OR: Final = "OR"
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TERM = re.compile(r'(-?)(?:([A-Za-z_]+)(:|<=|>=|<|>|=))?("[^"]*"|[^\s"]+)(?=[\s)]|$)')
_OPENED = re.compile(r"(-?)\((?!\))")


class QueryError(ValueError):
    """A query that cannot be understood; the text names the term and what may stand there."""


@dataclass(frozen=True, slots=True)
class Text(Generic[R]):
    """A name whose values are text; a row that has `also` another value matches by either."""

    of: Callable[[R], str]
    also: Callable[[R], str] | None = None

    def test(self, comparison: str, value: str) -> Test[R]:
        """Return what compares a row with `value`."""
        if comparison not in {":", "="}:
            raise QueryError(f"text is compared by ':', not by {comparison!r}")
        wanted = re.sub(r"([\[?])", r"[\1]", value.casefold())
        values = (self.of, self.also) if self.also else (self.of,)
        return lambda row: any(fnmatchcase(of(row).casefold(), wanted) for of in values)


@dataclass(frozen=True, slots=True)
class Number(Generic[R]):
    """A name whose values are numbers, or None."""

    of: Callable[[R], float | None]

    def test(self, comparison: str, value: str) -> Test[R]:
        """Return what compares a row with `value`."""
        return _compared(self.of, COMPARISONS[comparison], _number(value))


@dataclass(frozen=True, slots=True)
class Duration(Generic[R]):
    """A name whose values are seconds, or None."""

    of: Callable[[R], float | None]

    def test(self, comparison: str, value: str) -> Test[R]:
        """Return what compares a row with `value`."""
        unit = UNITS.get(value[-1:])
        try:
            wanted = float(value[:-1] if unit else value) * (unit or 1)
        except ValueError:
            wanted = math.nan
        if not math.isfinite(wanted):
            raise QueryError(f"{value!r} is no duration such as 90s, 10m, 2h or 1d")
        return _compared(self.of, COMPARISONS[comparison], wanted)


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


Name = Text[R] | Number[R] | Duration[R] | Time[R]


@dataclass(frozen=True, slots=True)
class Language(Generic[R]):
    """What can be asked of a list; the names are its columns as well."""

    names: Mapping[str, Name[R]]

    def parse(self, query: str) -> Test[R]:
        """Return what tells whether a row matches a query; one without terms matches all.

        Raises
        ------
        QueryError
            If there is a term that cannot be understood.
        """
        if len(query) > MAX_LENGTH:
            raise QueryError(f"a query has at most {MAX_LENGTH} characters")
        if not query.strip():
            return lambda _: True
        return _Reader(query.rstrip(), self._term).any_of()

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


def narrowed(query: str, name: str, value: str = "") -> str:
    """Return a query that asks for `name:value` besides, in place of another value of the name.

    Without a value it asks for none. Of a query with brackets, OR or quotes nothing is taken away.
    """
    words = query.split()
    if OR not in words and not set(query) & set('()"'):
        words = [word for word in words if not word.startswith(f"{name}:")]
    elif value:
        words = [f"({query.strip()})"]
    return " ".join([*words, f"{name}:{value}"] if value else words)


class _Reader(Generic[R]):
    """Reads a query from left to right."""

    def __init__(self, query: str, term: Callable[..., Test[R]]) -> None:
        self._query, self._term = query, term
        self._place, self._depth = 0, 0

    def any_of(self) -> Test[R]:
        """Read up to the end, or to the bracket that closes."""
        groups = [self._all_of()]
        while self._skip() and self._word() == OR:
            self._place += len(OR)
            groups.append(self._all_of())
        if self._depth and not self._query.startswith(")", self._place):
            raise QueryError("a bracket that is not closed")
        return groups[0] if len(groups) == 1 else lambda row: any(test(row) for test in groups)

    def _all_of(self) -> Test[R]:
        tests: list[Test[R]] = []
        while self._skip() and self._word() != OR:
            if self._depth and self._query[self._place] == ")":
                break
            tests.append(self._one())
        if not tests:
            raise QueryError(f"at {self._place + 1}: a term is missing")
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test[R]:
        opened = _OPENED.match(self._query, self._place)
        if not opened:
            return self._named()
        if self._depth == MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} brackets within each other")
        self._place, self._depth = opened.end(), self._depth + 1
        test = self.any_of()
        self._place, self._depth = self._place + 1, self._depth - 1
        return (lambda row: not test(row)) if opened[1] else test

    def _named(self) -> Test[R]:
        found = _TERM.match(self._query, self._place)
        if not found:
            at = self._place + 1
            raise QueryError(f"at {at}: a quote that is not closed, or text beside one")
        negated, name, comparison, value = found.groups()
        given_back = self._closing(value)
        value = value[: len(value) - given_back]
        term = found[0][: len(found[0]) - given_back]
        try:
            test = self._term(negated, name, comparison, value)
        except QueryError as error:
            raise QueryError(f"{term!r} at {self._place + 1}: {error}") from None
        self._place += len(term)
        return test

    def _closing(self, value: str) -> int:
        """Return how many brackets at the end of a value close one that was opened before it."""
        spare = value.count(")") - value.count("(")
        at_end = len(value) - len(value.rstrip(")"))
        return max(0, min(self._depth, spare, at_end))

    def _skip(self) -> bool:
        """Go to the next character that is no blank; tell whether there is one."""
        rest = self._query[self._place :]
        self._place += len(rest) - len(rest.lstrip())
        return self._place < len(self._query)

    def _word(self) -> str:
        return re.split(r"[\s)]", self._query[self._place :], maxsplit=1)[0]


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
