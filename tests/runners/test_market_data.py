"""Candle files: every layout, the cases of the contract, and errors that say how to mend them."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawn import lists
from peak_trade.errors import MarketDataError, SettingsError
from peak_trade.runners.bars import CANDLE_COLUMNS
from peak_trade.runners.market_data import (
    SKIPPED_LINES,
    TIMEFRAME,
    KrakenCsvLoader,
    load_candles,
)

from .support import SHARED, shared

HEADER = "time,open,high,low,close,vwap,volume,count"
ROW = "1767830400,100,101,99,100.5,100.2,12.5,31"
ONE_ROW = [("2026-01-08T00:00:00+00:00", 100.0, 101.0, 99.0, 100.5, 12.5)]

# Where the contract's "required" column asks for more than what was recorded.
BETTER: dict[str, list[tuple[Any, ...]]] = {
    "kraken_upper_case_time.csv": ONE_ROW,
    "kraken_spaces.csv": ONE_ROW,
    "kraken_milliseconds.csv": ONE_ROW,
    "kraken_missing_time_cell.csv": ONE_ROW,
    "kraken_no_header_download.csv": [
        *ONE_ROW,
        ("2026-01-08T01:00:00+00:00", 100.5, 102.0, 100.0, 101.5, 8.25),
        ("2026-01-08T02:00:00+00:00", 101.5, 101.6, 100.9, 101.0, 3.0),
    ],
    # By content this is Kraken's layout: only the name of the file told the two loaders apart.
    "generic_unix_seconds.csv": ONE_ROW,
}


def recorded() -> dict[str, Any]:
    path = SHARED / "contract" / "kraken_csv" / "expectations.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def rows(candles: pd.DataFrame) -> list[tuple[Any, ...]]:
    cells = candles.astype(object).where(candles.notna(), None).to_numpy().tolist()
    return [(time.isoformat(), *row) for time, row in zip(candles.index, cells, strict=True)]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(recorded()) or ["none"])
def test_contract_samples(name: str) -> None:
    path = shared("contract", "kraken_csv", name)
    expected = recorded()[name]
    if name in BETTER or expected["ok"]:
        wanted = BETTER.get(name, [tuple(row) for row in expected.get("rows", [])])
        assert rows(load_candles(path)) == wanted
    else:
        with pytest.raises(MarketDataError, match=rf"^{name}, line \d+"):
            load_candles(path)


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(n for n in recorded() if n.startswith("kraken_")))
def test_the_kraken_loader_reads_the_same(name: str) -> None:
    path = shared("contract", "kraken_csv", name)
    try:
        candles = load_candles(path)
    except MarketDataError:
        with pytest.raises(MarketDataError, match=rf"^{name}, line \d+"):
            KrakenCsvLoader().load(path)
    else:
        pd.testing.assert_frame_equal(KrakenCsvLoader().load(str(path)), candles)
        assert KrakenCsvLoader().load(path).attrs == candles.attrs


def test_the_kraken_loader_reads_no_other_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "date,open,high,low,close,volume", "2026-01-08,1,1,1,1,1")
    assert len(load_candles(path)) == 1
    with pytest.raises(MarketDataError, match=r"^a.csv, line 1: no column 'time'"):
        KrakenCsvLoader().load(path)
    with pytest.raises(SettingsError):
        KrakenCsvLoader("often").load(path)


def test_the_example_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parents[2] / "docs" / "runners.md"
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert (found.failed, found.attempted > 3) == (0, True)


@pytest.mark.shared
def test_contract_samples_are_all_there() -> None:
    assert len(list(shared("contract", "kraken_csv").glob("*.csv"))) == len(recorded()) == 23


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "timeframe", "length", "first"),
    [
        ("ETH-BTC_5m_kraken_format.csv", "5m", 5760, datetime(2018, 1, 10, 4, 55, tzinfo=UTC)),
        ("XRP-USDT_5m_ohlcv.csv", "5m", 1999, datetime(2021, 11, 15, tzinfo=UTC)),
        ("BCH-EUR_kraken_trades_a.csv", "1m", 78, datetime(2023, 1, 1, 0, 3, tzinfo=UTC)),
    ],
)
def test_real_files(name: str, timeframe: str, length: int, first: datetime) -> None:
    candles = load_candles(shared("market", name))
    assert candles.attrs[TIMEFRAME] == timeframe
    assert len(candles) == length
    assert candles.index[0] == first
    assert candles.dtypes.astype(str).tolist() == ["float64"] * 5
    assert (candles["high"] >= candles[["open", "close", "low"]].max(axis="columns")).all()


@pytest.mark.shared
def test_real_trades_keep_their_volume_in_every_time_frame() -> None:
    path = shared("market", "BCH-EUR_kraken_trades_b.csv")
    volumes = pd.read_csv(path, header=None)[2]
    for timeframe in ("1m", "5m", "1h", "1d"):
        candles = load_candles(path, timeframe)
        assert candles["volume"].sum() == pytest.approx(volumes.sum(), rel=1e-12)


def test_trades_become_bars_and_bars_without_trades_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "trades.csv",
        "1672531200.5,10,1",
        "1672531320,30,2",
        "1672531210,9,3",
        "1672531259,11,4",
        "1672531320,31,1",
    )
    assert rows(load_candles(path, "1m")) == [
        ("2023-01-01T00:00:00+00:00", 10.0, 11.0, 9.0, 11.0, 8.0),
        ("2023-01-01T00:02:00+00:00", 30.0, 31.0, 30.0, 31.0, 3.0),
    ]


def test_header_less_download_with_seven_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "ohlcvt.csv", "1767830400,100,101,99,100.5,12.5,31")
    assert rows(load_candles(path)) == ONE_ROW


def test_generic_parquet_by_index_or_first_column(tmp_path: Path) -> None:
    index = pd.to_datetime(["2026-01-08T01:00:00Z", "2026-01-08T00:00:00Z"])
    frame = pd.DataFrame({name: [2, 1] for name in CANDLE_COLUMNS}, index=index)
    frame.to_parquet(tmp_path / "index.parquet")
    frame.rename_axis("Date").reset_index().to_parquet(tmp_path / "column.parquet")
    for name in ("index.parquet", "column.parquet"):
        candles = load_candles(tmp_path / name)
        assert candles.index.tolist() == sorted(index)
        assert candles["close"].tolist() == [1.0, 2.0]
        assert candles.attrs[TIMEFRAME] == "1h"


def test_rows_without_a_time_are_listed_and_blank_lines_are_not_errors(tmp_path: Path) -> None:
    path = write(tmp_path / "file.csv", "", HEADER, "", ROW, ",1,1,1,1,1,1,1", "")
    candles = load_candles(path)
    assert rows(candles) == ONE_ROW
    assert 5 in candles.attrs[SKIPPED_LINES]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER, ROW, "x,1,1,1,1,1,1,1"], r"line 3, column 'time': 'x' is not a time"),
        (
            [HEADER, ROW, "1767830460,1,1,1,1,1,inf,1"],
            r"line 3, column 'volume': 'inf' is not a number",
        ),
        ([HEADER, ROW, "1e300,1,1,1,1,1,1,1"], r"line 3, column 'time'"),
        ([HEADER, f"{ROW},7"], r"line 2: not as many cells"),
        (["time,open", "1,2"], r"line 1: no column 'high'"),
        (["1,2,3,4"], r"line 1: 4 columns of numbers"),
        (["time\topen"], r"line 1: only one column"),
        (["time,open,high,low,close,volume,Close", "1,1,1,1,1,1,1"], r"'close' is there twice"),
        (["date,open,high,low,close,volume", "1767830400,1,1,1,1,1"], r"line 2, column 'date'"),
        (["a,price,volume", "7,1,1"], r"line 2, column 'a': '7' is a plain number"),
    ],
)
def test_errors_name_file_line_and_column(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(MarketDataError, match=rf"^file\.csv.*{message}"):
        load_candles(write(tmp_path / "file.csv", *lines))


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"time,open\n\xff,1\n")
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1")
    for name in ("latin.csv", "damaged.parquet", "missing.csv", "missing.parquet"):
        with pytest.raises(MarketDataError, match=rf"^{name}"):
            load_candles(tmp_path / name)


def test_time_frame_has_to_be_that_of_the_candles(tmp_path: Path) -> None:
    path = write(tmp_path / "hours.csv", HEADER, ROW, ROW.replace("1767830400", "1767834000"))
    assert load_candles(path, "1h").attrs[TIMEFRAME] == "1h"
    for timeframe in ("2h", "7m", "1d"):
        with pytest.raises(MarketDataError, match=f"1h apart, or multiples of it, not {timeframe}"):
            load_candles(path, timeframe)
    with pytest.raises(SettingsError, match="soon"):
        load_candles(path, "soon")


PRICE = st.floats(1e-8, 1e9, allow_nan=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    candles=lists(st.tuples(st.integers(0, 60), PRICE, PRICE, PRICE, PRICE, PRICE), 30, min_size=1)
    .filter(lambda rows: 2 * (len(rows) - len({row[0] for row in rows})) < len(rows))
    .map(lambda rows: [(t, o, max(h, low), min(h, low), *more) for t, o, h, low, *more in rows]),
    unit=st.sampled_from(["seconds", "milliseconds", "iso"]),
    columns=st.permutations(["time", *CANDLE_COLUMNS]),
)
def test_any_order_of_rows_and_columns_gives_the_same_candles(
    tmp_path: Path, candles: list[tuple[int, ...]], unit: str, columns: list[str]
) -> None:
    epoch = 1_767_830_400
    stamps: dict[str, Callable[[int], str]] = {
        "seconds": str,
        "milliseconds": lambda second: str(second * 1000),
        "iso": lambda second: datetime.fromtimestamp(second, UTC).isoformat(),
    }
    lines = []
    for minute, *prices in candles:
        cells = dict(zip(CANDLE_COLUMNS, map(repr, prices), strict=True))
        cells["time"] = stamps[unit](epoch + 60 * minute)
        lines.append(",".join(cells[name] for name in columns))
    path = write(tmp_path / "file.csv", ",".join(columns), *lines)
    loaded = load_candles(path)
    expected = {minute: prices for minute, *prices in candles}
    minutes = (pd.DatetimeIndex(loaded.index).as_unit("s").asi8 - epoch) // 60
    assert minutes.tolist() == sorted(expected)
    assert np.array_equal(loaded.to_numpy(), [expected[minute] for minute in sorted(expected)])
