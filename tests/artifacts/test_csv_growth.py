"""A CSV file read while it grows gives the rows of the finished file, however it was cut."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drawn import binary, lists
from peak_trade.artifacts import cells, csv_rows, events
from peak_trade.artifacts.events import CsvCursor
from peak_trade.schemas import NULL_WORDS, Kind

HEADER = "step,ts_event,equity,risk_reasons,extra_note"
TEXT = st.text(
    st.one_of(st.sampled_from(list('a,"\n\r ;é€漢🙂')), st.characters(exclude_categories=["Cs"])),
    max_size=12,
)
ROW = st.tuples(
    st.integers(0, 99).map(str),
    st.sampled_from(["2026-01-15T12:00:00+00:00", "", "junk"]),
    st.one_of(st.floats(allow_nan=False).map(repr), st.sampled_from(["", "nan", "x"])),
    TEXT,
    TEXT,
)


def written(rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return f"{HEADER}\n{stream.getvalue()}".encode()


def read_in_steps(path: Path, data: bytes, cuts: list[int]) -> tuple[pa.Table, dict[str, int]]:
    """Append `data` in pieces, reading after each; return all rows and the read errors."""
    path.write_bytes(b"")
    cursor: CsvCursor | None = None
    tables: list[pa.Table] = []
    read_errors: dict[str, int] = {}
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(bounds):
        with path.open("ab") as stream:
            stream.write(data[start:end])
        new = events.read_csv(path, cursor)
        if new is None:
            continue
        assert isinstance(new.cursor, CsvCursor)
        if new.restarted:
            assert cursor is None or not cursor.tail.offset
            tables, read_errors = [], {}
        cursor = new.cursor
        if new.table is not None:
            tables.append(new.table)
        for kind, count in new.read_errors.counts.items():
            read_errors[kind] = read_errors.get(kind, 0) + count
    return pa.concat_tables(tables).combine_chunks(), read_errors


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("0", "", "0.0", "\r", '"')], [])
@example([("0", "", "0.0", "a\rb", '"\r\n"\r')], [40])
@given(st.lists(ROW, max_size=8), st.lists(st.integers(0, 10**6), max_size=6))
def test_any_split_gives_the_rows_of_the_finished_file(
    tmp_path: Path, rows: list[tuple[str, ...]], cuts: list[int]
) -> None:
    data = written(rows)
    whole, whole_read_errors = read_in_steps(tmp_path / "events.csv", data, [])
    parts, part_read_errors = read_in_steps(tmp_path / "events.csv", data, cuts)
    assert parts.equals(whole)
    assert part_read_errors == whole_read_errors
    assert whole.num_rows == len(rows)
    assert [text or "" for text in whole["risk_reasons"].to_pylist()] == [row[3] for row in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(binary(400), st.lists(st.integers(0, 400), max_size=5))
def test_any_split_of_any_bytes_gives_the_same(
    tmp_path: Path, junk: bytes, cuts: list[int]
) -> None:
    data = f"{HEADER}\n1,,5.0,,\n".encode() + junk + b"\n2,,6.0,,\n"
    path = tmp_path / "events.csv"
    whole = read_in_steps(path, data, [])
    parts = read_in_steps(path, data, cuts)
    assert parts[0].equals(whole[0])
    assert parts[1] == whole[1]
    assert whole[0]["equity"][0].as_py() == 5.0


KINDS = (Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.TIME, Kind.TEXT)
GOOD = ("1.5", "7", "true", "2026-01-01T00:00:00+00:00", "é")
ODD = ("", " ", "nan", "-nan", "inf", "+Infinity", "+5", "++5", " 3 ", "1e999", "1e-999", "9" * 19)
ODDER = ("0x1f", "1_000", ".", "1.", ".5", "1e", "١", "1.0", "yes", "None", "nan(1)", "infinit")


@given(
    lists(
        st.tuples(*(st.sampled_from((good, *ODD, *ODDER)) for good in GOOD)).filter(any),
        20,
        min_size=1,
    ),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_faster_way_gives_the_same_cells(
    rows: list[tuple[str, ...]], suit: bool, end: str
) -> None:
    """Whether all cells suit their columns, so that Arrow gives numbers at once, or some do not."""
    first = [GOOD] * 20 if suit else []
    rows = [*first, *rows[:1]] if suit else rows
    data = "".join(",".join(row) + end for row in rows).encode()
    many = data * (2 * csv_rows.MAX_RECORD_BYTES // len(data) + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "parse_records", pytest.fail)
        fast, used = csv_rows.parse_block(many, [cells.TYPES[kind] for kind in KINDS], 1, "f")
    records, slow_used = csv_rows.split(many, len(KINDS), 1)
    slow = csv_rows.parse_records(records, len(KINDS), "f")
    assert used == slow_used
    assert list(fast.lines) == list(slow.lines)
    for kind, quick, text in zip(KINDS, fast.columns, slow.columns, strict=True):
        values, bad = cells.convert(quick, kind)
        expected, expected_bad = one_by_one(text, kind)
        assert values.to_pylist() == expected
        assert bad == expected_bad


QUOTED = ("a", "", '"a"', '"a,b"', '"a""b"', '"a"",b"', '""', '""""', '"1.5"', '"nan"', "é")
STRAY = ('"', 'a"', '"a"b', '"a', '"\n"', '"a\nb"', '"\r"', '""a"', '" ', "\0")


@example([('"', '",')], "\n")
@example([('"a"",b"', "a"), ("", '"')], "\n")
@example([('"a', 'b"')], "\r\r\n")
@given(
    lists(st.tuples(*[st.sampled_from((*QUOTED, *STRAY))] * 2), 8, min_size=1),
    st.sampled_from(["\n", "\r\n", "\r\r\n", "\n\n", "\r\n\r\n"]),
)
def test_cells_in_quotes_are_the_same_whichever_way_they_go(
    rows: list[tuple[str, str]], end: str
) -> None:
    in_quotes_or_not(rows, end)


@given(lists(st.tuples(*[st.sampled_from(QUOTED)] * 2).filter(any), 8, min_size=1))
def test_cells_wholly_in_quotes_go_the_faster_way(rows: list[tuple[str, str]]) -> None:
    assert in_quotes_or_not(rows)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_empty_line_at_the_begin_of_a_block_counts(end: str) -> None:
    many = end.encode() + f"a,b{end}".encode() * csv_rows.MAX_RECORD_BYTES
    found, _ = csv_rows.parse_block(many, [pa.string()] * 2, 7, "f")
    assert found.lines[0] == 8


def in_quotes_or_not(rows: list[tuple[str, str]], end: str = "\n") -> bool:
    """Read a block both ways and compare them; return whether it suits the faster one."""
    data = "".join(",".join(row) + end for row in rows).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "MAX_RECORD_BYTES", 100)
        many = data * (csv_rows.MAX_RECORD_BYTES // len(data) + 1)
        fast, used = csv_rows.parse_block(many, [pa.string()] * 2, 1, "f")
        records, slow_used = csv_rows.split(many, 2, 1)
        is_plain = csv_rows._is_plain(many[:used])
    slow = csv_rows.parse_records(records, 2, "f")
    assert used == slow_used
    assert list(fast.lines) == list(slow.lines)
    assert fast.columns == slow.columns
    assert fast.read_errors.found() == slow.read_errors.found()
    return is_plain


def one_by_one(texts: pa.Array, kind: Kind) -> tuple[list[object], list[int]]:
    """Return what cells are and which are bad, each looked at alone, numbers by Python's rules."""
    known: dict[str, tuple[object, bool]] = {}
    for text in set(texts.to_pylist()):
        if kind in {Kind.NUMBER, Kind.INTEGER}:
            known[text] = number(text.strip(), whole=kind is Kind.INTEGER)
        else:
            value, bad = cells.convert(pa.array([text], pa.string()), kind)
            known[text] = (value[0].as_py(), bool(bad))
    found = [known[text] for text in texts.to_pylist()]
    return [value for value, _ in found], [at for at, (_, bad) in enumerate(found) if bad]


def number(text: str, *, whole: bool) -> tuple[float | None, bool]:
    if text in NULL_WORDS or text.lower().lstrip("+-") in {"inf", "infinity"}:
        return None, False
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None, True
    value = float(text)
    if math.isinf(value) or (whole and abs(value) >= cells.MAX_WHOLE):
        return None, True
    return float(math.trunc(value)) if whole else value, False


def read(path: Path, data: bytes) -> events.NewRows:
    path.write_bytes(data)
    new = events.read_csv(path, None)
    assert new is not None
    return new


def test_rows_longer_than_the_header_lose_their_surplus_and_say_so(tmp_path: Path) -> None:
    new = read(tmp_path / "e.csv", b"step,equity\n1,10\n2,20,extra\n3\n")
    assert new.table is not None
    assert new.table.select(["step", "equity"]).to_pydict() == {
        "step": [1.0, 2.0, 3.0],
        "equity": [10.0, 20.0, None],
    }
    assert new.read_errors.counts == {"surplus_cells": 1, "missing_cells": 1}
    assert [(read_error.line, read_error.file) for read_error in new.read_errors.examples] == [
        (3, "e.csv"),
        (4, "e.csv"),
    ]


def test_a_last_line_without_line_end_waits(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    new = read(path, b"step,equity\n1,10\n2,2")
    assert new.table is not None
    assert new.table.num_rows == 1
    assert new.read_errors.total == 0
    with path.open("ab") as stream:
        stream.write(b"5\n")
    assert isinstance(new.cursor, CsvCursor)
    more = events.read_csv(path, new.cursor)
    assert more is not None
    assert more.table is not None
    assert more.table["equity"].to_pylist() == [25.0]


@pytest.mark.parametrize("data", [b"", b"step,equ"])
def test_a_file_without_a_complete_header_has_no_table_yet(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path / "e.csv", data).table is None


def test_a_header_alone_gives_no_rows(tmp_path: Path) -> None:
    table = read(tmp_path / "e.csv", b"\xef\xbb\xbfstep, equity \n").table
    assert table is not None
    assert table.num_rows == 0
    assert table.column_names[:2] == ["step", "equity"]


def test_one_undecodable_byte_damages_its_own_line_alone(tmp_path: Path) -> None:
    new = read(tmp_path / "e.csv", b"step,risk_reasons\n1,ok\n2,\xff\n3,ok\n")
    assert new.table is not None
    assert new.table["step"].to_pylist() == [1.0, 3.0]
    assert new.read_errors.counts == {"not_utf8": 1}


def test_a_quote_that_is_never_closed_costs_no_row(tmp_path: Path) -> None:
    lines = b"".join(b"%d,\n" % step for step in range(2, 20000))
    new = read(tmp_path / "e.csv", b'step,risk_reasons\n1,"open\n' + lines)
    assert new.table is not None
    assert new.table["step"].to_pylist() == [float(step) for step in range(1, 20000)]


@pytest.mark.parametrize("torn", [b'2,100,"above the', b'"', b'2,"a, b\n', b'2,1,"a ""b""'])
def test_a_row_that_is_torn_in_quotes_costs_no_other_row(tmp_path: Path, torn: bytes) -> None:
    """A writer that was killed goes on with whole rows; they count as soon as one has come."""
    new = read(tmp_path / "e.csv", b"step,price,risk_reasons\n1,1,\n" + torn + b"\n3,1,\n4,1,\n")
    assert new.table is not None
    assert new.table["step"].to_pylist()[-2:] == [3.0, 4.0]


def test_lines_beyond_the_bound_are_not_read_whatever_is_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take their time, rows or not."""
    monkeypatch.setattr(events, "MAX_ROWS", 10)
    new = read(tmp_path / "e.csv", b"step,equity\n" + b"\n" * 10 + b"1,1\n")
    assert new.read_errors.counts == {"too_large": 1}


@pytest.mark.parametrize("head", [b"step;equity", b"Schritt,Saldo", b"1,2026-01-15T18:00:00Z,10"])
def test_a_file_without_a_known_column_is_a_read_error(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "e.csv"
    new = read(path, b"\n" + head + b"\n1;10\n")
    found = [(error.kind, error.file, error.line) for error in new.read_errors.examples]
    assert ("no_known_column", "e.csv", 2) in found
    path.write_bytes(path.read_bytes() + b"2;11\n")
    assert isinstance(new.cursor, CsvCursor)
    later = events.read_csv(path, new.cursor)
    assert later is not None
    assert "no_known_column" not in later.read_errors.counts


def test_a_row_whose_time_is_no_time_is_a_read_error(tmp_path: Path) -> None:
    rows = b"1,yesterday,\n2,,\n3,,15.01.2026 18:00\n4,2026-01-15T18:00:00Z,junk\n"
    new = read(tmp_path / "e.csv", b"step,ts_event,ts_bar\n" + rows)
    found = [(error.kind, error.line, error.reason) for error in new.read_errors.examples]
    assert found == [(*("bad_cell", line), "a time of the row") for line in (2, 4, 5)]


def test_a_bad_cell_is_counted_with_its_line(tmp_path: Path) -> None:
    new = read(tmp_path / "e.csv", b"step,equity\n1,10\n2,ten\n")
    (read_error,) = new.read_errors.examples
    assert (read_error.kind, read_error.line, read_error.reason) == ("bad_cell", 3, "column equity")
