"""Reports of runs and sessions: one file, the same for the same data, safe with any text."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from contract.conftest import Api
from contract.test_judged import books
from contract.tree import HOSTILE, NOW, Tree, event, rich_tree
from peak_trade.derive.arrays import Floats
from peak_trade.reports import build, charts, drawing
from peak_trade.reports.build import MAX_WAITING
from serving import PATIENCE, clean_environment
from web.gated import Site

CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "h1", "h2"),
    *("h3", "p", "div", "span", "strong", "small", "table", "caption", "thead", "tbody", "tr"),
    *("th", "td", "data", "figure", "figcaption", "img"),
}
PRICES = [100.0, 101.0, 102.0, 99.0, 98.0, 103.0, 104.0, 100.0]
POSITIONS = [0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 2.0, 0.0]


class Outline(HTMLParser):
    """The elements of a document, their attributes, and the exact numbers that it tells."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.numbers: list[float] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.numbers += [float(value or "") for name, value in attrs if name == "value"]

    def handle_data(self, data: str) -> None:
        self.text += data


def run_of_eight(tree: Tree, run_id: str = "r", **meta: Any) -> None:
    rows = books(PRICES, POSITIONS, fee=0.5)
    tree.run(run_id, rows, *rows[0], **meta)


async def report(site: Site, path: str) -> str:
    answer = await site.ask(path)
    assert answer.code == 200, answer.body
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer.body.decode()


async def test_a_report_is_one_file_without_scripts(tree: Tree, site: Site) -> None:
    run_of_eight(tree)
    document = await report(site, "/api/v0/runs/r/report")
    outline = Outline(document)
    assert outline.tags <= ALLOWED
    sources = [value or "" for name, value in outline.attributes if name in {"src", "href"}]
    assert len(sources) >= 3
    assert {source.partition(",")[0] for source in sources} == {"data:image/svg+xml;base64"}
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "style"]
    policy = next(value for _, value in outline.attributes if value and "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


async def test_it_says_how_final_it_is(tree: Tree, site: Site) -> None:
    run_of_eight(tree)
    run_of_eight(tree, "over", ended_at="2026-01-01T01:00:00+00:00")
    going, over = [
        Outline(await report(site, f"/api/v0/runs/{name}/report")).text for name in ("r", "over")
    ]
    assert "provisional as of 2026-01-01 00:08:00" in going
    assert "provisional" not in over
    assert "ended 2026-01-01 01:00:00" in over
    assert "report of 2026-01-15 18:30:00 UTC" in over


async def test_its_numbers_are_those_of_the_routes(tree: Tree, site: Site, api: Api) -> None:
    run_of_eight(tree)
    told = Outline(await report(site, "/api/v0/runs/r/report")).numbers
    items = (await api("/api/v0/runs/r/statistics"))["items"]
    values = [item["value"] for item in items if isinstance(item["value"], int | float)]
    trades = (await api("/api/v0/runs/r/closed_trades"))["rows"]
    values += [trade[name] for trade in trades for name in ("pnl", "mae", "mfe", "fees")]
    assert len(values) >= 30
    assert [value for value in values if value not in told] == []
    said = await api("/api/v0/runs/r/report?format=json")
    assert said["runs"][0]["judged"]["statistics"]["items"] == items
    assert said["runs"][0]["closed"]["rows"] == trades


async def test_two_runs_stand_side_by_side(tree: Tree, site: Site, api: Api) -> None:
    run_of_eight(tree, "a", config_snapshot={"fast": 3})
    run_of_eight(tree, "b", config_snapshot={"fast": 5})
    text = Outline(await report(site, "/api/v0/runs/a/report?other=b")).text
    assert "Settings that differ" in text
    assert "none: the bars of both agree" in text
    said = await api("/api/v0/runs/a/report?other=b&format=json")
    assert [run["run"]["snapshot"]["run_id"] for run in said["runs"]] == ["a", "b"]
    assert said["comparison"]["differences"] == [{"key": "config.fast", "values": [3, 5]}]


async def test_what_is_told_of_each_of_two_runs_says_of_which(tree: Tree, site: Site) -> None:
    run_of_eight(tree, "a")
    run_of_eight(tree, "b")
    sections = (await report(site, "/api/v0/runs/a/report?other=b")).split("<section>")[1:]
    titles = [re.findall(r"<(?:caption|figcaption|h2|h3)>(.*?)<", section) for section in sections]
    assert [found for found in titles if len(set(found)) < len(found)] == []
    assert len({title for found in titles for title in found if title.startswith("B: ")}) >= 10


async def test_a_name_takes_a_line_or_two_of_the_head(tree: Tree, site: Site) -> None:
    long = "x" * 1_000
    run_of_eight(tree, strategy_name=long, symbol=long, mode=long, timeframe=long)
    document = await report(site, "/api/v0/runs/r/report")
    head = document[document.index("<header>") : document.index("</header>")]
    assert len(Outline(head).text) < 1_000


async def test_a_time_breaks_before_its_time_of_day_alone(tree: Tree, site: Site) -> None:
    run_of_eight(tree)
    document = await report(site, "/api/v0/runs/r/report")
    cells = re.findall(r"<td[^>]*>(.*?)</td>", document, re.DOTALL)
    times = [cell for cell in cells if re.search(r"\d{4}-\d\d-\d\d", cell)]
    assert len(times) >= 10
    assert [
        c for c in times if not re.fullmatch(r"\s*(<span class=\"short\">[^ <]+</span>\s*)+", c)
    ] == []


@pytest.mark.parametrize("kind", ["line", "dashes"])
def test_a_point_without_neighbours_is_drawn(kind: drawing.Kind) -> None:
    nothing = np.array([np.nan, np.nan, np.nan])
    beside = [drawing.Drawn(np.array([1.0, 2.0]), np.array([1.0, 3.0]))]

    def drawn(y: Floats) -> bytes | None:
        one = drawing.Drawn(np.array([1.0, 1.5, 2.0]), y, kind)
        return drawing.svg(drawing.Picture([drawing.Panel([one, *beside], str_of)], str_of))

    assert drawn(nothing) != drawn(np.array([np.nan, 2.0, np.nan]))


def test_what_is_written_below_a_chart_is_exact() -> None:
    written: list[tuple[float, str]] = []

    def label(value: float, step: float) -> str:
        shown = charts._percent(value, step)
        written.append((value, shown))
        return shown

    bars = drawing.Drawn(np.array([-0.01, 0.02]), np.array([1.0, 2.0]), "bars")
    drawing.svg(drawing.Picture([drawing.Panel([bars], charts._number)], label, charts.HALF))
    assert len(written) >= 2
    for value, shown in written:
        assert float(shown.removesuffix("%").strip()) == pytest.approx(100 * value, abs=1e-9)


def str_of(value: float, _step: float) -> str:
    return str(value)


async def test_a_session_joins_its_record_its_run_and_its_telemetry(tree: Tree, site: Site) -> None:
    rich_tree(tree.root)
    tree.session("joined", run_id="known", metrics={"realized_pnl": 5.5})
    tree.log("joined", {"ts": NOW, "kind": "fill", "symbol": "BTC/EUR", "payload": {}})
    text = Outline(await report(site, "/api/v0/live_sessions/joined/report")).text
    for word in ("Session joined", "Record", "Limits", "fill", "Statistics", "Closed trades"):
        assert word in text
    alone = Outline(await report(site, "/api/v0/live_sessions/known/report")).text
    assert "Statistics" not in alone


async def test_it_speaks_german(tree: Tree, site: Site) -> None:
    run_of_eight(tree)
    document = await report(site, "/api/v0/runs/r/report?language=de")
    assert '<html lang="de">' in document
    assert "Bericht vom" in document
    assert "10.000,00" in document
    assert "report of" in await report(site, "/api/v0/runs/r/report")


async def test_hostile_text_stays_text(tree: Tree, site: Site) -> None:
    rich_tree(tree.root)
    steering = f"{HOSTILE}\x1b[31m\x07\x9b2J\u202e</style><script>alert(1)</script>"
    rows = [event(step, risk_reasons=HOSTILE, orders_blocked=1) for step in range(1, 5)]
    meta = {"notes": steering, "strategy_name": steering, "symbol": steering, "mode": steering}
    config = {steering: steering, "long": "x" * 10_000}
    columns = ("step", "ts_event", "equity", "orders_blocked", "risk_reasons")
    tree.run("odd", rows, *columns, config_snapshot=config, **meta)
    tree.session("odd", notes=steering, run_id="odd", config=config, error=steering)
    odd = quote(HOSTILE, safe="")
    for path in ("runs/odd", f"runs/{odd}", "live_sessions/odd", f"live_sessions/{odd}"):
        document = await report(site, f"/api/v0/{path}/report")
        assert Outline(document).tags <= ALLOWED
        assert CONTROLS.search(document) is None
        assert len(document) < 1_000_000


@pytest.mark.parametrize(
    "values",
    [[1.7e308, -1.7e308, 0.0], [5e-324, 0.0, -0.0], [1e300] * 3, [0.0] * 3, [-1.0, 0.0, 1e-300]],
)
async def test_any_number_can_be_drawn(tree: Tree, site: Site, values: list[float]) -> None:
    tree.run("odd", [event(step, equity=value) for step, value in enumerate(values, start=1)])
    tree.run("none", [])
    tree.run("bare")
    for name in ("odd", "none", "bare"):
        assert "<h2>" in await report(site, f"/api/v0/runs/{name}/report")


async def test_times_of_any_year_can_be_drawn(tree: Tree, site: Site) -> None:
    stamps = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-15T00:00:00Z")
    tree.run("odd", [event(i, ts_event=at) for i, at in enumerate(stamps, start=1)])
    assert "<h2>" in await report(site, "/api/v0/runs/odd/report")


async def test_without_the_package_the_answer_says_what_to_install(
    tree: Tree, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of_eight(tree)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    status, detail = await api.refused("/api/v0/runs/r/report")
    assert (status, detail) == (501, drawing.NOT_INSTALLED)
    assert (await api("/api/v0/runs/r/report?format=json"))["runs"]


async def test_too_many_reports_at_once_are_refused(
    tree: Tree, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of_eight(tree)
    go_on = threading.Event()
    monkeypatch.setattr(build, "html", lambda *_: b"made" if go_on.wait(PATIENCE) else b"")
    asked = [asyncio.create_task(site.ask("/api/v0/runs/r/report")) for _ in range(MAX_WAITING + 1)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
    assert [task.result().code for task in done] == [503]
    assert (await site.ask("/api/v0/runs/r/statistics")).code == 200  # other answers do not wait
    go_on.set()
    codes = sorted([answer.code for answer in await asyncio.gather(*asked)])
    assert codes == [200] * MAX_WAITING + [503]


def test_the_same_data_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    run_of_eight(tree)
    made = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "peak_trade", "report", "r", "--out", str(out)]
        environment = {"PEAK_TRADE_NOW": NOW, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=clean_environment(environment),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]
