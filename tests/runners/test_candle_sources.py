"""Downloads of other programs, longer candles, spans of time, and files that are read in blocks."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyarrow import feather

from peak_trade.errors import MarketDataError, SettingsError
from peak_trade.runners import candle_files, candle_tables
from peak_trade.runners.bars import CANDLE_COLUMNS
from peak_trade.runners.feed import Feed, Span, file_feed, synthetic_feed
from peak_trade.runners.market_data import NOTICES, TIMEFRAME, load_candles

from .support import Tree, closes, run_command, shadow
from .test_market_data import write

START = datetime(2026, 1, 1, tzinfo=UTC)
UNIX = int(START.timestamp())
USUAL, CLOSE_SECOND = (0, 1, 2, 3, 4), (0, 3, 1, 2, 4)


def made(minutes: range | list[int] = range(12)) -> pd.DataFrame:
    """Return candles a minute apart in which no two prices of one row are the same."""
    rows = [(100.0 + m, 103.0 + m, 98.0 + m, 101.0 + m, 1.5 + m) for m in minutes]
    index = pd.DatetimeIndex([START + timedelta(minutes=m) for m in minutes], name="date")
    return pd.DataFrame(rows, columns=list(CANDLE_COLUMNS), index=index.as_unit("us"))


def unix(candles: pd.DataFrame, unit: str) -> list[int]:
    return pd.DatetimeIndex(candles.index).as_unit(unit).asi8.tolist()  # type: ignore[arg-type]


def csv_rows(
    candles: pd.DataFrame, unit: str, order: tuple[int, ...] = USUAL, more: tuple[str, ...] = ()
) -> list[str]:
    rows = candles.to_numpy().tolist()
    return [
        ",".join([str(moment), *(str(row[place]) for place in order), *more])
        for moment, row in zip(unix(candles, unit), rows, strict=True)
    ]


def kept(path: Path, candles: pd.DataFrame, **more: Any) -> Path:
    """Write candles in the plain layout."""
    return write(path, "time,open,high,low,close,volume", *csv_rows(candles, "s", **more))


KLINE_REST = ("1767225659999", "150.5", "7", "0.5", "50.5", "0")
JESSE = "timestamp,open,close,high,low,volume"
KLINE = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore"
)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize(
    ("header", "order", "more"),
    [
        ((), USUAL, KLINE_REST),
        ((KLINE,), USUAL, KLINE_REST),
        ((), USUAL, ()),
        ((), CLOSE_SECOND, ()),
        ((JESSE,), CLOSE_SECOND, ()),
        (("unix,date,open,high,low,close,volume",), USUAL, None),
    ],
)
def test_csv_downloads_of_other_programs(
    tmp_path: Path,
    unit: str,
    header: tuple[str, ...],
    order: tuple[int, ...],
    more: tuple[str, ...] | None,
) -> None:
    lines = csv_rows(made(), unit, order, more or ())
    if more is None:
        lines = [line.replace(",", ",2026-01-01,", 1) for line in lines]
    candles = load_candles(write(tmp_path / "a.csv", *header, *lines))
    assert candles.to_numpy().tolist() == made().to_numpy().tolist()
    assert candles.index.tolist() == made().index.tolist()
    assert candles.attrs[TIMEFRAME] == "1m"


def test_the_order_of_six_columns_without_names_is_told_by_any_of_the_first_rows(
    tmp_path: Path,
) -> None:
    flat = [f"{UNIX + 60 * n},5,5,5,5,1" for n in range(10)]
    rows = [*flat, f"{UNIX + 600},5,6,7,4,1"]
    candles = load_candles(write(tmp_path / "a.csv", *rows))
    assert candles.iloc[-1].tolist() == [5.0, 7.0, 4.0, 6.0, 1.0]


def test_feather_and_json_of_freqtrade(tmp_path: Path) -> None:
    frame = made().reset_index()
    frame["date"] = frame["date"].dt.as_unit("ms")
    for compression in ("lz4", "uncompressed"):
        feather.write_feather(frame, tmp_path / "a.feather", compression=compression, chunksize=5)
        pd.testing.assert_frame_equal(
            load_candles(tmp_path / "a.feather"), made(), check_names=False, check_freq=False
        )
    rows = [
        [moment, *row]
        for moment, row in zip(unix(made(), "ms"), made().to_numpy().tolist(), strict=True)
    ]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "b.json").write_text(
        json.dumps([dict(zip(["timestamp", *CANDLE_COLUMNS], row, strict=True)) for row in rows])
    )
    for name in ("a.json", "b.json"):
        assert load_candles(tmp_path / name).to_numpy().tolist() == made().to_numpy().tolist()


def test_trades_of_freqtrade(tmp_path: Path) -> None:
    trades = pd.DataFrame(
        {
            "timestamp": [UNIX * 1000 + second * 1000 for second in (0, 5, 5, 70)],
            "id": ["1", "2", "2", "3"],
            "price": [10.0, 12.0, 12.0, 11.0],
            "amount": [1.0, 2.0, 2.0, 4.0],
        }
    )
    feather.write_feather(trades, tmp_path / "t.feather")
    candles = load_candles(tmp_path / "t.feather")
    assert candles[["close", "volume"]].to_numpy().tolist() == [[12.0, 3.0], [11.0, 4.0]]
    assert candles.attrs[NOTICES] == ("t.feather: 1 trades are there twice and count once",)


def test_trades_without_an_id_are_not_one_trade(tmp_path: Path) -> None:
    rows = [f"{UNIX + n},10,1,{'' if n else 7}" for n in range(4)]
    candles = load_candles(write(tmp_path / "a.csv", "time,price,volume,trade_id", *rows))
    assert candles["volume"].tolist() == [4.0]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.json", b"[[1,2,3", "is not JSON"),
        ("a.json", b'{"error": []}', "is not a list of rows"),
        ("a.json", b"[]", "is not a list of rows"),
        ("a.json", b"[[1,2,3,2,2,1],[1,2]]", "row 2: the file is not a list"),
        ("a.json", b"[[1,2,3,2,2]]", "row 1: 5 values a row"),
        ("a.json", b"[1,2]", "row 1: the file is not a list"),
        ("a.json", b'[[1767225600,2,"x",1,2,1]]', "row 1"),
        ("a.json", b'[{"close": 1}]', "no column 'open'"),
        ("a.feather", b"ARROW1 and no more", "is not a Feather file"),
        ("a.feather", b"", "is not a Feather file"),
        ("a.csv", b"ARROW1\0\0", "Feather; give its name the ending .feather"),
        ("a.csv", b"[[1,2,3,1,2,1]]", "JSON; give its name the ending .json"),
    ],
)
def test_other_files_of_these_kinds_are_refused(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    for read in (load_candles, file_feed):
        with pytest.raises(MarketDataError, match=rf"^{name}.*{message}"):
            read(tmp_path / name)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read three rows at a time."""
    for module in (candle_tables, candle_files):
        monkeypatch.setattr(module, "BLOCK_ROWS", 3)


def frame_of(feed: Feed) -> pd.DataFrame:
    return pd.concat(feed.blocks())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("form", ["csv", "parquet", "feather", "json"])
@pytest.mark.parametrize(
    "minutes", [range(12), range(13), [3, 4, 5, 6, 11, 12, 31, 39], [4], [4, 9]]
)
@pytest.mark.parametrize("length", [2, 5, 60])
def test_longer_candles_are_those_of_pandas(
    tmp_path: Path, form: str, minutes: range | list[int], length: int
) -> None:
    candles, path = made(minutes), tmp_path / f"a.{form}"
    if form == "csv":
        kept(path, candles)
    elif form == "parquet":
        candles.to_parquet(path)
    elif form == "feather":
        feather.write_feather(candles.reset_index(), path, chunksize=3)
    else:
        rows = zip(unix(candles, "ms"), candles.to_numpy().tolist(), strict=True)
        path.write_text(json.dumps([[moment, *row] for moment, row in rows]))
    rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    expected = candles.resample(f"{length}min").agg(rules).dropna()
    complete = (list(minutes)[-1] + 1) % length == 0
    if not complete:
        expected = expected.iloc[:-1]
    if expected.empty:
        with pytest.raises(MarketDataError, match="no candle"):
            file_feed(path, "1m", resample=f"{length}m")
        return
    feed = file_feed(path, "1m", resample=f"{length}m")
    pd.testing.assert_frame_equal(
        frame_of(feed), expected, check_names=False, check_freq=False, check_index_type=False
    )
    assert feed.count == len(expected)
    assert any("the last candle of" in notice for notice in feed.notices) != complete
    holes = (expected.index[-1] - expected.index[0]) // timedelta(minutes=length) + 1
    assert feed.source.get("missing_candles", 0) == holes - len(expected)


@pytest.mark.usefixtures("small_blocks")
def test_longer_candles_of_a_span_are_whole(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.csv", made(range(31)))
    all_of_them = frame_of(file_feed(path, resample="5m"))
    for first, stop in itertools.combinations(range(0, 31, 4), 2):
        start, end = START + timedelta(minutes=first), START + timedelta(minutes=stop)
        expected = all_of_them[(all_of_them.index >= start) & (all_of_them.index < end)]
        if not expected.empty:
            found = frame_of(file_feed(path, None, Span(start, end), "5m"))
            pd.testing.assert_frame_equal(found, expected)


def test_months_of_days_and_lengths_that_do_not_fit(tmp_path: Path) -> None:
    days = made(range(0, 70 * 1440, 1440))
    path = kept(tmp_path / "a.csv", days)
    months = frame_of(file_feed(path, resample="1M"))
    assert [f"{moment:%Y-%m-%d}" for moment in months.index] == ["2026-01-01", "2026-02-01"]
    assert months["volume"].sum() == days["volume"].iloc[:59].sum()
    for wrong in ("36h", "1h"):
        with pytest.raises(MarketDataError, match=rf"^a.csv: candles of {wrong} are no whole"):
            file_feed(path, resample=wrong)
    with pytest.raises(SettingsError, match="soon"):
        file_feed(path, resample="soon")
    with pytest.raises(MarketDataError, match="or resample to 1w"):
        file_feed(path, "1w")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("warmup", [0, 2, 4, 9])
@pytest.mark.parametrize("start", [None, 4, 7])
def test_candles_to_warm_up_with_come_before_the_start(
    tmp_path: Path, warmup: int, start: int | None
) -> None:
    path = kept(tmp_path / "a.csv", made())
    begin = None if start is None else START + timedelta(minutes=start)
    feed = file_feed(path, None, Span(begin, START + timedelta(minutes=11), warmup))
    every = made()["close"].tolist()[:11]
    first = warmup if start is None else start
    seen = min(warmup, first)
    assert closes(feed) == every[first:]
    assert [bar.close for bar in feed.warmup] == every[first - seen : first]
    told = f"{seen} of {warmup} candles to warm up with are there"
    assert (told in feed.notices) == (seen < warmup)


def test_a_strategy_that_is_warm_trades_from_the_first_bar(tmp_path: Path) -> None:
    prices = np.r_[np.full(30, 100.0), np.full(30, 90.0), np.linspace(90, 130, 40)]
    candles = made(range(100)).assign(open=prices, high=prices, low=prices, close=prices)
    path = kept(tmp_path / "a.csv", candles)
    start = START + timedelta(minutes=70)
    shadow(tmp_path / "warm", file_feed(path, None, Span(start, None, 40)))
    shadow(tmp_path / "whole", file_feed(path))
    warm, whole = Tree(tmp_path / "warm").events, Tree(tmp_path / "whole").events
    assert warm["ts_bar"].iloc[0] == start
    assert warm["signal"].tolist() == whole["signal"].tolist()[70:]
    assert warm["signal"].iloc[0] == 1


def test_synthetic_candles_to_warm_up_with_come_before_the_start() -> None:
    feed = synthetic_feed("1m", 5, Span(START, None, 3))
    assert [bar.time for bar in feed.warmup] == [START - timedelta(minutes=m) for m in (3, 2, 1)]
    assert (feed.count, frame_of(feed).index[0]) == (5, START)


def test_what_lies_outside_the_span_is_not_read(tmp_path: Path) -> None:
    lines = csv_rows(made(), "s")
    lines[1], lines[10] = f"{UNIX + 60},x,1,1,1,1", f"{UNIX + 600},1,1,9,1,1"
    path = write(tmp_path / "a.csv", "time,open,high,low,close,volume", *lines)
    span = Span(START + timedelta(minutes=2), START + timedelta(minutes=10))
    assert file_feed(path, None, span).count == 8
    with pytest.raises(MarketDataError, match="line 3, column 'open'"):
        file_feed(path, None, Span(None, span.end))
    with pytest.raises(MarketDataError, match="line 12, column 'high': 1 is below the low, 9"):
        file_feed(path, None, Span(span.start, None))


@pytest.mark.usefixtures("small_blocks")
def test_blocks_are_read_as_one_file(tmp_path: Path) -> None:
    lines = csv_rows(made(), "s")
    header = "time,open,high,low,close,volume"
    path = write(tmp_path / "a.csv", "", header, *lines[:7], "", ",1,1,1,1,1", *lines[7:])
    feed = file_feed(path)
    assert closes(feed) == made()["close"].tolist()
    assert feed.notices == ("a.csv: 2 lines without a time, first: 10",)
    assert sum(1 for _ in feed.blocks()) > 3
    mixed = write(tmp_path / "b.csv", header, *lines[5:], *lines[:7])
    assert closes(file_feed(mixed)) == closes(feed)
    assert "2 rows share their time" in file_feed(mixed).notices[0]
    broken = write(tmp_path / "c.csv", header, *lines[:8], f"{lines[8]},7,7", *lines[9:])
    with pytest.raises(MarketDataError, match=r"^c.csv, line 10: not as many cells"):
        file_feed(broken)


def test_the_command_resamples_and_warms_up(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.csv", made(range(63)))
    words = ("shadow", "--data", str(path), "--resample", "5m", "--warmup", "4", "--root", ".")
    done = run_command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "completed: 8 bars" in done.stdout
    assert "the last candle of 5m is left out" in done.stderr
    tree = Tree(tmp_path)
    assert tree.meta["timeframe"] == "5m"
    data = tree.meta["config_snapshot"]["data"]
    assert (data["resampled_from"], data["warmup_bars"]) == ("1m", 4)
    refused = run_command("shadow", "--resample", "5m", "--root", ".", cwd=tmp_path)
    assert (refused.returncode, "--resample is for" in refused.stderr) == (2, True)
