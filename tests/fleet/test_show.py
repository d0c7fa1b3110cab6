"""Asking a fleet: on the command line, and in a notebook."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import peak_trade
from contract.tree import HOSTILE, Tree, event
from fleet.conftest import Build, ended
from peak_trade.cli import app
from peak_trade.contract.base.query import QueryError
from peak_trade.contract.fleet.search import FLEET, NAMES
from peak_trade.errors import NotFoundError


@pytest.fixture
def fleet(tree: Tree, out: Path, make: Build) -> Path:
    """Build a fleet of four runs with returns of 0 to 3 in 1000, and one that cannot be read."""
    for number in range(4):
        rows = [event(1), event(2, equity=1001.0 + number)]
        tree.run(f"run{number}", rows, strategy_name=("ma", "rsi")[number % 2])
    ended(tree, HOSTILE, 1, strategy_name="\x1b[31mred")
    tree.write(tree.runs / "broken" / "meta.json", "{")
    make()
    return out


def show(fleet: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["fleet", "show", *words, "--out", str(fleet)])


def test_a_query_is_answered_sorted(fleet: Path) -> None:
    done = show(fleet, "strategy:ma", "return>=0", "--sort", "-return", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [row["run"] for row in found["rows"]] == ["run2", "run0"]
    assert (found["total"], found["matching"]) == (6, 2)
    assert set(found["rows"][0]) == set(NAMES) - {"root"}
    lines = show(fleet, "status:ok", "--sort", "-events", "--limit", "2").stdout.splitlines()
    assert lines[0].split()[:3] == ["run", "mode", "strategy"]
    assert lines[-1] == "2 of 5 that match, 6 in all"


def test_what_cannot_be_asked_is_said(fleet: Path, tmp_path: Path) -> None:
    assert show(fleet, "sharpe>1000").exit_code == 3
    wrong = show(fleet, "nonsense>1")
    assert wrong.exit_code == 2
    assert "nonsense" in wrong.stderr
    none = show(tmp_path / "nothing")
    assert none.exit_code == 1
    assert "peak-trade fleet build" in none.stderr
    unset = CliRunner().invoke(app, ["fleet", "show", "--root", str(tmp_path)])
    assert unset.exit_code == 2
    assert "[fleet]" in unset.stderr


def test_the_setting_says_where_it_is(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_FLEET__PATH", "../fleet")
    done = CliRunner().invoke(app, ["fleet", "show", "--root", str(tmp_path / "root")])
    assert "6 in all" in done.stdout


def test_no_text_of_a_run_acts_on_the_terminal(fleet: Path) -> None:
    assert "\x1b" not in show(fleet).stdout
    assert "\x1b" not in show(fleet, "--json").stdout


def test_a_notebook_has_the_fleet_as_a_frame(fleet: Path, tmp_path: Path) -> None:
    found = peak_trade.fleet(fleet)
    assert len(found.frame) == 6
    assert isinstance(found.frame["started"].dtype, pd.DatetimeTZDtype)
    best = found.query("strategy:rsi return>0", sort="-return")
    assert best.index.tolist() == ["run3", "run1"]
    assert best.columns.tolist() == found.frame.columns.tolist()
    assert set(found.frame.columns) | {"run_id"} == set(found.columns.index)
    assert found.columns.loc["max_drawdown", "unit"] == "fraction"
    shown = found._repr_mimebundle_()
    assert "runs: 6" in repr(found)
    assert "\x1b" not in shown["text/plain"]
    assert "<img" not in shown["text/html"]
    with pytest.raises(QueryError, match="nonsense"):
        found.query("nonsense<1")
    with pytest.raises(NotFoundError, match="peak-trade fleet build"):
        peak_trade.fleet(tmp_path / "nothing")


def test_what_is_asked_for_are_columns_of_the_dataset(fleet: Path) -> None:
    frame = peak_trade.fleet(fleet).columns
    assert set(NAMES.values()) <= set(frame.index)
    assert list(FLEET.names) == list(NAMES)
