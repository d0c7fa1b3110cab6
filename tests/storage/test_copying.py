"""The copy of a store: whole or as it was, never torn, bounded, ours alone."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from contract.tree import as_csv, event
from peak_trade.artifacts.read_errors import ReadError
from peak_trade.errors import NotInstalledError, SettingsError
from peak_trade.settings import load
from peak_trade.storage import copying, objects
from peak_trade.storage.index import Index
from peak_trade.storage.mirror import Mirror
from serving import wait_until
from storage.conftest import EVENTS, RUN, Bucket, Misbehaving

WRITES = ("pipe_file", "put_file", "rm_file", "rm", "mv", "cp_file", "mkdir", "makedirs", "touch")


def mirror_of(bucket: Bucket, **settings: object) -> Mirror:
    mirror = Mirror.of(bucket.settings(**{"storage.poll_seconds": 1e-9} | settings))
    assert mirror is not None
    return mirror


def copied(bucket: Bucket, name: str = EVENTS) -> Path:
    return bucket.settings().root_path / name


def left_out(mirror: Mirror) -> list[ReadError]:
    return list(mirror.told().read_errors.examples)


@pytest.fixture
def filled(bucket: Bucket) -> Bucket:
    bucket.tree.run(RUN, [event(1)])
    bucket.upload()
    return bucket


def test_an_answer_that_is_short_is_never_shown(filled: Bucket, store: Misbehaving) -> None:
    mirror = mirror_of(filled)
    mirror.bring()
    before = copied(filled).read_bytes()

    def cut(*args: Any, **options: Any) -> bytes:
        return bytes(read(*args, **options))[:-1]

    read = store.with_("cat_file", cut)
    rows = as_csv([event(1), event(2)]).encode()
    for data in (rows, rows.replace(b"1001", b"1009")):  # grown, and another one
        filled.put(EVENTS, data)
        mirror.bring()
        assert copied(filled).read_bytes() == before
        assert [one.kind for one in left_out(mirror)] == ["not_copied"]
    store.back()
    mirror.bring()
    assert copied(filled).read_bytes() == rows.replace(b"1001", b"1009")
    assert left_out(mirror) == []


@pytest.mark.parametrize("block", [64, copying.BLOCK])
def test_what_changes_while_it_is_read_is_read_again(
    filled: Bucket, store: Misbehaving, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK", block)
    listed = as_csv([event(1), event(2)]).encode()
    new = as_csv([event(1, equity=7.0), event(2, equity=8.0)]).encode()

    def overtaken(*args: Any, **options: Any) -> bytes:
        data = bytes(read(*args, **options))
        filled.put(EVENTS, new)
        store.back()
        return data

    mirror = mirror_of(filled)
    mirror.bring()
    filled.put(EVENTS, listed)
    read = store.with_("cat_file", overtaken)
    mirror.bring()
    assert copied(filled).read_bytes() in (listed, new), "never of both"

    def brought() -> bytes:
        mirror.bring()  # of what one answer held the next listing tells
        return copied(filled).read_bytes()

    wait_until(lambda: brought() == new)
    assert left_out(mirror) == []


@pytest.mark.parametrize("kept", [0, 3, -1])
def test_what_was_left_of_a_process_that_was_killed_is_mended(filled: Bucket, kept: int) -> None:
    mirror_of(filled).bring()
    path = copied(filled)
    path.write_bytes(filled.read(EVENTS)[:kept] if kept >= 0 else b"x" * 999)
    orphan = path.with_name("trades.csv")
    orphan.write_text("never noted")
    mirror_of(filled).bring()
    assert path.read_bytes() == filled.read(EVENTS)
    assert not orphan.exists()


def test_a_copy_that_is_there_is_not_fetched_again(filled: Bucket) -> None:
    first = mirror_of(filled)
    first.bring()
    there = sum(1 for path in filled.tree.root.rglob("*") if path.is_file())
    assert dict(first.budget.counts) == {("list", "ok"): 1, ("read", "ok"): there}
    again = mirror_of(filled)
    assert again.told().fault == "it has not been listed since the start"
    again.bring()
    assert dict(again.budget.counts) == {("list", "ok"): 1}
    assert again.told().fault == ""


def test_the_copy_is_private_and_has_the_times_of_the_store(filled: Bucket) -> None:
    mirror_of(filled).bring()
    home = filled.settings().copy_path
    assert home is not None
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    told = objects.Store(filled.url, mirror_of(filled).budget).status(EVENTS)
    assert copied(filled).stat().st_mtime_ns == told.modified_ns


def test_one_process_writes_the_copy_and_others_read(filled: Bucket) -> None:
    first, second = mirror_of(filled), mirror_of(filled)
    home = filled.settings().copy_path
    assert home is not None
    first.bring()
    with Index(home).held() as ours:
        assert ours
        second.bring()
    assert not second.budget.counts
    assert second.told() == first.told()


def test_nothing_is_written_to_the_store(filled: Bucket, store: Misbehaving) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a store is never written to")

    data = filled.read(EVENTS)
    for method in WRITES:
        store.with_(method, refuse)
    mirror = mirror_of(filled)
    mirror.bring()
    assert mirror.told().fault == ""
    assert copied(filled).read_bytes() == data


def test_one_object_that_is_refused_hides_no_other(filled: Bucket, store: Misbehaving) -> None:
    def closed(files: Any, path: str, **options: Any) -> bytes:
        if path.endswith("events.csv"):
            raise PermissionError("secret")
        return bytes(read(files, path, **options))

    read = store.with_("cat_file", closed)
    mirror = mirror_of(filled)
    mirror.bring()
    assert copied(filled, f"live_runs/{RUN}/meta.json").exists()
    assert left_out(mirror) == [ReadError("not_copied", EVENTS, 0, "access is refused")]
    assert mirror.told().fault == ""


def test_a_store_whose_objects_fail_is_asked_no_further(filled: Bucket, store: Misbehaving) -> None:
    for number in range(40):
        filled.put(f"live_runs/r{number}/meta.json", b"{}")

    def broken(*_: Any, **__: Any) -> bytes:
        raise TimeoutError

    store.with_("cat_file", broken)
    mirror = mirror_of(filled)
    mirror.bring()
    assert "it does not answer in time" in mirror.told().fault
    assert mirror.budget.counts["read", "failed"] < 20


def test_what_is_beyond_the_bounds_is_one_read_error(filled: Bucket) -> None:
    filled.put(f"live_runs/{RUN}/trades.csv", b"x" * (2**20 + 1))
    for number in range(5):
        filled.put(f"reports/experiments/live_sessions/{number}.json", b"{}")
    mirror = mirror_of(filled, **{"storage.max_objects": 3, "storage.max_object_mb": 1})
    mirror.bring()
    found = [path for path in mirror_root(filled).rglob("*") if path.is_file()]
    assert len(found) == 3
    kinds = {one.kind: one for one in left_out(mirror)}
    assert set(kinds) == {"beyond_bounds", "not_copied"}
    assert "4 objects" in kinds["beyond_bounds"].reason
    assert kinds["not_copied"].file.endswith("trades.csv")


def mirror_root(bucket: Bucket) -> Path:
    return bucket.settings().root_path


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    settings = load(None, {"dashboard.root": "gs://bucket/desk"}, by_address=True).settings
    with pytest.raises(NotInstalledError, match="with its extra `gcs`"):
        Mirror.of(settings)


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("s3://key:secret@bucket/desk", "do not belong in the address"),
        ("s3://bucket/desk?X-Amz-Signature=secret", "do not belong in the address"),
        ("simplecache::s3://bucket", "a root is a directory or begins with one of"),
        ("https://host/desk", "a root is a directory or begins with one of"),
        ("s3:///desk", "a bucket is missing"),
    ],
)
def test_an_address_that_cannot_be_a_root_is_refused(root: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as refused:
        load(None, {"dashboard.root": root}, by_address=True)
    assert "secret" not in str(refused.value)


def test_what_writes_artifacts_takes_no_address() -> None:
    with pytest.raises(SettingsError, match="needs a root that is a directory"):
        load(None, {"dashboard.root": "memory://desk"})


@pytest.mark.parametrize("place", ["/etc", "../elsewhere"])
def test_directories_lie_below_the_address(bucket: Bucket, place: str) -> None:
    with pytest.raises(SettingsError, match="directories lie below it"):
        Mirror.of(bucket.settings(**{"dashboard.sessions_dir": place}))
