"""Candle files with holes, and files that a spreadsheet or another program has spoiled."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from peak_trade.errors import MarketDataError
from peak_trade.runners.feed import Span, file_feed
from peak_trade.runners.market_data import NOTICES, TIMEFRAME, load_candles
from peak_trade.runners.shadow import Pace

from .support import Tree, shadow
from .test_market_data import write


def candle_lines(times: list[str]) -> list[str]:
    return [
        f"{time},{100 + n % 5},{101 + n % 5},{99 + n % 5},{100 + n % 5},1"
        for n, time in enumerate(times)
    ]


PLAIN = "time,open,high,low,close,volume"
EPOCH = 1_767_225_600


@pytest.mark.parametrize(
    ("minutes", "found", "others"),
    [
        ([0, 2, 5, 9], "1m", ["1m"]),
        ([0, 2, 4, 10], "2m", ["1m", "2m"]),
        ([0, 14], "14m", ["1m", "2m", "7m"]),
        ([0, 60, 180], "1h", ["1m", "5m", "15m", "1h"]),
        ([0, 1440, 4320], "1d", ["4h", "1d"]),
    ],
)
def test_sparse_candles_have_every_time_frame_that_divides_their_steps(
    tmp_path: Path, minutes: list[int], found: str, others: list[str]
) -> None:
    path = write(tmp_path / "a.csv", PLAIN, *candle_lines([str(EPOCH + 60 * n) for n in minutes]))
    assert load_candles(path).attrs[TIMEFRAME] == found
    for timeframe in others:
        assert load_candles(path, timeframe).attrs[TIMEFRAME] == timeframe


def test_holes_are_counted_and_told(tmp_path: Path) -> None:
    minutes = [0, 1, 2, 5, 6, 16, 17]
    path = write(tmp_path / "a.csv", PLAIN, *candle_lines([str(EPOCH + 60 * n) for n in minutes]))
    feed = file_feed(path, "1m")
    assert feed.notices == (
        (
            "11 of 18 candles of 1m are missing, in 2 holes, the longest of 9 after "
            "2026-01-01T00:06:00+00:00"
        ),
    )
    assert feed.source["missing_candles"] == 11
    whole = file_feed(path, "1m", Span(end=datetime(2026, 1, 1, 0, 3, tzinfo=UTC)))
    assert whole.notices == ()
    assert "missing_candles" not in whole.source
    hourly = write(tmp_path / "b.csv", PLAIN, *candle_lines([str(EPOCH), str(EPOCH + 7200)]))
    assert file_feed(hourly, "1h").notices[0].endswith("; all steps are whole multiples of 2h")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("header", [[PLAIN], [], ["sep=;", PLAIN], ["My export", "", PLAIN]])
def test_other_separators_and_decimal_commas_are_named(
    tmp_path: Path, separator: str, decimal: str, header: list[str]
) -> None:
    rows = ["1767225600,100.5,101.5,99.5,100.5,1.25,7"] * 3
    text = "\n".join([*header, *rows]).replace(",", separator).replace(".", decimal)
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(MarketDataError) as told:
        load_candles(tmp_path / "a.csv")
    message = str(told.value)
    assert {";": "';'", "\t": "tabs", "|": "'|'"}[separator] in message
    assert ("decimal sign" in message) == (decimal == ",")
    assert "save the file with ',' between the columns" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04 and so on", r"an archive or a workbook \(ZIP, XLSX\)"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"PAR1....PAR1", "Parquet; give its name the ending"),
        (PLAIN.encode("utf-16"), "UTF-16"),
        (b'[[1767225600,"1","2","1","2","3"]]', "JSON"),
        (b' {"data": [' + b"1," * 200_000 + b"1]}", "JSON"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (f"Kraken export of January\n\n{PLAIN}\n1,2,3,1,2,1\n".encode(), "line 3 is; remove"),
        (b"https://www.example.org\nunix,date,open,high,low,close\n", "line 2 is; remove"),
        (b'1767225600,"1,5","2,5","1,5","1,5","1,5",7\n', "line 1: '1,5' has ',' as decimal sign"),
        (b"x" * 2_000_000, "line 1: a cell of more than 100,000 characters"),
        (b"x" * 20_000, "line 1: only one column"),
        (b"a," * 500, "line 1: no column 'open'"),
        (f'{PLAIN}\n1767225600,"100,5",102,99,100,1\n'.encode(), "'100,5' is not a number; write"),
        (f"{PLAIN}\n1767225600,100,5,101,5,99,5,100,5,1\n".encode(), "'.' where ',' is"),
        (f'{PLAIN}\n1767225600,"100,101\n'.encode(), "line 2: a quote that is never closed"),
        (f"{PLAIN}\n1767225600,{'7' * 100_000}x,1,1,1,1\n".encode(), "7…' is not a number"),
        (f"{PLAIN}\n1767225600,100,99,101,100,1\n".encode(), "99 is below the low, 101; correct"),
    ],
)
def test_files_of_another_kind_are_named_in_a_short_line(
    tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(MarketDataError, match=message) as told:
        load_candles(tmp_path / "a.csv")
    assert len(str(told.value)) < 500
    assert "\n" not in str(told.value)


def spreadsheet(step: int, unit: int, form: str, count: int = 300) -> list[str]:
    return [format(float((EPOCH + step * n) * unit), form) for n in range(count)]


@pytest.mark.parametrize("step", [60, 86_400])
@pytest.mark.parametrize("unit", [1, 1000, 1_000_000_000])
@pytest.mark.parametrize("form", [".5E", ".2e", ".7E"])
def test_times_that_lost_their_digits_are_refused(
    tmp_path: Path, step: int, unit: int, form: str
) -> None:
    for header in (PLAIN, "time,price,volume"):
        width = header.count(",")
        lines = [",".join([time, *["7"] * width]) for time in spreadsheet(step, unit, form)]
        with pytest.raises(MarketDataError, match=r"line 2.*lost their last digits.*export"):
            load_candles(write(tmp_path / "a.csv", header, *lines), "1m")


@pytest.mark.parametrize("step", [60, 3600, 14_400, 86_400])
@pytest.mark.parametrize("unit", [1, 1000])
def test_rounded_times_written_out_are_refused(tmp_path: Path, step: int, unit: int) -> None:
    times = [f"{float(time):.0f}" for time in spreadsheet(step, unit, ".5E")]
    with pytest.raises(MarketDataError, match="lost their last digits"):
        load_candles(write(tmp_path / "a.csv", PLAIN, *candle_lines(times)))


def test_times_that_lost_their_seconds_are_refused(tmp_path: Path) -> None:
    times = [f"2026-01-01 00:{second // 60:02}" for second in range(0, 600, 10)]
    with pytest.raises(MarketDataError, match="40 of 60 rows share their time"):
        load_candles(write(tmp_path / "a.csv", PLAIN, *candle_lines(times)))


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000, 1_000_000_000])
def test_whole_times_in_any_unit_and_form_are_read(tmp_path: Path, unit: int) -> None:
    for form in (".0f", ".12E", ".1f"):
        path = write(tmp_path / "a.csv", PLAIN, *candle_lines(spreadsheet(60, unit, form)))
        candles = load_candles(path)
        assert (candles.index[0], len(candles)) == (pd.Timestamp(EPOCH, unit="s", tz="UTC"), 300)
        assert (candles.attrs[TIMEFRAME], candles.attrs[NOTICES]) == ("1m", ())


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("20260108", "a date without dashes"),
        ("202601081830", "a date without dashes"),
        ("20260108183000", "a date without dashes"),
        ("46030.770833", "a day as a spreadsheet counts them"),
        ("46030", "a day as a spreadsheet counts them"),
    ],
)
def test_numbers_that_are_no_unix_times_are_named(tmp_path: Path, time: str, message: str) -> None:
    for header in (PLAIN, PLAIN.replace("time", "date")):
        with pytest.raises(MarketDataError, match=f"line 2.*{time}' is {message}"):
            load_candles(write(tmp_path / "a.csv", header, f"{time},1,1,1,1,1"))


def test_rows_that_share_their_time_are_told(tmp_path: Path) -> None:
    lines = candle_lines([str(EPOCH + 60 * n) for n in (0, 1, 1, 2, 3)])
    candles = load_candles(write(tmp_path / "a.csv", PLAIN, *lines))
    assert candles["open"].tolist() == [100.0, 102.0, 103.0, 104.0]
    assert candles.attrs[NOTICES] == (
        (
            "a.csv: 1 rows share their time with a later row, which counts; first: "
            "2026-01-01T00:01:00+00:00"
        ),
    )
    twice = load_candles(write(tmp_path / "b.csv", PLAIN, *lines[:2], *lines[:2], *lines[:2]))
    assert len(twice) == 2, "the same row again loses nothing"


def test_overlapping_exports_of_trades(tmp_path: Path) -> None:
    header, rows = "time,price,volume,trade_id", [f"{EPOCH + n},10,1,{n}" for n in range(40)]
    candles = load_candles(write(tmp_path / "a.csv", header, *rows[:30], *rows[20:]))
    assert candles["volume"].tolist() == [40.0]
    assert candles.attrs[NOTICES] == ("a.csv: 10 trades are there twice and count once",)
    bare = [row.rpartition(",")[0] for row in rows]
    candles = load_candles(write(tmp_path / "b.csv", *bare[:30], *bare[20:]))
    assert candles["volume"].tolist() == [50.0]
    assert "10 trades are like an earlier one" in candles.attrs[NOTICES][0]
    assert load_candles(write(tmp_path / "c.csv", *bare, bare[-1])).attrs[NOTICES] == ()


def test_months_are_months(tmp_path: Path) -> None:
    months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-05"]
    path = write(tmp_path / "a.csv", PLAIN, *candle_lines([f"{month}-01" for month in months]))
    for timeframe in (None, "1M"):
        feed = file_feed(path, timeframe)
        assert feed.timeframe == "1M"
        assert feed.notices == (
            (
                "2 of 7 candles of 1M are missing, in 1 holes, the longest of 2 after "
                "2026-02-01T00:00:00+00:00"
            ),
        )
    assert load_candles(path, "1d").attrs[TIMEFRAME] == "1d"
    trades = write(tmp_path / "b.csv", f"{EPOCH},1,1", f"{EPOCH + 86_400 * 30},2,1")
    assert load_candles(trades, "1M")["close"].tolist() == [2.0]
    days = write(tmp_path / "c.csv", PLAIN, *candle_lines(["2026-01-01", "2026-01-02"]))
    with pytest.raises(MarketDataError, match="not all candles begin with a month"):
        load_candles(days, "1M")
    outcome = shadow(tmp_path, file_feed(path), pace=Pace(loop=True, bars=12))
    times = Tree(tmp_path).events["ts_bar"]
    assert (outcome.totals.steps, times.is_monotonic_increasing) == (12, True)
