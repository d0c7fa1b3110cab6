"""`docs/your_own_bot.md` is true: its bots run, its commands too, and the console reads it all."""

from __future__ import annotations

import runpy
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ccxt
import pandas as pd
import pytest

import peak_trade
from exchange.stand_in import StandIn
from guides import blocks
from importing.test_import import database, result
from runners.support import Tree, environment
from serving import PEAK_TRADE

BLOCKS = {block.title: block for block in blocks("your_own_bot")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(here: Path, title: str) -> Path:
    BLOCKS[title].write(here)
    return here / title


def peak_trade_command(here: Path, line: str) -> subprocess.CompletedProcess[str]:
    program, *words = shlex.split(line)
    assert program == "peak-trade"
    return subprocess.run(
        [*PEAK_TRADE, *words], cwd=here, env=environment(), capture_output=True, text=True
    )


def check(here: Path) -> Any:
    """Let the program check what was written; return its runs as the console has them."""
    checked = peak_trade_command(here, BLOCKS["check"].text)
    assert (checked.returncode, checked.stdout) == (0, "")
    return peak_trade.open(here)


@pytest.mark.parametrize("title", ["shortest.py", "parts.py"])
def test_a_script(here: Path, title: str) -> None:
    script = write(here, title)
    subprocess.run([sys.executable, "-W", "error", script], cwd=here, env=environment(), check=True)
    library = check(here)
    assert len(library.runs()) == 1
    assert library.sessions()["status"].tolist() == ["completed"]
    assert len(library.alerts()) > 0


def test_a_loop_of_ccxt(here: Path) -> None:
    now = int(datetime.now(UTC).timestamp()) // 60 * 60
    wave = [100 + (i // 15 % 2 or -1) * (i % 15) for i in range(200)]
    candles = [(now - 60 * (199 - i), c, c + 1, c - 1, c, 1.0) for i, c in enumerate(wave)]
    with StandIn(candles=candles, visible=150) as stand_in:
        exchange = ccxt.kraken()
        exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], stand_in.url + "")
        trade = runpy.run_path(str(write(here, "ccxt_loop.py")))["trade"]

        def wait(_seconds: float) -> None:
            stand_in.visible += 20

        trade(exchange, bars=180, wait=wait)
    tree, library = Tree(here), check(here)
    events = tree.events
    assert (
        events["equity"] - events["cash"] - events["position_size"] * events["price"]
    ).abs().max() < 1e-9
    gains = 1000 + events["realized_pnl"] + events["unrealized_pnl"]
    assert (events["equity"] - gains).abs().max() < 1e-9
    assert not events["ts_bar"].duplicated().any()
    values = library.run(tree.run.name).statistics["value"]
    assert values["trades"] == len(tree.trades) // 2 > 2
    assert values["net_profit"] == pytest.approx(events["realized_pnl"].iloc[-1])
    assert values["end_equity"] == pytest.approx(events["equity"].iloc[-1])


def test_a_strategy_of_freqtrade(here: Path) -> None:
    console = runpy.run_path(str(write(here, "freqtrade_console.py")))["Console"]
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    candles: list[dict[str, Any]] = []
    amounts = {"EUR": 1000.0, "BTC": 0.0}

    class Mine(console):  # type: ignore[misc,valid-type]
        timeframe = "5m"
        config = {"runmode": SimpleNamespace(value="dry_run"), "exchange": {"name": "kraken"}}  # noqa: RUF012
        wallets = SimpleNamespace(get_free=amounts.get, get_total=amounts.get)
        dp = SimpleNamespace(
            current_whitelist=lambda: ["BTC/EUR"],
            get_analyzed_dataframe=lambda _pair, _timeframe: (pd.DataFrame(candles), begin),
        )

    strategy = Mine()
    strategy.bot_start()
    fill = SimpleNamespace(ft_order_side="buy", safe_price=100.0, safe_filled=2.0, order_id="A")
    trade = SimpleNamespace(fee_open=0.001, fee_close=0.001, entry_side="buy", exit_reason="")
    for number, close in enumerate([100.0, 101.0, 102.0, 103.0]):
        moment = pd.Timestamp(begin + number * timedelta(minutes=5))
        candles.append({"date": moment, "close": close, "enter_long": number == 0})
        strategy.bot_loop_start(moment)
        strategy.bot_loop_start(moment)
        if number == 0:
            strategy.order_filled("BTC/EUR", trade, fill, moment)
            amounts |= {"EUR": 799.8, "BTC": 2.0}
        if number == 2:
            fill.ft_order_side, fill.safe_price, trade.exit_reason = "stoploss", 102.0, "stop_loss"
            strategy.order_filled("BTC/EUR", trade, fill, moment)
            amounts |= {"EUR": 1003.596, "BTC": 0.0}
    for recorder, _ in strategy.recorders.values():
        recorder.finish("completed", recorder.run.metrics)
    library = check(here)
    (run_id,) = library.runs()["run_id"]
    values = library.run(run_id).statistics["value"]
    assert values["end_equity"] == 1003.596
    assert values["net_profit"] == pytest.approx(3.596)
    assert library.alerts()["title"].tolist().count("Stop loss") == 1


@pytest.mark.parametrize("title", ["freqtrade", "backtesting", "csv"])
def test_an_import(here: Path, title: str) -> None:
    database(here / "tradesv3.sqlite")
    result().to_pickle(here / "stats.pickle")
    write(here, "fills.csv")
    done = peak_trade_command(here, BLOCKS[title].text)
    assert done.returncode == 0, done.stderr
    library = check(here)
    (run_id,) = library.runs()["run_id"]
    assert done.stdout == f"run {run_id}\n"
    assert library.run(run_id).statistics["value"]["trades"] > 0
    assert library.run(run_id).statistics["value"]["net_profit"] is not None


def test_each_example_is_executed() -> None:
    titles = {"shortest.py", "parts.py", "ccxt_loop.py", "freqtrade_console.py", "fills.csv"}
    assert BLOCKS.keys() == titles | {"freqtrade", "backtesting", "csv", "check"}
