"""The route of the fleet: without a dataset, with one, and with the next one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.tree import Tree
from fleet.conftest import Build, ended
from fleet.made import run_row, write_fleet
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


@pytest.mark.parametrize("harm", [damage, lambda out: put(out, "strategy", no_text())])
async def test_a_broken_dataset_is_said_and_built_again(
    tree: Tree, out: Path, make: Build, harm: Callable[[Path], None]
) -> None:
    ended(tree, "a")
    make()
    harm(out)
    with pytest.raises(FleetError, match="build it again"):
        await ask(tree, out)
    make()
    assert (await ask(tree, out))["total"] == 1


def no_text() -> pa.Array:
    """Return a text that is no UTF-8."""
    return pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())


def put(out: Path, name: str, column: pa.Array) -> None:
    """Put a column into a dataset of one run."""
    [file] = out.glob("*/*.parquet")
    table = pq.ParquetFile(file).read()
    pq.write_table(table.set_column(table.column_names.index(name), name, column), file)


def link_to_itself(out: Path) -> None:
    out.symlink_to(out.name)


def a_time(microseconds: int) -> pa.Array:
    return pa.array([microseconds], pa.timestamp("us", "UTC"))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("strategy", no_text()),
        ("run_id", no_text()),
        ("started", a_time(2**63 - 1)),
        ("started", a_time(-(2**63))),
        ("last_event", a_time(253_402_300_800_000_000)),
        ("ended", a_time(-62_135_596_800_000_001)),
    ],
)
async def test_what_no_build_writes_is_a_broken_dataset(
    tree: Tree, out: Path, name: str, column: pa.Array
) -> None:
    write_fleet(out, [run_row(0)])
    put(out, name, column)
    with pytest.raises(FleetError, match="build it again"):
        await ask(tree, out)


async def test_a_loop_of_links_is_no_dataset(tree: Tree, out: Path) -> None:
    link_to_itself(out)
    with pytest.raises(NotFoundError, match="There is no fleet dataset"):
        await ask(tree, out)
