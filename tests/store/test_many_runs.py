"""The list of many runs: those that have ended are left alone, and nothing new is missed."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from contract.tree import Tree, event
from peak_trade.artifacts import files, unchanged
from peak_trade.settings import load
from peak_trade.store import runs_state, watch
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore
from peak_trade.store.paths import Paths
from ticking import Ticking

PATIENCE = 60.0
ENDED = "2026-01-15T12:00:00+00:00"


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    return Ticking.instead(monkeypatch)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    found = Tree(tmp_path)
    for number in range(5):
        found.run(f"ended{number}", [event(1)], ended_at=ENDED)
    found.run("open", [event(1)])
    return found


class Listing:
    """A list of runs, brought up to date as a request does while events tell of changes."""

    def __init__(self, tree: Tree, ticking: Ticking) -> None:
        settings = load(None, {"dashboard.root": str(tree.root)}).settings
        self.store = LocalStore(Paths.of(settings))
        for ticking.seconds in (0.0, 10.0):  # from the second listing on, the names are known
            self.store.commit_index(self.store.refresh_index())

    def look(self) -> dict[str, datetime | None]:
        index = self.store.refresh_index(self.store.index.open)
        self.store.commit_index(index)
        return {name: one.last_event for name, one in index.summaries.items()}


@pytest.fixture
def listing(tree: Tree, ticking: Ticking) -> Listing:
    return Listing(tree, ticking)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the runs whose files are looked at, and `.` for a listing."""
    found: list[str] = []
    listed = files.list_directory

    def noting(seen: unchanged.Seen) -> bool:
        found.extend(Path(path).parent.name for path, _ in seen)
        return unchanged.are_same(seen)

    def noting_lists(path: Path) -> files.Listing:
        found.append(".")
        return listed(path)

    monkeypatch.setattr(runs_state, "are_same", noting)
    monkeypatch.setattr(files, "list_directory", noting_lists)
    return found


def test_while_nothing_changes_runs_that_have_ended_are_left_alone(
    listing: Listing, looked: list[str]
) -> None:
    before = listing.store.index
    listing.look()
    assert set(looked) == {"open"}
    assert listing.store.index is before


def test_what_changes_in_an_open_run_is_seen_at_once(tree: Tree, listing: Listing) -> None:
    before = listing.look()
    tree.run("open", [event(1), event(2)])
    after = listing.look()
    assert after.pop("open") != before.pop("open")
    assert after == before
    tree.run("open", [event(1), event(2)], ended_at=ENDED)
    listing.look()
    assert not listing.store.index.open


def test_a_look_that_began_before_a_run_was_read_whole_takes_nothing_back(
    tree: Tree, listing: Listing
) -> None:
    steps = (*range(1000), 998)  # that they fall, the end of the file cannot tell
    tree.run("falling", [event(0) | {"step": step} for step in steps])
    listing.look()
    store = listing.store
    assert store.index.unsettled == ("falling",)
    before = store.refresh_index()
    state = store.refresh_run("falling", rows=False)
    assert state is not None
    store.commit_run(state)
    known = store.index.summaries["falling"]
    assert known.settled
    store.commit_index(before)
    assert store.index.summaries["falling"] == known


@pytest.mark.parametrize("seconds", [0.0, 1.0, 100.0])
def test_a_name_that_comes_or_goes_is_seen_at_once(
    tree: Tree, listing: Listing, ticking: Ticking, seconds: float
) -> None:
    ticking.seconds += seconds
    tree.run("new", [event(1)], ended_at=ENDED)
    assert "new" in listing.look()
    shutil.rmtree(tree.root / "live_runs/new")
    shutil.rmtree(tree.root / "live_runs/ended0")
    assert sorted(listing.look()) == ["ended1", "ended2", "ended3", "ended4", "open"]


def test_a_name_that_comes_in_the_step_of_a_listing_is_not_missed(
    tree: Tree, listing: Listing, ticking: Ticking
) -> None:
    runs = tree.root / "live_runs"
    tree.run("first", [event(1)], ended_at=ENDED)
    assert "first" in listing.look()
    status = runs.stat()
    tree.run("second", [event(1)], ended_at=ENDED)
    same = (status.st_dev, status.st_ino, status.st_mtime_ns, 0)
    with pytest.MonkeyPatch.context() as patch:  # as where the time of a change has no fractions
        patch.setattr(files, "names_signature", lambda _: same)
        for _ in range(3):
            assert "second" in listing.look()
        tree.run("third", [event(1)], ended_at=ENDED)
        assert "third" in listing.look()
        ticking.seconds += 10
        listing.look()
        assert listing.store.index.names.known


@pytest.mark.parametrize("meta", [None, "", "[]", '{"run_id": "later"}'])
def test_a_directory_that_becomes_a_run_is_seen_at_once(
    tree: Tree, ticking: Ticking, meta: str | None
) -> None:
    directory = tree.root / "live_runs/later"
    directory.mkdir()
    if meta is not None:
        (directory / "meta.json").write_text(meta)
    listing = Listing(tree, ticking)
    assert "later" not in listing.look()
    tree.run("later", [event(1)], ended_at=ENDED)
    assert "later" in listing.look()


def test_a_file_that_cannot_be_used_is_looked_at_again(tree: Tree, ticking: Ticking) -> None:
    path = tree.root / "live_runs/ended0/events.csv"
    path.unlink()
    path.symlink_to("/etc/hostname")
    listing = Listing(tree, ticking)
    assert listing.look()["ended0"] is None
    path.unlink()
    tree.run("ended0", [event(1)], ended_at=ENDED)
    assert listing.look()["ended0"] is not None


@pytest.mark.parametrize("lost", ["removed", "renamed"])
def test_a_directory_that_is_lost_is_told_and_what_was_known_stays(
    tree: Tree, listing: Listing, lost: str
) -> None:
    runs = tree.root / "live_runs"
    before = listing.look()
    runs.rename(tree.root / "aside")
    if lost == "renamed":
        runs.write_text("no directory")
        assert listing.look() == before
        assert listing.store.index.unlisted is not None
        runs.unlink()
        (tree.root / "aside").rename(runs)
        assert listing.look() == before
        assert listing.store.index.unlisted is None
    else:
        assert listing.look() == {}


class Telling:
    """A store that watches, and what it tells."""

    def __init__(self, tree: Tree, poll_seconds: float) -> None:
        values = {"dashboard.root": str(tree.root), "store.poll_seconds": poll_seconds}
        self.store = LiveStore(load(None, values).settings)
        self._told = asyncio.Event()
        self.store.subscribe(lambda _: self._told.set())

    def last_event(self, run_id: str) -> datetime | None:
        """Return the last event that the store knows, without a look of its own."""
        summary = self.store.local.index.summaries.get(run_id)
        return summary.last_event if summary else None

    async def changes(self, run_id: str, before: datetime | None) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.last_event(run_id) == before:
                await self._told.wait()
                self._told.clear()

    async def watches(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.store.watching:  # noqa: ASYNC110  there is no event for it
                await asyncio.sleep(0.01)


@pytest.fixture
def only_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let polling at everything tell nothing once events do."""
    monkeypatch.setattr(watch, "POLLS_WHILE_WATCHED", 10**9)


@pytest.mark.usefixtures("only_events")
async def test_what_changes_in_a_run_that_has_ended_is_told_by_events(tree: Tree) -> None:
    telling = Telling(tree, 0.5)
    store = telling.store
    before = (await store.index()).summaries["ended3"].last_event
    tree.run("ended3", [event(1), event(2)], ended_at=ENDED)
    second = (await store.index()).summaries["ended3"].last_event
    assert second != before  # nothing watches: all are looked at
    store.start()
    try:
        await telling.watches()
        tree.run("ended3", [event(1), event(2), event(3)], ended_at=ENDED)
        await telling.changes("ended3", second)
    finally:
        await store.stop()


@pytest.mark.usefixtures("only_events")
async def test_of_very_many_directories_those_of_open_runs_are_watched(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MAX_WATCHED", 4)
    tree.alerts("2026-01-15")
    telling = Telling(tree, 0.5)
    telling.store.start()
    try:
        await telling.watches()
        watched = {path.name for path in telling.store.watched}
        assert watched == {"live_runs", "alerts", "open"}
        first = telling.last_event("open")
        tree.run("open", [event(1), event(2)])
        await telling.changes("open", first)
        (tree.root / "live_runs/new").mkdir()
        tree.run("new", [event(1)])
        await telling.changes("new", None)
        second = telling.last_event("open")
        tree.run("open", [event(1), event(2), event(3)], ended_at=ENDED)
        await telling.changes("open", second)
    finally:
        await telling.store.stop()


@pytest.mark.usefixtures("only_events")
async def test_where_events_do_not_work_polling_tells_of_runs_that_have_ended(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("no watches are left")

    monkeypatch.setattr("watchfiles.watch", fails)
    telling = Telling(tree, 0.05)
    telling.store.start()
    try:
        await telling.changes("ended3", None)
        first = telling.last_event("ended3")
        tree.run("ended3", [event(1), event(2)], ended_at=ENDED)
        await telling.changes("ended3", first)
        assert not telling.store.watching
    finally:
        await telling.store.stop()


@pytest.mark.parametrize(
    ("files_each", "directories", "few"), [(0, 4, True), (0, 5, False), (20, 1, False)]
)
def test_directories_are_few_by_what_it_takes_to_watch_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, files_each: int, directories: int, few: bool
) -> None:
    monkeypatch.setattr(watch, "MAX_WATCHED", 4)
    for number in range(directories):
        (tmp_path / f"d{number}").mkdir()
        for other in range(files_each):
            (tmp_path / f"d{number}" / str(other)).touch()
    assert watch.are_few([tmp_path]) is few
