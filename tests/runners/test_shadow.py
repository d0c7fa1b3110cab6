"""Shadow runs in this process: the books, the four artifact families, and how a run ends."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from drawn import lists
from peak_trade import jsonio
from peak_trade.errors import MarketDataError, SettingsError
from peak_trade.runners.broker import MarketModel
from peak_trade.runners.feed import Span, file_feed, synthetic_feed
from peak_trade.runners.lifecycle import Labels
from peak_trade.runners.progress import Silent
from peak_trade.runners.risk import RiskLimits
from peak_trade.runners.shadow import Pace, run_shadow
from peak_trade.runners.strategies import STRATEGIES
from peak_trade.runners.trader import Totals
from peak_trade.writing import LogFormat, Recorder, RunWriter

from .support import Tree, check_books, closed_trades, closes, config, feed, output, shadow, shared

ALL = MarketModel(position_fraction=1.0)


@pytest.mark.shared
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
@pytest.mark.parametrize(
    "name",
    ["ETH-BTC_5m_kraken_format.csv", "XRP-USDT_5m_ohlcv.csv", "BCH-EUR_kraken_trades_b.csv"],
)
def test_books_add_up_on_real_data(tmp_path: Path, name: str, strategy: str) -> None:
    candles = file_feed(shared("market", name))
    shadow(tmp_path, candles, strategy, model=ALL)
    tree = Tree(tmp_path)
    frame = check_books(tree.run)
    assert len(frame) == candles.count
    assert frame["close"].tolist() == closes(candles)
    if name.startswith(("ETH", "XRP")):
        assert len(closed_trades(tree.trades)) >= 10


PRICES = st.integers(50, 150).map(float)


@settings(max_examples=40)
@given(
    rows=lists(st.tuples(PRICES, PRICES), 120, min_size=1),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    model=st.builds(
        MarketModel,
        fee_rate=st.floats(0, 0.05),
        slippage_bps=st.floats(0, 200),
        position_fraction=st.floats(0.01, 1.0),
    ),
    drawdown=st.none() | st.floats(0.001, 0.2),
    laps=st.integers(1, 3),
)
def test_books_add_up_on_random_candles(
    rows: list[tuple[float, float]],
    strategy: str,
    model: MarketModel,
    drawdown: float | None,
    laps: int,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        pace = Pace(loop=True, bars=len(rows) * laps)
        limits = RiskLimits(max_drawdown=drawdown)
        shadow(root, feed(rows), strategy, model=model, limits=limits, pace=pace)
        frame = check_books(Tree(root).run)
        assert len(frame) == len(rows) * laps
        seams = frame.iloc[len(rows) - 1 :: len(rows)]
        assert (seams["position_size"] == 0).all()


def test_a_signal_at_the_close_is_filled_at_the_next_open(tmp_path: Path) -> None:
    closes = [100.0] * 30 + [110.0, 120.0, 130.0] + [50.0] * 5
    opens = [number + 1000.0 for number in range(len(closes))]
    model = MarketModel(fee_rate=0.01, slippage_bps=50, position_fraction=0.5)
    shadow(tmp_path, feed(list(zip(opens, closes, strict=True))), model=model)
    tree = Tree(tmp_path)
    frame, trades = tree.events, tree.trades
    decided = frame.index[frame["signal_changed"]].tolist()
    assert frame.loc[decided, "signal"].tolist() == [1, -1]
    assert trades["step"].tolist() == [frame.loc[row + 1, "step"] for row in decided]
    assert trades["price"].tolist() == pytest.approx(
        [opens[decided[0] + 1] * 1.005, opens[decided[1] + 1] * 0.995]
    )
    assert frame["orders_generated"].sum() == frame["orders_filled"].sum() == 2
    assert [event["kind"] for event in tree.telemetry] == [
        *("intent", "gate", "order", "fill"),
        *("intent", "order", "fill"),
    ]
    bars = set(tree.events["ts_bar"])
    assert all(datetime.fromisoformat(line["ts_bar"]) in bars for line in tree.telemetry)
    of_fills = [line["ts_bar"] for line in tree.telemetry if line["kind"] == "fill"]
    assert pd.to_datetime(tree.trades["ts_bar"]).tolist() == pd.to_datetime(of_fills).tolist()
    bought = tree.telemetry[3]["payload"]
    assert bought["fill_notional"] == pytest.approx(bought["filled_quantity"] * trades["price"][0])
    assert bought["fill_fee"] == pytest.approx(bought["fill_notional"] * 0.01)
    assert bought["client_id"] == tree.telemetry[2]["payload"]["client_id"]


def test_both_formats_tell_the_same(tmp_path: Path) -> None:
    frames = {}
    for log_format in LogFormat:
        root = tmp_path / log_format
        shadow(root, synthetic_feed(bars=500), output=output(root, log_format))
        frames[log_format] = Tree(root).events.drop(columns="ts_event")
    pd.testing.assert_frame_equal(
        frames[LogFormat.CSV], frames[LogFormat.PARQUET], check_dtype=False
    )


def test_the_artifacts_are_linked(tmp_path: Path) -> None:
    labels = Labels(("nightly",), "notes é", ("peak-trade", "run", "shadow"))
    outcome = shadow(tmp_path, synthetic_feed(bars=300), labels=labels)
    tree = Tree(tmp_path)
    meta, session = tree.meta, tree.session
    assert tree.run.name == outcome.run_id == meta["run_id"] == session["run_id"]
    assert meta["config_snapshot"]["session_id"] == session["session_id"]
    assert {event["session_id"] for event in tree.telemetry} == {session["session_id"]}
    assert {alert["session_id"] for alert in tree.alerts} == {session["session_id"]}
    assert {alert["run_id"] for alert in tree.run_alerts} == {outcome.run_id}
    assert meta["config_snapshot"]["tags"] == ["nightly", "synthetic"]
    assert meta["config_snapshot"]["data"]["source"] == "synthetic"
    assert meta["notes"] == session["config"]["notes"] == "notes é"
    assert session["cli_args"] == ["peak-trade", "run", "shadow"]
    assert session["status"] == "completed"
    assert session["run_type"] == "live_session_shadow"
    metrics, last = session["metrics"], tree.events.iloc[-1]
    assert metrics["steps"] == 300
    assert metrics["realized_pnl"] == last["realized_pnl"]
    assert metrics["unrealized_pnl"] == last["unrealized_pnl"]
    assert metrics["num_orders"] == tree.events["orders_filled"].sum()
    assert metrics["open_positions"] == int(last["position_size"] > 0)
    equity = tree.events["equity"]
    assert metrics["max_drawdown"] == pytest.approx((equity / equity.cummax() - 1).min())


@pytest.mark.shared
def test_every_record_is_valid_by_the_contract(tmp_path: Path) -> None:
    shadow(tmp_path, synthetic_feed(bars=300), limits=RiskLimits(max_position=1.0))
    tree = Tree(tmp_path)
    records: dict[str, list[dict[str, Any]]] = {
        "run_meta": [tree.meta],
        "session_record": [tree.session],
        "run_alert_line": tree.run_alerts,
        "alert_line": tree.alerts,
        "execution_event_line": tree.telemetry,
    }
    for name, lines in records.items():
        path = shared("contract", "schemas", f"artifact_{name}.json")
        schema = jsonio.loads(path.read_bytes())
        schema["required"] = sorted(schema["properties"])
        assert lines
        for line in lines:
            Draft202012Validator(schema).validate(line)


def test_the_name_of_a_run_tells_what_it_is(tmp_path: Path) -> None:
    outcome = shadow(tmp_path, synthetic_feed("5m", 3), "rsi_reversion")
    stamp, clock_time, *words = outcome.run_id.split("_")
    assert "_".join(words) == "shadow_rsi_reversion_BTC-EUR_5m"
    started = datetime.fromisoformat(Tree(tmp_path).meta["started_at"])
    assert f"{started:%Y%m%d_%H%M%S}" == f"{stamp}_{clock_time}"
    assert started.utcoffset() == timedelta(0)


def test_two_starts_in_one_second_are_two_runs(tmp_path: Path) -> None:
    ids = {shadow(tmp_path, synthetic_feed(bars=1)).run_id for _ in range(4)}
    assert len(ids) == len(Tree(tmp_path).runs) == 4


def test_a_run_is_never_continued(tmp_path: Path) -> None:
    shadow(tmp_path, synthetic_feed(bars=60), run_id="mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(SettingsError, match="'mine' exists already"):
        shadow(tmp_path, synthetic_feed(bars=60), run_id="mine")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("run_id", ["..", "a/b", "a\\b", "x" * 201, "a\nb", "a\x00", "alerts"])
def test_ids_that_cannot_name_a_run_are_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(SettingsError, match="cannot name a run"):
        shadow(tmp_path, synthetic_feed(bars=1), run_id=run_id)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_says_so(tmp_path: Path) -> None:
    class Stumbling(Silent):
        def started(self, recorder: Recorder, total: int | None) -> None:
            assert total == 300

        def stepped(self, totals: Totals) -> None:
            if totals.steps == 77:
                raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        run_shadow(config(tmp_path), synthetic_feed(bars=300), Stumbling())
    tree = Tree(tmp_path)
    assert tree.session["status"] == "failed"
    assert tree.session["error"] == "ValueError: no more"
    assert tree.session["metrics"]["steps"] == 77
    assert tree.meta["ended_at"] is not None
    assert len(check_books(tree.run)) == 77
    assert tree.telemetry[-1]["payload"] == {"error": "ValueError: no more"}
    assert tree.run_alerts[-1]["rule_id"] == "run_failed"
    assert tree.alerts[-1]["severity"] == "CRITICAL"


def test_the_registry_learns_of_a_failure_even_if_nothing_else_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(writer: RunWriter) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunWriter, "flush", fail)
    with pytest.raises(OSError, match="No space left"):
        shadow(tmp_path, synthetic_feed(bars=300))
    assert Tree(tmp_path).session["status"] == "failed"
    assert "No space left" in Tree(tmp_path).session["error"]


def test_candles_that_cannot_be_traded_on_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    lines = [
        "time,open,high,low,close,volume",
        "1767225600,1,1,1,1,1",
        "1767225660,1,,1,1,1",
        "1767225720,1,1,0,1,1",
    ]
    path.write_text("\n".join([*lines, "1767225780,2,2,2,2,", ",1,1,1,1,1"]))
    candles = file_feed(path)
    assert closes(candles) == [1.0, 2.0]
    assert candles.notices == (
        "file.csv: 1 lines without a time, first: 6",
        "2 candles without four prices above zero are left out",
    )
    shadow(tmp_path, candles)
    assert Tree(tmp_path).events["volume"].isna().tolist() == [False, True]


def test_a_span_of_time_begins_with_start_and_stops_before_end(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    rows = [f"{1767225600 + 60 * minute},1,1,1,{minute + 1},1" for minute in range(10)]
    path.write_text("\n".join(["time,open,high,low,close,volume", *rows]))
    start, end = (datetime.fromisoformat(f"2026-01-01T00:0{minute}Z") for minute in (2, 5))
    assert closes(file_feed(path, None, Span(start, end))) == [3, 4, 5]
    with pytest.raises(MarketDataError, match=r"file\.csv, whose candles .*: no candle"):
        file_feed(path, None, Span(end, start))


@pytest.mark.parametrize("speed", [-1.0, float("nan")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(SettingsError, match="speed"):
        Pace(speed=speed)
