"""Objects of the library: their frames, what they say of themselves, and what they miss."""

from __future__ import annotations

import doctest
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import peak_trade
from conftest import CORPUS_NOW
from contract.tree import HOSTILE, NOW, Tree, alert, event, rich_tree, telemetry
from peak_trade.contract.base.query import QueryError
from peak_trade.errors import NotFoundError, UnlistedError
from peak_trade.library import artifacts as opened
from peak_trade.library import run as runs
from serving import wait_until

CONTROL = "\x1b[31m\x07\u202e"


class Tags(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_lists_and_queries_have_the_same_columns(tree: Tree) -> None:
    tree.run("a", [event(1)])
    tree.run("b", [event(1)], mode="paper")
    tree.session("s", metrics={"realized_pnl": -3.0, "max_drawdown": 0.25})
    artifacts = peak_trade.open(tree.root)
    found = artifacts.query("mode:paper", of="runs")
    assert found["run_id"].tolist() == ["b"]
    assert found.columns.tolist() == artifacts.runs().columns.tolist()
    sessions = artifacts.query("pnl<0")
    assert sessions.columns.tolist() == artifacts.sessions().columns.tolist()
    assert (sessions["max_drawdown"].item(), sessions["state"].item()) == (-0.25, "ended")
    with pytest.raises(QueryError, match="nonsense"):
        artifacts.query("nonsense<1", of="runs")


def test_runs_that_nothing_has_read_are_found_by_their_metrics(tree: Tree) -> None:
    tree.run("won", [event(1), event(2)])
    tree.run("lost", [event(1, equity=10.0), event(2, equity=9.0)])
    artifacts = peak_trade.open(tree.root)
    assert artifacts.query("return<0", of="runs")["run_id"].tolist() == ["lost"]
    assert artifacts.runs().set_index("run_id")["gain"].to_dict() == {
        "won": pytest.approx(1 / 1001),
        "lost": pytest.approx(-0.1),
    }


def test_a_run_has_its_rows_as_frames(tree: Tree) -> None:
    columns = ("step", "ts_event", "ts_bar", "equity", "price", "orders_filled", "orders_blocked")
    rows = [
        {
            **event(step, price=100.0 + step, orders_filled=int(step == 2)),
            "ts_bar": event(step)["ts_event"],
        }
        for step in range(1, 5)
    ]
    directory = tree.run("r", rows, *columns)
    tree.write(directory / "trades.csv", "ts,side,price\n2026-01-15T17:32:00+00:00,buy,102\n")
    run = peak_trade.open(tree.root).run("r")
    assert run.candles["close"].tolist() == [101.0, 102.0, 103.0, 104.0]
    assert run.trades["side"].tolist() == ["buy"]
    assert run.orders["step"].tolist() == [2]
    assert str(run.equity.index.dtype).endswith("UTC]")
    assert run.stats().loc["end_equity", "value"] == run.snapshot()["equity"] == 1004.0
    assert run.stats().attrs["basis"]["bars_per_year"] == 365 * 24 * 60
    assert set(run.books()["status"]) <= {"ok", "failed", "unchecked"}
    assert next(stage["name"] for stage in run.funnel()["stages"]) == "signal"
    assert run.drift(run)["first"] is None


def test_what_cannot_be_listed_stands_in_the_cell(tree: Tree) -> None:
    tree.run("r", [event(1)])
    artifacts = peak_trade.open(tree.root)
    tree.runs.rename(tree.root / "kept")
    tree.write(tree.runs, "")
    tree.write(tree.sessions, "")
    for text in artifacts._repr_mimebundle_().values():
        assert "live_runs: not a directory; live_sessions: not a directory" in text
    with pytest.raises(UnlistedError, match="live_runs cannot be listed"):
        artifacts.runs()
    tree.runs.unlink()
    (tree.root / "kept").rename(tree.runs)
    assert "not known" in repr(artifacts)
    assert "runs: 1" in repr(artifacts)


def test_a_run_says_its_state_in_words(tree: Tree) -> None:
    tree.run("silent", [event(1)])
    tree.run("over", [event(1)], ended_at="2026-01-15T18:00:00+00:00")
    artifacts = peak_trade.open(tree.root)
    silent, over = artifacts.run("silent"), artifacts.run("over")
    found = silent.freshness()
    assert found["state"] in {"stale", "crashed"}
    for text in silent._repr_mimebundle_().values():
        assert f"{found['state']}: {found['reason']}" in text
    assert "silent since 2026-01-15T17:" in found["reason"]
    for text in over._repr_mimebundle_().values():
        assert "ended 2026-01-15 18:00:00 UTC" in text
    said: list[str] = []
    silent.reader.soon(lambda: said.append(repr(silent)))  # where nothing can be waited for
    wait_until(lambda: bool(said), "the words of a run on the loop of the library")
    silent.reader.close()
    assert said == [repr(silent)]
    assert "silent" in said[0]


def test_what_a_run_says_of_itself_has_the_digits_of_the_pages(tree: Tree) -> None:
    tree.run("coins", [event(1, equity=0.05), event(2, equity=0.04897)], symbol="ETH/BTC")
    tree.run("yen", [event(1, equity=1_234_567.4)], symbol="BTC/JPY")
    tree.session("s", symbol="ETH/BTC", metrics={"realized_pnl": -0.0010259})
    artifacts = peak_trade.open(tree.root)
    found = artifacts.run("coins")._repr_mimebundle_()
    assert all("0.04897 BTC" in text for text in found.values())
    assert "equity from 0.04897 BTC to 0.05 BTC" in found["text/html"]
    assert "1,234,567 JPY" in repr(artifacts.run("yen"))
    assert "-0.0010259 BTC" in repr(artifacts.session("s"))


def test_a_directory_or_a_list_that_there_is_not_is_no_empty_one(tree: Tree) -> None:
    with pytest.raises(NotFoundError, match=r"no directory .*nowhere"):
        peak_trade.open(tree.root / "nowhere")
    assert len(peak_trade.open(tree.root).runs()) == 0  # nothing has written yet
    with pytest.raises(ValueError, match="there are runs and sessions"):
        peak_trade.open(tree.root).query("pnl<0", of="trades")  # type: ignore[arg-type]


@pytest.mark.parametrize("equity", [[], [-5.0, -6.0], [1.0, 2.0]])
def test_a_statistic_without_a_value_is_none(tree: Tree, equity: list[float]) -> None:
    tree.run("r", [event(step, equity=value) for step, value in enumerate(equity, start=1)])
    run = peak_trade.open(tree.root).run("r")
    for frame in (run.stats(), run.stats().loc[["sharpe", "beta"]]):
        missing = frame[frame["reason"] != ""]["value"]
        assert len(missing)
        assert all(value is None for value in missing)


def test_a_run_without_rows_has_empty_frames(tree: Tree) -> None:
    tree.run("empty")
    run = peak_trade.open(tree.root).run("empty")
    frames = (run.events, run.equity, run.candles, run.trades, run.closed_trades, run.orders)
    assert [len(frame) for frame in (*frames, run.alerts)] == [0] * 7
    assert "empty" in repr(run)


def test_a_session_joins_registry_run_and_telemetry(tree: Tree) -> None:
    tree.run("r", [event(1)])
    tree.session("s", run_id="r")
    tree.log("s", telemetry(NOW, "order", "s"))
    tree.alerts("2026-01-15", alert(NOW, session_id="s"), alert(NOW, "other"))
    artifacts = peak_trade.open(tree.root)
    session = artifacts.session("s")
    assert session.run is not None
    assert session.run.run_id == "r"
    assert session.telemetry["kind"].tolist() == ["order"]
    assert session.alerts["session_id"].tolist() == ["s"]
    assert artifacts.telemetry()["log_id"].tolist() == ["s"]


def test_keys_are_ids_of_runs_and_sessions(tree: Tree) -> None:
    tree.run("20260115_run", [event(1)])
    tree.session("session_1")
    artifacts = peak_trade.open(tree.root)
    assert artifacts._ipython_key_completions_() == ["20260115_run", "session_1"]
    assert isinstance(artifacts["20260115_run"], peak_trade.library.Run)
    assert isinstance(artifacts["session_1"], peak_trade.library.Session)


@pytest.mark.parametrize("ask", ["run", "session", "telemetry", "__getitem__"])
def test_what_is_not_there_is_said_with_what_is(tree: Tree, ask: str) -> None:
    tree.run("known_one", [event(1)])
    tree.session("known_one")
    tree.log("known_one", telemetry(NOW, "order", "known_one"))
    artifacts = peak_trade.open(tree.root)
    with pytest.raises(NotFoundError, match="nearest: 'known_one'"):
        getattr(artifacts, ask)("known_on")
    of_the_index = artifacts.runs().index[0]  # the ids are a column
    with pytest.raises(NotFoundError, match=r"no .* Timestamp"):
        getattr(artifacts, ask)(of_the_index)


def test_an_empty_directory_is_said(tree: Tree) -> None:
    with pytest.raises(NotFoundError, match="none at all"):
        peak_trade.open(tree.root).run("x")


def test_a_comparison_has_a_column_for_each_run(tree: Tree) -> None:
    tree.run("a", [event(1), event(2)])
    tree.run("b", [event(2), event(3)])
    artifacts = peak_trade.open(tree.root)
    compared = peak_trade.compare(artifacts.run("a"), artifacts.run("b"))
    assert compared.equity.shape == (3, 2)
    assert list(compared.stats.loc["end_equity"]) == [1002.0, 1003.0]
    assert compared.drift()["only_right"] == 1
    with pytest.raises(ValueError, match="two to 6"):
        peak_trade.compare(artifacts.run("a"))
    with pytest.raises(ValueError, match="of one id"):
        peak_trade.compare(artifacts.run("a"), artifacts.run("a"))
    with pytest.raises(TypeError, match=r"artifacts\.run"):
        peak_trade.compare("a", "b")  # type: ignore[arg-type]


def test_who_opens_the_same_again_shares_what_was_read(tree: Tree) -> None:
    tree.run("a", [event(1)])
    first, second = peak_trade.open(tree.root), peak_trade.open(tree.root)
    assert first.run("a").state is second.run("a").state


def of_everything(artifacts: Any) -> list[Any]:
    runs = [artifacts.run(run_id) for run_id in artifacts.runs()["run_id"]]
    sessions = [artifacts.session(name) for name in artifacts.sessions()["session_id"]]
    return [artifacts, *runs, *sessions, peak_trade.compare(*runs[:2])]


def test_nothing_of_an_artifact_gets_through_as_markup_or_control(tree: Tree) -> None:
    rich_tree(tree.root)
    odd = HOSTILE + CONTROL + "long " * 1_000
    tree.run(
        "odd", [event(1), event(2)], mode=odd, strategy_name=odd, symbol=f"A/{odd}", timeframe=odd
    )
    tree.session("odd", mode=odd, env_name=odd, symbol=odd, status=odd)
    for thing in of_everything(peak_trade.open(tree.root)):
        shown = thing._repr_mimebundle_()
        assert shown["text/plain"] == repr(thing)
        for text in shown.values():
            assert not re.search("(long ){50}", text)
            assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) == []
        tags = Tags()
        tags.feed(shown["text/html"])
        assert tags.names <= {
            *("p", "strong", "div", "small", "br", "b", "svg", "title", "polyline"),
            *("table", "thead", "tbody", "tr", "th", "td"),
        }
        assert not any(name.startswith("on") for name in tags.attributes)


@pytest.mark.shared
@pytest.mark.parametrize("module", [runs, opened])
def test_examples_of_the_docstrings_hold(
    module: Any, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", CORPUS_NOW)
    examples = {"artifacts": peak_trade.open(corpus)}
    failed, tried = doctest.testmod(module, extraglobs=examples)
    assert tried > 2
    assert failed == 0
