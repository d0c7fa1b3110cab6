"""Cells: the rules of the data contract, on any text."""

from __future__ import annotations

import math
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.artifacts import times
from peak_trade.artifacts.cells import convert, instants
from peak_trade.schemas import NULL_WORDS, Kind


def values(cells: list[str], kind: Kind) -> tuple[list[object], list[int]]:
    array, bad = convert(pa.array(cells, pa.string()), kind)
    return array.to_pylist(), bad


@pytest.mark.parametrize("word", sorted(NULL_WORDS))
@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.TIME])
def test_words_for_no_value_are_null_and_no_loss(word: str, kind: Kind) -> None:
    assert values([word], kind) == ([None], [])


def test_text_keeps_every_word_but_the_empty_one() -> None:
    assert values(["None", "NA", "", "n/a"], Kind.TEXT) == (["None", "NA", None, "n/a"], [])


def test_infinite_numbers_are_null_without_loss() -> None:
    assert values(["inf", "-Infinity", "NaN"], Kind.NUMBER) == ([None] * 3, [])


def test_numbers_too_large_for_their_column_are_null_and_reported() -> None:
    assert values(["1e999", "1e300"], Kind.NUMBER) == ([None, 1e300], [0])
    cells = ["18446744073709551615", "-1e300", "9223372036854774784", "1e999"]
    assert values(cells, Kind.INTEGER) == ([None, None, 9223372036854774784.0, None], [0, 1, 3])


def test_counts_may_be_written_as_floats() -> None:
    assert values(["3", "3.0", " 4 ", "2.9"], Kind.INTEGER) == ([3.0, 3.0, 4.0, 2.0], [])


def test_booleans_are_words_or_digits() -> None:
    cells = ["True", "true", "1", "1.0", "False", "false", "0", "yes"]
    assert values(cells, Kind.BOOLEAN) == ([True] * 4 + [False] * 3 + [None], [7])


def test_a_bad_number_is_null_and_reported_by_position() -> None:
    assert values(["1", "abc", "1_0", "0x5"], Kind.NUMBER) == ([1.0, None, None, None], [1, 2, 3])


@given(lists(st.one_of(st.text(max_size=8), st.floats().map(repr), st.integers().map(str)), 30))
def test_numbers_are_what_python_reads(cells: list[str]) -> None:
    found, bad = values(cells, Kind.NUMBER)
    for position, cell in enumerate(cells):
        text = cell.strip()
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
            number = float(text)
            assert found[position] == (number if math.isfinite(number) else None)
            assert (position in bad) == math.isinf(number)
        else:
            assert found[position] is None


@given(
    st.lists(
        st.one_of(
            st.datetimes().map(str),
            st.datetimes().map(lambda d: f"{d.isoformat()}Z"),
            st.text(max_size=12),
            st.none(),
        ),
        max_size=8,
    )
)
def test_instants_of_a_column_are_those_of_its_cells(texts: list[str | None]) -> None:
    found = instants(pa.array(texts, pa.string())).to_pylist()
    assert found == [times.parse(text) for text in texts]
