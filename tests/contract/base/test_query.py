"""The query language of lists, and the tables that are asked with it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import peak_trade
from conftest import CORPUS_NOW, Start
from drawn import lists
from peak_trade.contract.base.query import (
    Duration,
    Language,
    Number,
    QueryError,
    Text,
    Time,
    narrowed,
)
from serving import Served


@dataclass(frozen=True)
class Row:
    mode: str = "shadow"
    strategy: str = "ma_crossover"
    pnl: float | None = None
    started: datetime | None = None
    age: float | None = None


ROWS: Language[Row] = Language(
    {
        "mode": Text(lambda row: row.mode),
        "strategy": Text(lambda row: row.strategy),
        "pnl": Number(lambda row: row.pnl),
        "started": Time(lambda row: row.started),
        "age": Duration(lambda row: row.age),
        "state": Text(
            lambda row: "late" if row.age else "live", lambda row: "slow" if row.age else ""
        ),
    }
)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "row", "matches"),
    [
        *(
            ("", Row(), True),
            ("   ", Row(), True),
            ("SHADOW", Row(), True),
            ("paper", Row(), False),
        ),
        *(("mode:Shadow", Row(), True), ("mode:shad", Row(), False), ("mode:shad*", Row(), True)),
        *(("-mode:shadow", Row(), False), ("-paper", Row(), True)),
        *(("mode:[s]hadow", Row(), False), ("mode:[s]hadow", Row(mode="[s]hadow"), True)),
        *(("mode:s?adow", Row(), False), ('"a b"', Row(strategy="x a b"), True)),
        *(('strategy:"a b"', Row(strategy="a b"), True), ("a b", Row(strategy="b-a"), True)),
        *(("pnl<0", Row(pnl=-1.0), True), ("pnl<0", Row(pnl=0.0), False), ("pnl<0", Row(), False)),
        *(("-pnl<0", Row(), True), ("pnl>=5", Row(pnl=5.0), True), ("pnl:5", Row(pnl=5.0), True)),
        *(("pnl>-5%", Row(pnl=-0.04), True), ("pnl<-5%", Row(pnl=-0.04), False)),
        *(("pnl>5%", Row(pnl=0.06), True), ("pnl>5%", Row(pnl=0.04), False)),
        *(("pnl:5%", Row(pnl=0.05), True), ("pnl<5%", Row(pnl=1.0), False)),
        *(("started>2026-01-15", Row(started=NOON), True), ("started>2026", Row(), None)),
        *(("started<2026-01-15T11:00", Row(started=NOON), False), ("foo:1", Row(), None)),
        *(("pnl<x", Row(), None), ("pnl<nan", Row(), None), ("mode<a", Row(), None)),
        *(("mode:paper OR mode:shadow", Row(), True), ("mode:paper OR pnl<0", Row(), False)),
        *(
            ("(mode:paper OR mode:shadow) pnl<0", Row(pnl=-1.0), True),
            ("(mode:shadow)", Row(), True),
        ),
        *(("(mode:paper OR mode:shadow) pnl<0", Row(pnl=1.0), False), ("((shadow))", Row(), True)),
        *(("mode:shadow pnl<0 OR mode:paper", Row(), False), ('(mode:"shadow")', Row(), True)),
        *(("-(mode:paper OR pnl<0)", Row(), True), ("-(mode:shadow OR pnl<0)", Row(), False)),
        *(
            ("alert(1)", Row(strategy="alert(1)"), True),
            ("(alert(1))", Row(strategy="alert(1)"), True),
        ),
        *(
            ('"OR"', Row(strategy="FOR"), True),
            ("shadow or", Row(strategy="for"), True),
            ("OR", Row(), None),
        ),
        *(("mode:a OR", Row(), None), ("OR mode:a", Row(), None), ("a OR OR b", Row(), None)),
        *(("(mode:a", Row(), None), ("( )", Row(), None), ("(" * 21 + "a" + ")" * 21, Row(), None)),
        *(("age>10m", Row(age=601.0), True), ("age>10m", Row(age=600.0), False)),
        *(("age<2h", Row(age=600.0), True), ("age>=1d", Row(age=86400.0), True)),
        *(("age:90", Row(age=90.0), True), ("age>10x", Row(), None), ("age>5%", Row(), None)),
        *(("state:late", Row(age=80.0), True), ("state:slow", Row(age=80.0), True)),
        *(('"open', Row(), None), ('a"b', Row(), None), ("x" * 501, Row(), None)),
    ],
)
def test_terms(query: str, row: Row, matches: bool | None) -> None:
    if matches is None:
        with pytest.raises(QueryError):
            ROWS.parse(query)
    else:
        assert ROWS.parse(query)(row) is matches


@pytest.mark.parametrize(
    ("query", "state", "narrow"),
    [
        ("", "crashed", "state:crashed"),
        ("mode:shadow state:live", "crashed", "mode:shadow state:crashed"),
        ("mode:shadow state:live", "", "mode:shadow"),
        ("mode:a OR mode:b", "late", "(mode:a OR mode:b) state:late"),
        ("mode:a OR mode:b", "", "mode:a OR mode:b"),
        ('"a  b"', "late", '("a  b") state:late'),
    ],
)
def test_a_query_is_narrowed_to_a_state(query: str, state: str, narrow: str) -> None:
    assert narrowed(query, "state", state) == narrow
    ROWS.parse(narrow)


def test_a_fault_names_term_place_and_what_may_stand_there() -> None:
    with pytest.raises(QueryError, match=r"^'pnl<=' at 1: what to compare with is missing$"):
        ROWS.parse("pnl<=")
    with pytest.raises(QueryError, match=r"^'color:red' at 13: 'color' is none of mode, strategy"):
        ROWS.parse("mode:shadow color:red")


@given(st.text())
@example("-")
@example("mode:")
def test_any_text_is_understood_or_refused(query: str) -> None:
    try:
        test = ROWS.parse(query)
    except QueryError:
        return
    assert test(Row()) in {True, False}


rows = st.builds(
    Row,
    mode=st.text(),
    pnl=st.none() | st.floats(allow_nan=False),
    started=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(lists(rows, 30), st.sampled_from(["pnl", "-pnl", "started", "-started", "mode", "-mode"]))
def test_sorting_keeps_all_rows_and_puts_no_value_last(found: list[Row], by: str) -> None:
    ordered = ROWS.sort(found, by)
    assert sorted(map(repr, ordered)) == sorted(map(repr, found))
    values = [getattr(row, by.lstrip("-")) for row in ordered]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    if by.lstrip("-") != "mode":
        assert known == sorted(known, reverse=by.startswith("-"))


@given(rows, st.floats(allow_nan=False, allow_infinity=False))
def test_a_comparison_and_its_opposite_exclude_each_other(row: Row, value: float) -> None:
    below, above = (ROWS.parse(f"pnl{sign}{value!r}")(row) for sign in ("<", ">="))
    assert below + above == (row.pnl is not None)


@pytest.fixture(scope="module")
def corpus_server(server: Start, corpus: Path) -> Served:
    return server(corpus, env={"PEAK_TRADE_NOW": CORPUS_NOW})


@pytest.mark.shared
def test_route_files_and_library_give_the_same_rows(corpus_server: Served, corpus: Path) -> None:
    query = "?q=mode:shadow%20-status:failed&sort=-pnl"
    listed = corpus_server.ask(f"/api/v0/sessions_table{query}").json
    assert listed["total"] == 25
    assert listed["matching"] == len(listed["rows"]) > 3
    sessions = [row["session"] for row in listed["rows"]]
    csv = corpus_server.ask(f"/api/v0/sessions_table{query}&format=csv")
    assert "attachment" in csv.headers["content-disposition"]
    assert [line.split(",")[0] for line in csv.body.decode().splitlines()[1:]] == sessions
    parquet = corpus_server.ask(f"/api/v0/sessions_table{query}&format=parquet&hide=risk,dd")
    frame = pd.read_parquet(io.BytesIO(parquet.body))
    assert frame["session"].tolist() == sessions
    assert "risk" not in frame
    library = peak_trade.open(corpus).query("mode:shadow -status:failed", "-pnl")
    assert library["session_id"].tolist() == sessions


@pytest.mark.shared
def test_runs_are_asked_in_the_same_way(corpus_server: Served) -> None:
    listed = corpus_server.ask("/api/v0/runs_table?q=state:active").json
    assert [row["strategy"] for row in listed["rows"]] == ["ma_crossover"]
    assert corpus_server.ask("/api/v0/runs_table?rows=60").json["matching"] == listed["total"]


@pytest.mark.shared
def test_a_query_that_cannot_be_understood_is_refused(corpus_server: Served) -> None:
    answer = corpus_server.ask("/api/v0/sessions_table?q=pnl%3Cx")
    assert answer.status == 422
    assert "'x' is no number" in answer.json["detail"][0]["msg"]
    assert corpus_server.ask("/api/v0/sessions_table?sort=color").status == 422
