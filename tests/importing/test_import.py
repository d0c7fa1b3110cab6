"""`peak-trade import`: fills and results of other programs, as runs with the same numbers."""

from __future__ import annotations

import os
import pickle
import sqlite3
import warnings
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from backtesting import Backtest, Strategy
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import peak_trade
from peak_trade.checking.check import check_run
from peak_trade.cli import app
from peak_trade.importing.fills import Account, Fill
from peak_trade.importing.pickled import Unknown, load_tables

ORDERS = (
    "CREATE TABLE orders (id INTEGER, ft_trade_id INTEGER, ft_order_side TEXT, ft_pair TEXT,"
    " order_id TEXT, status TEXT, side TEXT, price FLOAT, average FLOAT, amount FLOAT,"
    " filled FLOAT, order_date DATETIME, order_filled_date DATETIME, ft_fee_base FLOAT)"
)
TRADES = (
    "CREATE TABLE trades (id INTEGER, exchange TEXT, pair TEXT, is_open BOOLEAN, fee_open FLOAT,"
    " fee_close FLOAT, open_rate FLOAT, close_rate FLOAT, amount FLOAT, open_date DATETIME,"
    " close_date DATETIME, strategy TEXT, timeframe INTEGER, is_short BOOLEAN)"
)


def run_import(root: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["import", *words, "--root", str(root)])
    return result.exit_code, result.output


def only_run(root: Path) -> Any:
    library = peak_trade.open(root)
    (run_id,) = library.runs()["run_id"]
    assert list(check_run(root / "live_runs" / run_id)) == []
    return library.run(run_id)


def database(path: Path, *, with_orders: bool = True) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(TRADES)
        day = "2026-01-0{} 12:00:00.000000"
        rows: list[Any] = [
            (1, "kraken", "BTC/EUR", 0, 0.002, 0.002, 100.0, 110.0, 2.0, day.format(1)),
            (2, "kraken", "BTC/EUR", 1, 0.002, None, 120.0, None, 1.0, day.format(3)),
        ]
        for number, row in enumerate(rows):
            values: Any = (*row, day.format(2) if number == 0 else None, "Mine", 5, 0)
            connection.execute(f"INSERT INTO trades VALUES ({','.join('?' * len(values))})", values)
        if with_orders:
            connection.execute(ORDERS)
            orders = [
                (1, 1, "buy", "BTC/EUR", "A", "closed", "buy", 101.0, 100.0, 2.0, 2.0, 1),
                (2, 1, "stoploss", "BTC/EUR", "B", "closed", "sell", 111.0, 110.0, 2.0, 2.0, 2),
                (3, 2, "buy", "BTC/EUR", "C", "closed", "buy", 120.0, None, 1.0, 1.0, 3),
                (4, 2, "sell", "BTC/EUR", "D", "open", "sell", 130.0, None, 1.0, 0.0, 4),
            ]
            for *order, number in orders:
                values = (*order, day.format(number), day.format(number), None)
                places = ",".join("?" * len(values))
                connection.execute(f"INSERT INTO orders VALUES ({places})", values)
    return path


@pytest.mark.parametrize("with_orders", [True, False])
def test_a_database_of_freqtrade(tmp_path: Path, with_orders: bool) -> None:
    path = database(tmp_path / "tradesv3.sqlite", with_orders=with_orders)
    before = path.read_bytes()
    code, output = run_import(tmp_path, str(path), "--from", "freqtrade", "--start-balance", "1000")
    assert code == 0, output
    assert path.read_bytes() == before
    run = only_run(tmp_path)
    assert (run.meta.strategy_name, run.meta.symbol, run.meta.timeframe) == (
        *("Mine", "BTC/EUR", "5m"),
    )
    statistics = run.statistics["value"]
    profit = 2 * (110 - 100) - 0.4 - 0.44
    assert statistics["net_profit"] == pytest.approx(profit)
    assert statistics["trades"] == 1
    assert statistics["fees"] == pytest.approx(0.4 + 0.44 + 0.24)
    assert statistics["end_equity"] == pytest.approx(1000 + profit - 0.24)


def test_a_fee_in_coins_is_taken_off_the_bought_ones(tmp_path: Path) -> None:
    path = database(tmp_path / "t.sqlite")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE orders SET ft_fee_base = 0.01 WHERE id = 1")
        connection.execute("UPDATE orders SET filled = 1.99 WHERE id = 2")
    assert run_import(tmp_path, str(path), "--from", "freqtrade")[0] == 0
    run = only_run(tmp_path)
    profit = 1.99 * 110 * (1 - 0.002) - 2 * 100
    assert run.statistics["value"]["net_profit"] == pytest.approx(profit)


@pytest.mark.parametrize(
    ("with_orders", "paid"),
    [
        (True, "ALTER TABLE orders ADD COLUMN funding_fee FLOAT DEFAULT -0.5"),
        (False, "ALTER TABLE trades ADD COLUMN funding_fees FLOAT DEFAULT -1.0"),
    ],
)
def test_funding_of_a_position_is_in_its_profit(
    tmp_path: Path, with_orders: bool, paid: str
) -> None:
    path = database(tmp_path / "t.sqlite", with_orders=with_orders)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(paid)
    assert run_import(tmp_path, str(path), "--from", "freqtrade")[0] == 0
    profit = 2 * (110 - 100) - 0.4 - 0.44 - 1.0
    assert only_run(tmp_path).statistics["value"]["net_profit"] == pytest.approx(profit)


class Crossing(Strategy):  # type: ignore[misc]
    def init(self) -> None:
        self.mean = self.I(lambda close: pd.Series(close).rolling(10).mean(), self.data.Close)

    def next(self) -> None:
        if not self.position and self.data.Close[-1] > self.mean[-1]:
            self.buy(size=0.5)
        elif self.position and self.data.Close[-1] < self.mean[-1]:
            self.position.close()


def result() -> Any:
    """Return a result of the peer, which uses names that pandas wants no longer."""
    warnings.simplefilter("ignore")
    random = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, 300)))
    opens = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    index = pd.date_range("2026-01-01", periods=300, freq="1h")
    frame = pd.DataFrame(
        {"Open": opens, "High": high, "Low": low, "Close": close, "Volume": 1.0}, index=index
    )
    return Backtest(frame, Crossing, cash=10_000, commission=0.002, finalize_trades=True).run()


def test_a_result_of_backtesting(tmp_path: Path) -> None:
    stats = result()
    stats.to_pickle(tmp_path / "stats.pickle")
    words = ("--from", "backtesting", "--symbol", "BTC/USD", "--strategy", "crossing")
    code, output = run_import(tmp_path, str(tmp_path / "stats.pickle"), *words)
    assert code == 0, output
    run = only_run(tmp_path)
    statistics = run.statistics["value"]
    assert statistics["end_equity"] == pytest.approx(stats["Equity Final [$]"], rel=1e-12)
    assert statistics["trades"] == stats["# Trades"]
    assert statistics["net_profit"] == pytest.approx(stats["_trades"]["PnL"].sum(), rel=1e-9)
    assert statistics["win_rate"] == pytest.approx(stats["Win Rate [%]"] / 100)
    assert statistics["max_drawdown"] == pytest.approx(stats["Max. Drawdown [%]"] / 100)
    assert run.events["equity"].tolist() == stats["_equity_curve"]["Equity"].tolist()


class Bomb:
    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.place),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_in_a_pickle_is_executed(tmp_path: Path, protocol: int) -> None:
    path, place = tmp_path / "x.pickle", tmp_path / "made"
    path.write_bytes(pickle.dumps({"a": Bomb(place), "b": [getattr, eval, print]}, protocol))
    loaded = load_tables(path)
    assert isinstance(loaded["a"], Unknown)
    assert not place.exists()
    code, output = run_import(tmp_path, str(path), "--from", "backtesting", "--symbol", "A/B")
    assert (code, "is no result of backtesting.py" in output) == (2, True)
    assert not (tmp_path / "live_runs").exists()


KRAKEN = """txid,ordertxid,pair,time,type,ordertype,price,cost,fee,vol,margin,misc,ledgers
T1,O1,BTC/EUR,2026-01-01 10:00:00.1234,buy,limit,100,200,0.4,2,0,,L1
T2,O2,ETH/EUR,2026-01-01 11:00:00.1234,buy,limit,10,10,0.1,1,0,,L2
T3,O3,BTC/EUR,2026-01-02 10:00:00.1234,sell,market,110,220,0.44,2,0,,L3
"""
PLAIN = "Timestamp,Side,Quantity,Price\n1767261600,BUY,2,100\n1767348000000,sell,2,110\n"


def test_fills_of_an_exchange(tmp_path: Path) -> None:
    (tmp_path / "trades.csv").write_text(KRAKEN)
    code, output = run_import(tmp_path, str(tmp_path / "trades.csv"), "--from", "csv")
    assert (code, output.count("run 20260101_")) == (0, 2)
    runs = peak_trade.open(tmp_path).runs()
    assert sorted(runs["symbol"]) == ["BTC/EUR", "ETH/EUR"]
    run = peak_trade.open(tmp_path).run(runs[runs["symbol"] == "BTC/EUR"]["run_id"].iloc[0])
    assert run.statistics["value"]["net_profit"] == pytest.approx(20 - 0.84)


def test_fills_with_few_columns(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(PLAIN)
    words = (str(tmp_path / "f.csv"), "--from", "csv")
    code, output = run_import(tmp_path, *words)
    assert (code, "give it, such as --symbol BTC/EUR" in output) == (2, True)
    assert not (tmp_path / "live_runs").exists()
    assert run_import(tmp_path, *words, "--symbol", "BTC/EUR", "--run-id", "mine")[0] == 0
    assert only_run(tmp_path).statistics["value"]["net_profit"] == pytest.approx(20)
    code, output = run_import(tmp_path, *words, "--symbol", "BTC/EUR", "--run-id", "mine")
    assert (code, "'mine' exists already" in output) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no column for the time"),
        ("time,side,quantity\n", "line 1: no column for the price"),
        ("time,side,quantity,price\n", "no fill"),
        (
            "time,side,quantity,price\n1000000000,buy,1,1\n\n1000000000,hold,1,1\n",
            "line 4, column 'side': 'hold'",
        ),
        ("time,side,quantity,price\n1,buy,0,1\n", "line 2, column 'quantity': '0' is not above 0"),
        ('time,side,quantity,price\n1,buy,1,"1,5"\n', "column 'price': '1,5' is not a number"),
        ("time,side,quantity,price\nnoon,buy,1,1\n", "column 'time': 'noon' is neither"),
        ("time;side;quantity;price\n1;buy;1;1\n", "';' is between the columns, not ','"),
        ("time,side,quantity,price\n1,buy,1,0\n", "line 2, column 'price': '0' is not above 0"),
        ("time,side,quantity,price\n46037.5,buy,1,1\n", "a day as a spreadsheet counts them"),
        ("time,side,quantity,price\n20260115,buy,1,1\n", "a date without dashes"),
        ("time,side,quantity,price\n1.76723E+12,buy,1,1\n", "have lost their last digits"),
        (
            "time,side,quantity,price,fee,Fee Coin\n1,buy,1,1,0.1,BNB\n",
            "'BNB' is neither currency of BTC/EUR",
        ),
    ],
)
def test_what_cannot_be_understood_is_told_and_nothing_is_written(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "f.csv").write_text(text)
    words = (str(tmp_path / "f.csv"), "--from", "csv", "--symbol", "BTC/EUR")
    code, output = run_import(tmp_path, *words)
    assert code == 2
    assert message in output.replace("\n", " ")
    assert not (tmp_path / "live_runs").exists()


@pytest.mark.parametrize(
    ("fees", "profit"),
    [
        (["0.2,EUR", "0.22,EUR"], 20 - 0.42),
        (["0.2,ZEUR", "0.22,zeur"], 20 - 0.42),
        (["0.02,XBT", "0.22,EUR"], 1.98 * 110 - 200 - 0.22),
        (["0.02,BTC", "0.22,EUR"], 1.98 * 110 - 200 - 0.22),
    ],
)
def test_a_fee_is_in_the_currency_that_the_file_names(
    tmp_path: Path, fees: list[str], profit: float
) -> None:
    sold = 2.0 if "EUR" in fees[0] else 1.98
    rows = f"1767261600000000,buy,2,100,{fees[0]}\n1767348000000000000,sell,{sold},110,{fees[1]}\n"
    (tmp_path / "f.csv").write_text(f"time,side,qty,price,commission,commissionAsset\n{rows}")
    words = (str(tmp_path / "f.csv"), "--from", "csv", "--symbol", "BTC/EUR")
    assert run_import(tmp_path, *words)[0] == 0
    assert only_run(tmp_path).statistics["value"]["net_profit"] == pytest.approx(profit)


def test_fills_of_exports_that_overlap_count_once(tmp_path: Path) -> None:
    (tmp_path / "trades.csv").write_text(KRAKEN + "".join(KRAKEN.splitlines(keepends=True)[1:]))
    assert run_import(tmp_path, str(tmp_path / "trades.csv"), "--from", "csv")[0] == 0
    library = peak_trade.open(tmp_path)
    assert sorted(len(library.run(name).trades) for name in library.runs()["run_id"]) == [1, 2]


def test_fills_of_one_number_that_differ_all_count(tmp_path: Path) -> None:
    rows = [f"2026-01-01T10:00:0{second},buy,1,100,order-1\n" for second in (0, 1, 1)]
    (tmp_path / "f.csv").write_text("time,side,qty,price,txid\n" + "".join(rows))
    words = (str(tmp_path / "f.csv"), "--from", "csv", "--symbol", "BTC/EUR")
    assert run_import(tmp_path, *words)[0] == 0
    assert len(only_run(tmp_path).trades) == 2, "the third is the second again"


def test_a_trade_whose_order_is_not_filled_is_no_fill(tmp_path: Path) -> None:
    path = database(tmp_path / "t.sqlite")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE orders SET filled = NULL, status = 'open' WHERE id = 3")
    assert run_import(tmp_path, str(path), "--from", "freqtrade")[0] == 0
    assert len(only_run(tmp_path).trades) == 2
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE orders SET filled = 0")
    code, output = run_import(tmp_path / "other", str(path), "--from", "freqtrade")
    assert (code, "no filled order" in output) == (2, True)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE orders SET order_filled_date = NULL, order_date = NULL",
        "UPDATE orders SET filled = 'much'",
        "UPDATE orders SET average = NULL, price = NULL",
        "UPDATE orders SET ft_fee_base = 3",
    ],
)
def test_a_damaged_database_is_refused_with_its_place(tmp_path: Path, damage: str) -> None:
    path = database(tmp_path / "t.sqlite")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    code, output = run_import(tmp_path, str(path), "--from", "freqtrade")
    assert (code, "error: " in output) == (2, True)
    assert not (tmp_path / "live_runs").exists()


def test_trades_of_a_result_that_are_not_over_are_refused_with_their_number(tmp_path: Path) -> None:
    stats = result()
    stats["_trades"] = stats["_trades"].astype({"ExitBar": float})
    stats["_trades"].loc[1, "ExitBar"] = float("nan")
    stats.to_pickle(tmp_path / "s.pickle")
    words = (str(tmp_path / "s.pickle"), "--from", "backtesting", "--symbol", "BTC/USD")
    code, output = run_import(tmp_path, *words)
    assert (code, "trade 2 cannot be understood" in output) == (2, True)


@pytest.mark.parametrize("origin", ["freqtrade", "backtesting", "csv"])
def test_other_files_are_refused(tmp_path: Path, origin: str) -> None:
    (tmp_path / "f").write_bytes(b"\x00\xff other")
    for name in ("f", "missing"):
        words = (str(tmp_path / name), "--from", origin, "--symbol", "BTC/EUR")
        assert run_import(tmp_path, *words)[0] == 2
    assert not (tmp_path / "live_runs").exists()


PRICES = st.floats(0.01, 1e6)


@given(st.lists(st.tuples(st.sampled_from(["buy", "sell"]), PRICES, PRICES, st.floats(0, 10))))
def test_the_books_add_up(rows: list[tuple[Any, float, float, float]]) -> None:
    account, moment = Account(1000.0), datetime(2026, 1, 1, tzinfo=UTC)
    size = 1000.0
    for side, quantity, price, fee in rows:
        account.take(Fill(moment, side, quantity, price, fee))
        size += 2 * quantity * price
        row = account.row(price)
        gains = 1000.0 + row["realized_pnl"] + row["unrealized_pnl"]
        assert row["equity"] == pytest.approx(gains, abs=1e-7 * size)
