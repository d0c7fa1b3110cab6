"""Rules R of the contract: runs, where the recorded system is wrong or its rule was kept."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.conftest import Api
from contract.tree import COLUMNS, HOSTILE, Tree, as_csv, event
from web.gated import Site


def parquet(directory: Path, **columns: object) -> None:
    pq.write_table(pa.table(columns), directory / "events.parquet")


async def test_r2_a_run_without_events_is_a_normal_run(api: Api, tree: Tree) -> None:
    tree.run("r")
    assert [run["run_id"] for run in await api("/runs")] == ["r"]
    snapshot = await api("/runs/r/snapshot")
    assert (snapshot["total_steps"], snapshot["equity"], snapshot["drawdown"]) == (0, None, None)
    assert await api("/runs/r/tail") == await api("/runs/r/alerts") == []
    assert (await api("/api/v0/runs/r/metrics"))["total_orders"] == 0
    assert (await api("/api/v0/runs/r"))["meta"]["run_id"] == "r"
    for name, text in (("equity", "equity"), ("signals", "events"), ("trades", "trades")):
        expected = (404, f"{text}_not_available: r")
        assert await api.refused(f"/api/v0/runs/r/{name}") == expected


async def test_r3_empty_reasons_and_numbers_are_no_error(api: Api, tree: Tree) -> None:
    tree.run("r", [{"step": 1}], "step", "equity", "risk_allowed", "risk_reasons")
    [row] = await api("/runs/r/tail")
    assert (row["equity"], row["risk_allowed"], row["risk_reasons"]) == (None, True, "")


async def test_r4_events_without_steps_keep_file_order(api: Api, tree: Tree) -> None:
    tree.run("r", [{"equity": 3}, {"equity": 1}], "ts_event", "equity")
    assert [row["equity"] for row in await api("/runs/r/tail")] == [3, 1]
    assert (await api("/runs/r/snapshot"))["equity"] == 1


async def test_r5_all_routes_have_one_order(api: Api, tree: Tree) -> None:
    tree.run("r", [event(2, equity=20), event(3, equity=30), event(1, equity=10)])
    assert (await api("/runs/r/snapshot"))["equity"] == 30
    assert [row["equity"] for row in await api("/runs/r/tail")] == [10, 20, 30]
    assert [row["equity"] for row in await api("/api/v0/runs/r/equity")] == [10, 20, 30]
    [run] = await api("/runs")
    assert run["last_event_time"] == event(3)["ts_event"]


async def test_r6_order_totals_are_over_all_rows(api: Api, tree: Tree) -> None:
    rows = [event(1, orders_generated=3, orders_filled=1), event(2, orders_generated=2)]
    tree.run("r", rows + [event(3, equity=None)] * 10_050)
    assert (await api("/runs/r/snapshot"))["total_orders"] == 1 + 2


async def test_r7_drawdown_does_not_depend_on_the_window(api: Api, tree: Tree) -> None:
    tree.run("r", [event(step, equity=equity) for step, equity in enumerate((100, 50, 60), 1)])
    short = await api("/api/v0/runs/r/equity?limit=1")
    assert short == (await api("/api/v0/runs/r/equity"))[-1:]
    assert short[0]["drawdown"] == pytest.approx(-0.4)


async def test_r8_no_drawdown_without_a_positive_maximum(api: Api, tree: Tree) -> None:
    tree.run("r", [event(1, equity=-5), event(2, equity=-10), event(3, equity=0)])
    assert (await api("/runs/r/snapshot"))["drawdown"] is None
    drawdowns = [row["drawdown"] for row in await api("/api/v0/runs/r/equity")]
    assert drawdowns == [None, None, None]


@pytest.mark.parametrize(
    ("equities", "drawdowns"),
    [
        (("5e-324", "-1e308", "5e-324"), [0.0, None, 0.0]),  # the quotient is infinite
        (("100", "inf", "50"), [0.0, None, -0.5]),
        (("100", "-inf", "90"), [0.0, None, -0.1]),
        (("100", "1e999", "nan"), [0.0, None, None]),
    ],
)
async def test_an_infinite_drawdown_is_null(
    api: Api, tree: Tree, equities: tuple[str, ...], drawdowns: list[float | None]
) -> None:
    tree.run("r", [event(step, equity=equity) for step, equity in enumerate(equities, 1)])
    rows = await api("/api/v0/runs/r/equity")
    assert [row["drawdown"] for row in rows] == pytest.approx(drawdowns)
    known = [value for value in drawdowns if value is not None]
    assert (await api("/runs/r/snapshot"))["drawdown"] == pytest.approx(known[-1])


@pytest.mark.parametrize("stored", ["2026-01-15T19:00:00+01:00", "2026-01-15 13:00:00-0500"])
async def test_rows_have_the_time_as_it_is_stored(api: Api, tree: Tree, stored: str) -> None:
    row = event(1, ts_event=stored, signal=1, signal_changed=True, orders_filled=1)
    columns = ("step", "ts_event", "equity", "signal", "signal_changed", "position_size")
    tree.run("r", [{**row, "position_size": 1}], *columns, "orders_filled")
    tree.write(tree.runs / "r" / "trades.csv", f"ts,side,quantity,price\n{stored},buy,1,2\n")
    for name in ("equity", "signals", "positions", "orders"):
        found = await api(f"/api/v0/runs/r/{name}")
        rows = found if isinstance(found, list) else found["items"]
        assert [row["ts"] for row in rows] == [stored], name
    trades = (await api("/api/v0/runs/r/trades"))["rows"]
    assert [row["ts"] for row in trades] == [stored]
    assert (await api("/runs/r/snapshot"))["last_event_time"] == "2026-01-15T18:00:00+00:00"


async def test_r9_times_without_offset_are_utc(api: Api, tree: Tree) -> None:
    for run_id, ended in (("going", None), ("ended", "2026-01-15T18:00:00")):
        naive = event(1, ts_event="2026-01-15T18:24:02")
        tree.run(run_id, [naive], started_at="2026-01-15 17:00:00", ended_at=ended)
    runs = {run["run_id"]: run for run in await api("/runs")}
    assert runs["going"]["last_event_time"] == "2026-01-15T18:24:02+00:00"
    assert runs["ended"]["ended_at"] == "2026-01-15T18:00:00+00:00"
    assert (runs["going"]["is_active"], runs["ended"]["is_active"]) == (True, False)


async def test_r10_damaged_events_leave_the_run_and_the_list(api: Api, tree: Tree) -> None:
    tree.run("good", [event(1)])
    header = ",".join(COLUMNS)
    stamp = event(1)["ts_event"]
    damaged = {
        "ragged": f"{header}\n1,{stamp},5\n2,{stamp},6,1,1,1,extra,cells\n",
        "torn": f"{header}\n1,{stamp},5\n2,{stamp},6\n3,2026-01-15T1",
        "empty": "",
    }
    for name, text in damaged.items():
        tree.write(tree.run(name) / "events.csv", text)
    tree.write(tree.run("half") / "events.parquet", b"PAR1 half written")
    assert {run["run_id"] for run in await api("/runs")} == {"good", "half", *damaged}
    assert [row["equity"] for row in await api("/runs/ragged/tail")] == [5, 6]
    assert [row["equity"] for row in await api("/runs/torn/tail")] == [5, 6]
    assert (await api("/runs/half/snapshot"))["total_steps"] == 0
    refused = (404, "equity_not_available: empty")
    assert await api.refused("/api/v0/runs/empty/equity") == refused


async def test_r10_a_half_written_parquet_keeps_the_last_good_rows(api: Api, tree: Tree) -> None:
    run = tree.run("r")
    parquet(run, step=[1, 2], equity=[1.0, 2.0], ts_event=["2026-01-15T18:00:00Z"] * 2)
    assert (await api("/runs/r/snapshot"))["total_steps"] == 2
    whole = (run / "events.parquet").read_bytes()
    (run / "events.parquet").write_bytes(whole[:-20])
    assert (await api("/runs/r/snapshot"))["equity"] == 2


async def test_r11_native_times_are_iso_and_not_a_time_is_none(api: Api, tree: Tree) -> None:
    stamps = pa.array([1768500242 * 10**9, None], pa.timestamp("ns", tz="UTC"))
    bars = ["2026-01-15T18:00:00+00:00", "2026-01-15T18:01:00+00:00"]
    parquet(tree.run("r"), step=[1, 2], ts_event=stamps, ts_bar=bars, signal=[1.0, float("nan")])
    items = (await api("/api/v0/runs/r/events"))["items"]
    assert [item["ts"] for item in items] == ["2026-01-15T18:04:02+00:00", bars[1]]
    assert "signal=None position_size=None" in items[1]["msg"]
    assert "nan" not in json.dumps(await api("/runs/r/tail"))


async def test_r12_pnl_stands_in_for_realized_pnl_everywhere(api: Api, tree: Tree) -> None:
    rows = [event(1, realized_pnl=None, pnl=7.5)]
    tree.run("r", rows, "step", "ts_event", "equity", "realized_pnl", "pnl")
    [last] = await api("/runs/r/tail")
    [point] = await api("/api/v0/runs/r/equity")
    snapshot = await api("/runs/r/snapshot")
    assert {row["realized_pnl"] for row in (last, point, snapshot)} == {7.5}


@pytest.mark.parametrize("text", ["n/a", "None", "NA", "null"])
async def test_r12b_reasons_keep_words_that_mean_nothing(api: Api, tree: Tree, text: str) -> None:
    tree.run("r", [event(1, risk_reasons=text)], "step", "ts_event", "risk_reasons")
    assert (await api("/runs/r/tail"))[0]["risk_reasons"] == text


async def test_r13_a_bad_alert_line_costs_only_itself(api: Api, tree: Tree) -> None:
    good = {"rule_id": "a", "severity": None, "message": 5, "timestamp": "2026-01-15T18:00:00Z"}
    lines = [good, None, 5, "not json", ["list"], {"timestamp": 1768500001}]
    text = "\n".join(json.dumps(line) if line != "not json" else line for line in lines)
    tree.write(tree.run("r") / "alerts.jsonl", text + "\n")
    alerts = await api("/runs/r/alerts")
    assert [alert["rule_id"] for alert in alerts] == ["", "a"]
    assert {alert["severity"] for alert in alerts} == {"info"}
    assert {alert["message"] for alert in alerts} == {""}


async def test_r14_the_summary_counts_all_and_names_the_newest(api: Api, tree: Tree) -> None:
    lines = [
        {"severity": f"s{n}", "timestamp": f"2026-01-15T10:{n % 60:02}:00Z"} for n in range(60)
    ]
    tree.write(tree.run("r") / "alerts.jsonl", "\n".join(map(json.dumps, lines)) + "\n")
    summary = (await api("/api/v0/runs/r/detail_v02"))["alerts_summary"]
    assert summary == {"count": 60, "last_severity": "s59"}
    tree.run("none")
    assert (await api("/api/v0/runs/none/detail_v02"))["alerts_summary"] == {"count": 0}


@pytest.mark.parametrize("meta", ["{", "[]", '{"run_id": "r"}', "", '{"run_id": 5}'])
async def test_r15_an_unusable_meta_is_404_everywhere(api: Api, tree: Tree, meta: str) -> None:
    tree.write(tree.run("r", [event(1)]) / "meta.json", meta)
    assert await api("/runs") == []
    assert await api.refused("/runs/r/tail") == (404, "Run not found: r")
    assert await api.refused("/api/v0/runs/r") == (404, "meta_not_found: r")
    assert (await api.refused("/api/v0/runs/r/equity"))[0] == 404


async def test_r15_optional_keys_of_a_wrong_type_are_absent(api: Api, tree: Tree) -> None:
    tree.run("r", config_snapshot=["x"], notes=5, started_at="yesterday", ended_at=17)
    meta = (await api("/api/v0/runs/r"))["meta"]
    assert (meta["config_snapshot"], meta["notes"]) == ({}, "")
    assert (meta["started_at"], meta["ended_at"]) == (None, None)


async def test_r16_texts_of_not_found_differ_by_family(api: Api) -> None:
    for path, text in {
        "/runs/x/snapshot": "Run not found: x",
        "/runs/x/alerts": "Run not found: x",
        "/api/v0/runs/x/metrics": "Run not found: x",
        "/api/v0/runs/x": "run_not_found: x",
        "/api/v0/runs/x/orders": "run_not_found: x",
        "/api/v0/runs/x/detail_v02": "run_not_found: x",
    }.items():
        assert await api.refused(path) == (404, text)


async def test_r17_up_to_limit_runs_are_listed(api: Api, tree: Tree) -> None:
    for number in range(60):
        tree.run(f"r{number}")
    assert len(await api("/api/v0/runs_v02?limit=200")) == 60
    assert len(await api("/runs")) == 50


async def test_r18_streams_of_unknown_runs_are_404(api: Api) -> None:
    # What streams do beyond this is in streams/test_run_events.
    expected = (404, "run_not_found: x")
    assert await api.refused("/api/v0/runs/x/events?sse=true&follow=true") == expected


async def test_r19_very_long_ids_are_404(api: Api) -> None:
    assert (await api.refused(f"/runs/{'x' * 3000}/snapshot"))[0] == 404


async def test_r20_head_is_get_without_body(site: Site, tree: Tree) -> None:
    tree.run("r", [event(1)])
    head = await site.ask("/runs/r/tail", "HEAD")
    assert (head.code, head.body) == (200, b"")
    assert (await site.ask("/runs/r/tail", "OPTIONS")).code == 405


async def test_a_run_that_stops_being_active_by_time_alone_gives_the_list_another_tag(
    site: Site, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.run("r", [event(60)])
    first = await site.ask("/runs")
    tag = first.headers["Etag"]
    assert (await site.ask("/runs", If_None_Match=tag)).code == 304
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:41:00+00:00")
    later = await site.ask("/runs", If_None_Match=tag)
    assert (later.code, later.headers["Etag"] != tag) == (200, True)
    active = [json.loads(answer.body)[0]["is_active"] for answer in (first, later)]
    assert active == [True, False]


async def test_r21_an_event_in_the_future_is_active(api: Api, tree: Tree) -> None:
    tree.run("r", [event(1, ts_event="2026-01-15T23:00:00+00:00")])
    assert (await api("/runs"))[0]["is_active"] is True


async def test_r22_ten_minutes_exactly_are_inactive(api: Api, tree: Tree) -> None:
    tree.run("at", [event(1, ts_event="2026-01-15T18:20:00+00:00")])
    tree.run("within", [event(1, ts_event="2026-01-15T18:20:00.001+00:00")])
    runs = {run["run_id"]: run["is_active"] for run in await api("/runs")}
    assert runs == {"at": False, "within": True}


async def test_r25_a_replaced_file_has_another_epoch(api: Api, tree: Tree) -> None:
    run = tree.run("r", [event(1), event(2)])
    before = await api("/api/v0/runs/r/events")
    assert (before["next_seq"], before["count"]) == (2, 2)
    with (run / "events.csv").open("a") as stream:
        stream.write(as_csv([event(3)]).partition("\n")[2])
    grown = await api("/api/v0/runs/r/events?since_seq=2")
    assert (grown["epoch"], grown["next_seq"]) == (before["epoch"], 3)
    tree.run("r", [event(5)])
    assert (await api("/api/v0/runs/r/events?since_seq=3"))["epoch"] != before["epoch"]


async def test_r26_pointers_are_encoded_and_lead_somewhere(api: Api, tree: Tree) -> None:
    tree.run(HOSTILE, [event(1)])
    detail = await api(f"/api/v0/runs/{encoded(HOSTILE)}/detail_v02")
    for path in detail["pointers"].values():
        assert "<" not in path
        await api(path)


async def test_r26_trades_with_holes(api: Api, tree: Tree) -> None:
    run = tree.run("r")
    columns = {
        "ts": pa.array([0, None], pa.timestamp("us", tz="UTC")),
        "price": [float("nan"), float("inf")],
        "note": [None, "x"],
    }
    pq.write_table(pa.table(columns), run / "trades.parquet")
    rows = (await api("/api/v0/runs/r/trades"))["rows"]
    assert rows[0] == {"ts": "1970-01-01T00:00:00+00:00", "price": None, "note": None}
    assert rows[1] == {"ts": None, "price": None, "note": "x"}


async def test_r27_equal_steps_keep_the_order_of_the_file(api: Api, tree: Tree) -> None:
    tree.run("r", [event(step, equity=number) for number, step in enumerate([2, 1] * 20)])
    shown = [row["equity"] for row in await api("/runs/r/tail")]
    assert shown == [*range(1, 40, 2), *range(0, 40, 2)]


def encoded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())
