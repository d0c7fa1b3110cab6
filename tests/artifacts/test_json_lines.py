"""JSON lines read while they grow give the records of the finished file."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peak_trade.artifacts import json_lines
from peak_trade.artifacts.json_lines import LinesState
from peak_trade.artifacts.record import Record

VALUES = st.one_of(
    st.integers(), st.floats(), st.text(max_size=8), st.none(), st.lists(st.integers(), max_size=3)
)
LINES = st.lists(
    st.one_of(
        st.dictionaries(st.text(max_size=4), VALUES, max_size=3).map(json.dumps),
        st.sampled_from(["", "   ", "null", "[1]", "{broken", '{"a": NaN}', '"text"']),
    ).map(str.encode)
    | st.binary(max_size=12).map(lambda junk: junk.replace(b"\n", b"")),
    max_size=8,
)


def keep(record: Record) -> dict[str, Any]:
    return record.values


def read_in_steps(path: Path, data: bytes, cuts: list[int]) -> LinesState[dict[str, Any]]:
    path.write_bytes(b"")
    state: LinesState[dict[str, Any]] = LinesState()
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(bounds):
        with path.open("ab") as stream:
            stream.write(data[start:end])
        state = json_lines.refresh(path, state, keep)
    return state


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.booleans(), st.lists(st.integers(0, 10**6), max_size=6))
def test_any_split_gives_the_records_of_the_finished_file(
    tmp_path: Path, lines: list[bytes], ended: bool, cuts: list[int]
) -> None:
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    whole = read_in_steps(tmp_path / "a.jsonl", data, [])
    parts = read_in_steps(tmp_path / "a.jsonl", data, cuts)
    assert json.dumps(parts.records) == json.dumps(whole.records)
    assert parts.counts == whole.counts
    assert parts.read_errors.counts == whole.read_errors.counts
    assert parts.epoch == 0


@pytest.mark.parametrize("cut", range(16))
def test_lines_that_end_with_returns_alone_are_told_once(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    state = read_in_steps(path, b'{"a":1}\r{"a":2}\r', [cut])
    assert (state.records, state.read_errors.counts) == ([], {"bad_line": 1})
    path.write_bytes(b'{"a":1}\r\n{"a":2}\r\n')
    state = json_lines.refresh(path, state, keep)
    assert ([record["a"] for record in state.records], state.read_errors.counts) == ([1, 2], {})


def test_each_bad_line_is_one_loss_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n\n[]\n{"a": \xff}\n{"a": 2}\n')
    state = json_lines.refresh(path, LinesState(), keep)
    assert [record["a"] for record in state.records] == [1, 2]
    assert [(read_error.line, read_error.reason) for read_error in state.read_errors.examples] == [
        (3, "not an object"),
        (4, "not JSON"),
    ]
    assert (state.counts.total, state.counts.valid, state.counts.invalid) == (5, 2, 2)


def test_a_pending_line_is_shown_if_whole_and_never_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": 2}')
    state = json_lines.refresh(path, LinesState(), keep)
    assert [record["a"] for record in state.records] == [1, 2]
    path.write_bytes(b'{"a": 1}\n{"a":')
    state = json_lines.refresh(path, LinesState(), keep)
    assert [record["a"] for record in state.records] == [1]
    assert state.read_errors.total == 0


def test_an_unchanged_file_gives_the_same_state(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n')
    state = json_lines.refresh(path, LinesState(), keep)
    assert json_lines.refresh(path, state, keep) is state


def test_a_shorter_a_rewritten_and_a_deleted_file_start_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": 2}\n')
    state = json_lines.refresh(path, LinesState(), keep)
    path.write_bytes(b'{"a": 3}\n')
    shorter = json_lines.refresh(path, state, keep)
    assert ([r["a"] for r in shorter.records], shorter.epoch) == ([3], 1)
    path.write_bytes(b'{"a": 4}\n')
    os.utime(path, ns=(1, 1))
    rewritten = json_lines.refresh(path, shorter, keep)
    assert ([r["a"] for r in rewritten.records], rewritten.epoch) == ([4], 2)
    path.unlink()
    gone = json_lines.refresh(path, rewritten, keep)
    assert (gone.records, gone.epoch) == ([], 3)


def test_a_replaced_file_that_begins_the_same_goes_on(tmp_path: Path) -> None:
    path, other = tmp_path / "a.jsonl", tmp_path / "b"
    path.write_bytes(b'{"a": 1}\n')
    state = json_lines.refresh(path, LinesState(), keep)
    other.write_bytes(b'{"a": 1}\n{"a": 2}\n')
    other.replace(path)
    state = json_lines.refresh(path, state, keep)
    assert ([r["a"] for r in state.records], state.epoch) == ([1, 2], 0)


def test_numbers_and_texts_that_json_cannot_carry_become_ones_it_can(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    huge = "9" * 5000
    path.write_text(f'{{"a": {huge}, "b": "\\ud800", "c": {2**70}}}\n')
    state = json_lines.refresh(path, LinesState(), keep)
    assert state.records == [{"a": None, "b": "?", "c": float(2**70)}]
    assert (state.valid_lines, state.invalid_lines) == (1, 0)
    assert [
        (read_error.kind, read_error.line, read_error.reason)
        for read_error in state.read_errors.examples
    ] == [
        ("bad_value", 1, "a number is too large"),
        ("bad_value", 1, "a text holds half a character"),
    ]


def test_nesting_without_end_is_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n" + b'{"a": 1}\n')
    state = json_lines.refresh(path, LinesState(), keep)
    assert len(state.records) == 1
    assert state.read_errors.counts == {"bad_line": 1}


@pytest.mark.parametrize("line", [b"", b" ", b"{bad", b"{}"])
def test_lines_beyond_the_bound_are_not_read_whatever_is_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    """They take their time, records or not."""
    monkeypatch.setattr(json_lines, "MAX_LINES", 10)
    path = tmp_path / "lines.jsonl"
    path.write_bytes((line + b"\n") * 11)
    state = json_lines.refresh(path, LinesState(), keep)
    assert state.read_errors.counts["too_large"] == 1
    path.write_bytes(path.read_bytes() + b"{}\n")
    assert json_lines.refresh(path, state, keep).counts == state.counts
