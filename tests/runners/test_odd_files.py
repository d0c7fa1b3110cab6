"""Files that could be taken for others: each is read right, told of, or refused by its kind."""

from __future__ import annotations

import bz2
import json
import lzma
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from peak_trade.errors import MarketDataError
from peak_trade.runners import candle_files, candle_tables
from peak_trade.runners.feed import file_feed
from peak_trade.runners.market_data import load_candles

from .test_candle_files import EPOCH, PLAIN, candle_lines
from .test_candle_sources import made, unix
from .test_market_data import write

MINUTES = [EPOCH + 60 * n for n in range(12)]
WHOLE = candle_lines([str(second) for second in MINUTES])


def refused(path: Path, message: str) -> None:
    """Assert that both ways to read refuse a file, in one short line."""
    for read in (load_candles, file_feed):
        with pytest.raises(MarketDataError, match=rf"^{path.name}.*{message}") as told:
            read(path)
        assert len(str(told.value)) < 500
        assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("2026010118", "'2026010118' is a date without dashes"),
        ("202601", "'202601' is a date without dashes"),
        ("2026", "'2026' is no unix time, it would be in the year 1970"),
        ("0", "year 1970"),
        ("29453760", "year 1970"),
        ("2461041.5", "year 1970"),
        ("-1767225600", "year 1913"),
        ("17672256000", "year 2530"),
        ("4102444800000", "year 2100"),
    ],
)
def test_numbers_of_another_time_than_the_past_are_no_unix_times(
    tmp_path: Path, time: str, message: str
) -> None:
    for line, lines in (
        (2, candle_lines([time, str(EPOCH)])),
        (4, [*WHOLE[:2], *candle_lines([time]), *WHOLE[3:]]),
    ):
        path = write(tmp_path / "a.csv", PLAIN, *lines)
        refused(path, f"line {line}, column 'time': .*{message}")


@pytest.mark.parametrize("name", ["symbol", "Pair", "ticker", "instrument"])
@pytest.mark.parametrize("first_of_other", [1, 7])
def test_a_file_of_two_markets_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, first_of_other: int
) -> None:
    for module in (candle_tables, candle_files):
        monkeypatch.setattr(module, "BLOCK_ROWS", 3)
    markets = ["BTC/EUR" if n < first_of_other else "ETH/EUR" for n in range(len(WHOLE))]
    rows = [f"{row},{market}" for row, market in zip(WHOLE, markets, strict=True)]
    path = write(tmp_path / "a.csv", f"{PLAIN},{name}", *rows)
    refused(path, f"line {first_of_other + 2}.*'ETH/EUR' is another market than 'BTC/EUR'")
    one = [f"{row},{'BTC/EUR' if n % 4 else ''}" for n, row in enumerate(WHOLE)]
    assert len(load_candles(write(tmp_path / "b.csv", f"{PLAIN},{name}", *one))) == len(WHOLE)


def test_two_markets_that_nothing_names_share_their_times(tmp_path: Path) -> None:
    others = [row.replace("10", "20") for row in WHOLE]
    rows = [row for pair in zip(WHOLE, others, strict=True) for row in pair]
    refused(write(tmp_path / "a.csv", PLAIN, *rows), "12 of 24 rows share their time")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("1,2,1,2,-5", "line 14, column 'volume': -5 is below zero"),
        ("1e308,2e308,1,2,1", "column 'open': '1e308' is no price or volume"),
        ("1,2,1e-308,2,1", "column 'low': '1e-308' is no price or volume"),
        ("1,2,1,2,1e31", "column 'volume': '1e31' is no price or volume"),
    ],
)
def test_numbers_that_no_market_has(tmp_path: Path, cells: str, message: str) -> None:
    row = f"{EPOCH + 720},{cells}"
    refused(write(tmp_path / "a.csv", PLAIN, *WHOLE, row), message)
    frame = pd.read_csv(tmp_path / "a.csv")
    frame.to_parquet(tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", message.replace("line 14", "row 13").replace("'1e", "'1e.?"))


def test_sales_with_a_sign_do_not_cancel_what_was_bought(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "time,price,amount", f"{EPOCH},5,1", f"{EPOCH},5,-1")
    refused(path, "line 3, column 'volume': -1 is below zero; write amounts without a sign")


def test_trades_of_one_time_keep_their_order_where_the_newest_come_first(tmp_path: Path) -> None:
    rows = [f"{EPOCH + n // 4},{n + 1},1" for n in range(40)]
    for lines in (rows, rows[::-1]):
        candles = load_candles(write(tmp_path / "a.csv", "time,price,volume", *lines))
        assert candles.iloc[0].tolist() == [1.0, 40.0, 1.0, 40.0, 40.0]


def test_prices_outside_of_high_and_low_are_told(tmp_path: Path) -> None:
    rows = [*WHOLE[:5], f"{MINUTES[5]},100,101,99,150,1", *WHOLE[6:]]
    (notice,) = file_feed(write(tmp_path / "a.csv", PLAIN, *rows)).notices
    assert notice.startswith("1 candles open or close above their high")
    assert "2026-01-01T00:05:00" in notice
    adjusted = [f"{MINUTES[5]},100,{101 * (1 - 1e-15)!r},99,101,1"]
    rows = [*WHOLE[:5], *adjusted, *WHOLE[6:]]
    assert file_feed(write(tmp_path / "b.csv", PLAIN, *rows)).notices == ()


def test_six_columns_without_names_are_those_that_the_prices_fit(tmp_path: Path) -> None:
    coinbase = made()[["low", "high", "open", "close", "volume"]]
    rows = [
        [second, *row] for second, row in zip(MINUTES, coinbase.to_numpy().tolist(), strict=True)
    ]
    write(tmp_path / "a.csv", *(",".join(map(str, row)) for row in rows))
    (tmp_path / "a.json").write_text(json.dumps(rows))
    for name in ("a.csv", "a.json"):
        assert load_candles(tmp_path / name).to_numpy().tolist() == made().to_numpy().tolist()
    unknown = [",".join(map(str, [row[0], *row[:0:-1]])) for row in rows]
    refused(write(tmp_path / "b.csv", *unknown), "line 1.*in no order that is known.*Add a header")


@pytest.mark.parametrize("is_text", [False, True])
@pytest.mark.parametrize("name", ["time", "Date"])
def test_an_index_with_a_name_is_a_column(tmp_path: Path, name: str, *, is_text: bool) -> None:
    index = made().index.rename(name)
    frame = made().set_axis(index.astype(str) if is_text else index, axis="index")
    levels = frame.assign(symbol="BTC/EUR").set_index("symbol", append=True)
    for one in (frame, levels):
        one.to_parquet(tmp_path / "a.parquet")
        assert unix(load_candles(tmp_path / "a.parquet"), "s") == MINUTES
    frame.assign(**{"time": 1, name: 1}).to_parquet(tmp_path / "b.parquet")
    refused(tmp_path / "b.parquet", "column '.*' is there twice; remove or rename one")


TEXT = "\n".join([PLAIN, *WHOLE])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv.zst", pa.Codec("zstd").compress(TEXT.encode(), asbytes=True), "ZSTD.; unpack"),
        ("a.csv.bz2", bz2.compress(TEXT.encode()), "BZIP2.; unpack"),
        ("a.csv.xz", lzma.compress(TEXT.encode()), "XZ.; unpack"),
        ("a.csv", TEXT.encode("utf-16-le"), "UTF-16; save it as CSV"),
        ("a.csv", b"SQLite format 3\0" + b"\0" * 99, "a database; export its table"),
        ("a.csv", TEXT.replace(",", "\t").replace("open", "<OPEN>").encode(), "tabs between"),
        ("a.csv", b"<TICKER>,<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>\n", "no column 'volume'"),
        ("a.csv", f'"{PLAIN}"\n"{WHOLE[0]}"\n'.encode(), "only one column"),
        (
            "a.csv",
            f"date,{PLAIN}\n2026-01-01,18:30,1,1,1,1,1\n".encode(),
            "'18:30' is not a time; write date and time of day as one ISO 8601 time",
        ),
        (
            "a.csv",
            f"{PLAIN}\n{WHOLE[0]}\n{EPOCH + 60}.5,1,1,1,1,1\n".encode(),
            r"00:01:00.500000\+00:00 is no whole seconds after",
        ),
        ("a.json", b'{"open": 1}\n{"open": 2}\n', "one object a line; write them as one list"),
        ("a.json", b'[{"close": 1}]', "row 1: no column 'open'"),
    ],
)
def test_what_else_a_file_is_is_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    refused(tmp_path / name, message)


def test_a_file_without_rows_cannot_be_traded(tmp_path: Path) -> None:
    with pytest.raises(MarketDataError, match="no row with a time; export it again"):
        file_feed(write(tmp_path / "a.csv", PLAIN))


def test_a_column_of_words_is_no_number(tmp_path: Path) -> None:
    made().rename_axis("time").assign(open=True).to_parquet(tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", "row 1, column 'open': 'True' is not a number")
