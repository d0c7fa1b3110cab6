"""Fills in odd files, and books: rounded, with fees when they are paid, wrong at the begin."""

from __future__ import annotations

from typing import Any

import pytest

from contract.conftest import Api
from contract.test_judged import COLUMNS, ENDED, TRADES, books, checks, stamp
from contract.tree import Tree


@pytest.mark.parametrize(
    "lines",
    [
        ["{0},1,buy,1,100,1", "{1},2,sell,1,110,n/a", "{2},3,buy,2,100,1", "{3},4,sell,2,90,1"],
        ["{3},4,sell,2,90,1", "{2},3,buy,2,100,1", "{1},2,sell,1,110,0", "{0},1,buy,1,100,1"],
        ["{3},,sell,2,90,1", "{2},,buy,2,100,1", "{1},,sell,1,110,0", "{0},,buy,1,100,1"],
        ["{0},1,buy, 1 ,0100,1", "{1},2,sell,01,+110,", "{2},3,buy,2,100,1", "{3},4,sell,2,90,1"],
    ],
    ids=["a cell that is no number", "newest first", "newest first without steps", "odd numbers"],
)
async def test_one_cell_or_another_order_loses_no_fill(
    lines: list[str], tree: Tree, api: Api
) -> None:
    run = tree.run("r", books([100.0, 110, 100, 90], [1.0, 0, 2, 0]), *COLUMNS)
    times = [stamp(step) for step in range(1, 5)]
    tree.write(run / "trades.csv", TRADES + "".join(f"{line.format(*times)}\n" for line in lines))
    found = (await api("/api/v0/runs/r/closed_trades"))["rows"]
    assert [(trade["side"], trade["pnl"]) for trade in found] == [("long", 9), ("long", -22)]


@pytest.mark.parametrize(
    ("symbol", "currency", "fees"),
    [
        ("BTC/EUR", "EUR", 2.0),
        ("BTC/EUR", "", 2.0),
        ("BTC/EUR", " btc", 210.0),  # each is 1 BTC, at 110 and at 100
        ("BTC/EUR", "BNB", None),
        ("XBT/EUR", "BTC", 210.0),
        ("DOGE/USD", "XXDG", 210.0),
        ("BTC/EUR", "ZEUR", 2.0),
        ("ETH/EUR", "ZUSD", None),
        ("BTC/USDT:USDT", "USDT", 2.0),
    ],
)
async def test_fees_are_told_in_the_currency_of_the_account(
    symbol: str, currency: str, fees: float | None, tree: Tree, api: Api
) -> None:
    in_coins = fees == 210
    held = 3.0 if in_coins else 4.0  # a fee in coins is taken off what was bought
    run = tree.run(
        "r",
        books([110.0, 100], [held, 0]),
        *COLUMNS,
        symbol=symbol,
        ended_at=ENDED,
    )
    sold = 2 if in_coins else 4
    lines = [f"{stamp(1)},1,buy,4,110,1,{currency}", f"{stamp(2)},2,sell,{sold},100,1,{currency}"]
    header = TRADES.replace("\n", ",fee_currency\n")
    tree.write(run / "trades.csv", header + "\n".join(lines) + "\n")
    answer = await api("/api/v0/runs/r/statistics")
    found = {item["name"]: item for item in answer["items"]}
    assert found["fees"]["value"] == (None if fees is None else pytest.approx(fees))
    assert (found["fees"]["reason"] == "") == (fees is not None)
    assert answer["currency"] == symbol.partition("/")[2].partition(":")[0]
    assert checks(await api("/api/v0/runs/r/books"))["position"]["status"] == "ok"


@pytest.mark.parametrize("quantity", [1234567890123456.0, 1e12, 1e-8])
async def test_a_quantity_of_any_size_is_a_number(quantity: float, tree: Tree, api: Api) -> None:
    run = tree.run("r", books([100.0, 100], [0.0, 0]), *COLUMNS)
    lines = [f"{stamp(1)},1,buy,{quantity:.9f},1,0", f"{stamp(2)},2,sell,{quantity:.9f},2,0"]
    tree.write(run / "trades.csv", TRADES + "\n".join(lines) + "\n")
    (trade,) = (await api("/api/v0/runs/r/closed_trades"))["rows"]
    assert (trade["quantity"], trade["pnl"]) == (quantity, quantity)


@pytest.mark.parametrize("column", ["unrealized_pnl", "realized_pnl"])
async def test_a_wrong_first_row_is_named_and_not_all_others(
    column: str, tree: Tree, api: Api
) -> None:
    rows = books([100.0 + step % 7 for step in range(40)], [0.0, *[1.0] * 39])
    rows[0][column] = 5.0
    tree.run("r", rows[:2], *COLUMNS)
    await api("/api/v0/runs/r/books")
    tree.run("r", rows, *COLUMNS)
    profit = checks(await api("/api/v0/runs/r/books"))["profit"]
    assert (profit["status"], profit["failed"], profit["seq"]) == ("failed", 1, 0)
    assert profit["difference"] == -5


@pytest.mark.parametrize("named", [True, False])
async def test_the_fee_of_an_entry_may_be_realized_when_it_is_paid(
    *, named: bool, tree: Tree, api: Api
) -> None:
    rows: list[dict[str, Any]] = books([100.0, 100, 110, 120, 120], [0.0, 4, 4, 1, 1], fee=0.5)
    for row, realized, unrealized in zip(
        rows, [0, -0.5, -0.5, 59, 59], [0, 0, 40, 20, 20], strict=True
    ):
        row |= {"realized_pnl": realized, "unrealized_pnl": unrealized}
    run = tree.run("r", rows, *COLUMNS, ended_at=ENDED)
    if named:
        fills = [f"{stamp(2)},2,buy,4,100,0.5", f"{stamp(4)},4,sell,3,120,0.5"]
        tree.write(run / "trades.csv", TRADES + "\n".join(fills) + "\n")
    found = await api("/api/v0/runs/r/books")
    assert found["failed"] == 0
    rows[3]["realized_pnl"] += 0.2
    rows[3]["unrealized_pnl"] -= 0.2
    tree.run("r", rows, *COLUMNS, ended_at=ENDED)
    found = checks(await api("/api/v0/runs/r/books"))["realized"]
    assert (found["status"], found["seq"], found["failed"]) == ("failed", 3, 1)


async def test_money_in_whole_cents_may_be_off_by_its_rounding(tree: Tree, api: Api) -> None:
    rows: list[dict[str, Any]] = books(
        [33.337 + step / 9 for step in range(60)], [0.0, *[1.03] * 59]
    )
    for row in rows:
        row["cash"], row["equity"] = row["cash"] - 9_950, row["equity"] - 9_950
        for name in ("cash", "equity", "realized_pnl", "unrealized_pnl"):
            row[name] = round(row[name], 2)
    tree.run("r", rows, *COLUMNS)
    assert (await api("/api/v0/runs/r/books"))["failed"] == 0
    rows[30]["equity"] = round(rows[30]["equity"] + 0.05, 2)
    tree.run("r", rows, *COLUMNS)
    found = checks(await api("/api/v0/runs/r/books"))
    assert {found[name]["seq"] for name in ("equity", "profit")} == {30}
