"""A fleet over several roots: which run is of which, and one that is gone or in a store."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

import peak_trade
from contract.tree import NOW, Tree, event
from fleet.conftest import ended
from fleet.test_build import rows
from peak_trade.contract.fleet.dataset import FleetError
from peak_trade.contract.fleet.search import FleetTableParams, table
from peak_trade.contract.pages.fleet import FleetView, fleet
from peak_trade.fleets.build import Built, build
from peak_trade.progress import Step
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings, load

STORE = "memory://fleet-of-roots/desk"


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Tree]]:
    """Three roots, of which one is in a store; a run and its session stand in all of them."""
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    trees = {name: Tree(tmp_path / name) for name in ("live", "paper", "far")}
    for count, tree in enumerate(trees.values(), 3):
        ended(tree, "same", count, started_at="2026-01-15T17:00:00", config_snapshot=SESSION)
        tree.session("s", metrics={"equity": 1.0})
    upload(trees["far"])
    yield trees
    MemoryFileSystem.store.clear()


SESSION = {"session_id": "s"}


def upload(tree: Tree) -> None:
    for path in tree.root.rglob("*"):
        if path.is_file():
            name = path.relative_to(tree.root).as_posix()
            MemoryFileSystem().pipe_file(f"{STORE}/{name}", path.read_bytes())


@pytest.fixture
def settings(tmp_path: Path, trees: dict[str, Tree]) -> Settings:
    paths = {name: str(tree.root) for name, tree in trees.items()} | {"far": STORE}
    roots = [{"name": name, "path": path} for name, path in paths.items()]
    roots[1]["time_zone"] = "Europe/Berlin"
    given: dict[str, Any] = {
        "roots": roots,
        "storage.cache": str(tmp_path / "cache"),
        "fleet.path": str(tmp_path / "fleet"),
    }
    return load(None, given, by_address=True).settings


def test_runs_of_one_name_are_those_of_their_roots(settings: Settings, out: Path) -> None:
    assert build(settings, out) == Built(3, 3, 0, 0)
    found = rows(out)
    assert {name: (row["root"], row["events"]) for name, row in found.items()} == {
        "same": ("live", 3),
        "paper~same": ("paper", 4),
        "far~same": ("far", 5),
    }
    sessions = {name: row["session_id"] for name, row in found.items()}
    assert sessions == {"same": "s", "paper~same": "paper~s", "far~same": "far~s"}
    assert [found[name]["started"].hour for name in ("same", "paper~same")] == [17, 16]
    assert build(settings, out) == Built(3, 0, 3, 0)
    listed: Any = table(out, FleetTableParams(q="root:paper"), "json", "")
    assert [(row["run"], row["root"]) for row in listed["rows"]] == [("paper~same", "paper")]
    assert list(peak_trade.fleet(out).query("root:far").index) == ["far~same"]


def test_a_build_tells_how_far_it_is_from_the_first_copy_on(settings: Settings, out: Path) -> None:
    told: list[tuple[Step, int, int | None]] = []
    build(settings, out, progress=lambda *step: told.append(step))
    objects = len(MemoryFileSystem().find(STORE))
    assert told == [
        ("listed", objects, objects),
        ("copied", objects, objects),
        *(("judged", done, 3) for done in (1, 2, 3)),
    ]


def test_a_run_whose_copy_has_another_time_is_copied_again_and_not_judged(
    settings: Settings, out: Path
) -> None:
    build(settings, out)
    (events,) = Path(settings.storage.cache).rglob("events.csv")
    of_store = events.stat().st_mtime_ns
    os.utime(events, (0, 0))
    assert build(settings, out) == Built(3, 0, 3, 0)
    assert events.stat().st_mtime_ns == of_store


async def test_the_page_has_a_chip_for_each_root(settings: Settings, out: Path) -> None:
    build(settings, out)
    runtime = Runtime(settings)
    page = await fleet(runtime.context(), FleetView(q="root:paper"))
    assert page["roots"] == {"far": 1, "live": 1, "paper": 1}
    assert page["watched"] == ["paper~same"], "it has a page by that id"
    await runtime.stop()


def test_rows_of_a_root_that_is_gone_stay(
    settings: Settings, out: Path, trees: dict[str, Tree], monkeypatch: pytest.MonkeyPatch
) -> None:
    build(settings, out)
    before = rows(out)["paper~same"]
    trees["paper"].root.rename(out.with_name("unmounted"))
    ended(trees["live"], "new")

    def down(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "find", down)
        built = build(settings, out)
    assert built[:4] == (4, 1, 3, 0)
    gone, away = built.warnings
    assert gone == "the root paper: it does not exist; 1 of its rows stay as they were"
    assert away.startswith("the root far: unreachable since")
    assert rows(out)["paper~same"] == before
    out.with_name("unmounted").rename(trees["paper"].root)
    assert build(settings, out) == Built(4, 0, 4, 0)


def test_rows_of_a_root_that_vanishes_while_it_is_judged_stay(
    settings: Settings, out: Path, trees: dict[str, Tree]
) -> None:
    build(settings, out)
    for tree in (trees["live"], trees["paper"]):
        ended(tree, "more")
        ended(tree, "same", 9)

    def vanish(step: Step, *_: int | None) -> None:
        if step == "judged":
            shutil.rmtree(trees["paper"].root, ignore_errors=True)

    built = build(settings, out, progress=vanish)
    assert len(built.warnings) == 1
    assert {name: row["events"] for name, row in rows(out).items()} == {
        "same": 9,
        "more": 3,
        "paper~same": 4,
        "far~same": 5,
    }


def test_without_any_root_the_dataset_is_as_it_was(
    settings: Settings, out: Path, trees: dict[str, Tree], tmp_path: Path
) -> None:
    build(settings, out)
    version = out.resolve()
    for name in ("live", "paper"):
        shutil.rmtree(trees[name].root)
    shutil.rmtree(tmp_path / "cache")
    MemoryFileSystem.store.clear()
    with pytest.raises(FleetError, match="No run can be read"):
        build(settings, out)
    assert out.resolve() == version


def test_a_run_ended_by_an_earlier_build_is_one_row(
    settings: Settings, out: Path, trees: dict[str, Tree], monkeypatch: pytest.MonkeyPatch
) -> None:
    trees["live"].run("open", [event(step) for step in range(50, 60)])

    def stop(step: Step, *_: int | None) -> None:
        if step == "judged":
            raise KeyboardInterrupt

    for now in (NOW, "2026-01-15T19:30:00+00:00"):  # it is active, and then no more
        monkeypatch.setenv("PEAK_TRADE_NOW", now)
        with pytest.raises(KeyboardInterrupt):
            build(settings, out, progress=stop)
    build(settings, out)
    assert sorted(rows(out)) == ["far~same", "open", "paper~same", "same"]
