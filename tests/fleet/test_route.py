"""The route of the fleet: without a dataset, with one, and with the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.tree import Tree
from fleet.conftest import Build, ended
from peak_trade.contract.fleet import search
from peak_trade.contract.fleet.dataset import FleetError
from peak_trade.contract.fleet.search import FleetFileParams, fleet_table
from peak_trade.errors import NotFoundError
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load


async def ask(tree: Tree, out: Path | None, **options: Any) -> Any:
    """Return what the route answers where `out` is the dataset of the settings."""
    given = {"dashboard.root": str(tree.root), "fleet.path": str(out) if out else None}
    runtime = Runtime(load(None, given).settings)
    try:
        return await fleet_table(runtime.context(), FleetFileParams(**options))
    finally:
        await runtime.stop()


async def test_each_build_is_seen(tree: Tree, out: Path, make: Build) -> None:
    ended(tree, "a", 3)
    make()
    assert (await ask(tree, out))["total"] == 1
    ended(tree, "b", 5)
    make()
    found = await ask(tree, out, q="events>3", hide="reason")
    assert (found["total"], found["matching"]) == (2, 1)
    assert [row["run"] for row in found["rows"]] == ["b"]
    assert "reason" not in found["rows"][0]


async def test_rows_are_files_too(tree: Tree, out: Path, make: Build) -> None:
    ended(tree, "=a()", 3)
    make()
    text = (await ask(tree, out, format="csv")).body.decode()
    assert text.startswith("run,status,mode")
    assert "\r\n'=a()," in text
    assert (await ask(tree, out, format="parquet")).body.startswith(b"PAR1")


async def test_what_is_missing_is_said(
    tree: Tree, out: Path, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFoundError, match=r"\[fleet\]"):
        await ask(tree, None)
    with pytest.raises(NotFoundError, match="peak-trade fleet build"):
        await ask(tree, out)
    ended(tree, "a")
    make()
    monkeypatch.setattr(search, "MAX_SEARCHED", 0)
    with pytest.raises(FleetError, match="DuckDB"):
        await ask(tree, out)


def damage(out: Path) -> None:
    [file] = out.glob("*/*.parquet")
    file.write_bytes(b"no parquet")


async def test_a_broken_dataset_is_said_and_built_again(tree: Tree, out: Path, make: Build) -> None:
    ended(tree, "a")
    make()
    damage(out)
    with pytest.raises(FleetError, match="build it again"):
        await ask(tree, out)
    make()
    assert (await ask(tree, out))["total"] == 1
