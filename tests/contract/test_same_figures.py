"""One run, asked in every way: page payload, JSON routes, library, report and terminal agree."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import peak_trade
from contract.conftest import Api
from contract.test_reports import Outline, report, run_of_eight
from contract.tree import Tree
from peak_trade.cli import app
from peak_trade.errors import PeakTradeError
from peak_trade.views.kit import text
from web.gated import Site

METRICS = ("equity", "realized_pnl", "unrealized_pnl", "drawdown", "total_steps", "total_orders")


async def printed(tree: Tree, *words: str) -> str:
    """Return what a command prints; in a thread, as a command runs a loop of its own."""
    given = [*words, "--root", str(tree.root)]
    done = await asyncio.to_thread(CliRunner().invoke, app, given)
    assert done.exit_code in {0, 3}, done.output
    return done.stdout


def figures(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in items}


@pytest.fixture
def run(tree: Tree) -> Tree:
    run_of_eight(tree, ended_at="2026-01-01T01:00:00+00:00")
    return tree


async def test_statistics(run: Tree, site: Site, api: Api) -> None:
    routes = await api("/api/v0/runs/r/statistics")
    wanted = figures(routes["items"])
    page = await api("/api/v0/pages/run?id=r&tab=statistics")
    assert figures(page["rows"]["judged"]["statistics"]["items"]) == wanted
    frame = peak_trade.open(run.root).run("r").statistics
    assert {name: frame.loc[name, "value"] for name in wanted} == wanted
    assert figures(json.loads(await printed(run, "stats", "r", "--json"))["items"]) == wanted
    said = json.loads(await printed(run, "report", "r", "--json", "--out", "-"))
    assert figures(said["runs"][0]["judged"]["statistics"]["items"]) == wanted
    outline = Outline(await report(site, "/api/v0/runs/r/report"))
    terminal = await printed(run, "stats", "r")
    numbers = [item for item in routes["items"] if isinstance(item["value"], int | float)]
    assert len(numbers) > 20
    for item in numbers:
        shown = text.statistic(item["value"], item["unit"], routes["currency"])
        assert item["value"] in outline.numbers, item["name"]
        assert shown in outline.text, item["name"]
        assert shown in terminal, item["name"]


async def test_the_library_writes_the_report_of_the_route(
    run: Tree, site: Site, tmp_path: Path
) -> None:
    """Also while a loop runs, as in a notebook."""
    out = tmp_path / "out.html"
    peak_trade.open(run.root).run("r").report(out, language="de")
    assert out.read_text() == await report(site, "/api/v0/runs/r/report?language=de")
    for refused in (tmp_path / "out.pdf", run.runs / "r" / "out.html"):
        with pytest.raises(PeakTradeError):
            peak_trade.open(run.root).run("r").report(refused)


async def test_metrics_at_the_last_event(run: Tree, site: Site, api: Api) -> None:
    wanted = await api("/runs/r/snapshot")
    page = await api("/api/v0/pages/run?id=r")
    assert page["snapshot"] == wanted
    assert peak_trade.open(run.root).run("r").snapshot() == wanted
    assert json.loads(await printed(run, "show", "r", "--json"))["snapshot"] == wanted
    outline = Outline(await report(site, "/api/v0/runs/r/report"))
    assert [wanted[name] for name in METRICS if wanted[name] not in outline.numbers] == []
    terminal = await printed(run, "show", "r")
    assert text.money(wanted["equity"], "EUR") in terminal
    assert text.percent(wanted["drawdown"]) in terminal


async def test_closed_trades(run: Tree, site: Site, api: Api) -> None:
    wanted = [row["pnl"] for row in (await api("/api/v0/runs/r/closed_trades"))["rows"]]
    assert len(wanted) == 2
    page = await api("/api/v0/pages/run?id=r&tab=closed")
    assert [row["pnl"] for row in page["rows"]["rows"]][::-1] == wanted
    assert peak_trade.open(run.root).run("r").closed_trades["pnl"].tolist() == wanted
    words = ("export", "r", "--table", "closed", "--format", "json", "--out", "-")
    assert [row["pnl"] for row in json.loads(await printed(run, *words))] == wanted
    outline = Outline(await report(site, "/api/v0/runs/r/report"))
    assert set(wanted) <= set(outline.numbers)
