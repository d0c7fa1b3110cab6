"""Names of objects are any text: what is copied stays below the copy, and the rest is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.storage.mirror import Mirror
from peak_trade.storage.names import Families, sort
from peak_trade.storage.objects import Found
from storage.conftest import RUN, Bucket, Misbehaving

FAMILIES = Families(
    "live_runs", "sessions", "live_runs/alerts", "logs", frozenset({"health.jsonl"})
)
META = f"live_runs/{RUN}/meta.json"

REFUSED = {
    "live_runs/../../etc/meta.json": "no path below the root",
    "/etc/passwd": "no path below the root",
    "live_runs//meta.json": "no path below the root",
    "": "no path below the root",
    "live_runs/./meta.json": "no path below the root",
    "live_runs/a\0b/meta.json": "a sign that no file name has",
    "live_runs\\a/meta.json": "a sign that no file name has",
    f"live_runs/{'x' * 300}/meta.json": "too long",
    f"live_runs/{'ü' * 150}/meta.json": "too long",
    "live_runs/\udcff/meta.json": "no UTF-8",
    f"live_runs/{RUN.upper()}/meta.json": "differs from another by case alone",
    f"{META}/events.csv": "that of a directory as well",
    f"live_runs/{RUN}": "that of a directory as well",
}


def found(name: str) -> Found:
    return Found(name, 1, 1, "tag")


@pytest.mark.parametrize(("name", "reason"), REFUSED.items(), ids=map(ascii, REFUSED))
def test_a_hostile_name_is_refused_and_named(name: str, reason: str) -> None:
    listed = sort([found(name), found(META)], FAMILIES, {META})
    assert list(listed.wanted) == [META]
    assert [reason in told for told in listed.refused.values()] == [True]


@pytest.mark.parametrize("name", ["notes.txt", "live_runs/", f"live_runs/{RUN}/model.bin", "a/b"])
def test_what_no_reader_looks_for_is_left_alone(name: str) -> None:
    listed = sort([Found(name, 0, 1, "")], FAMILIES, ())
    assert (listed.wanted, listed.refused) == ({}, {})


@given(st.lists(st.text("live_runsA/.ü\0\\\udc80meta.jo", max_size=30)))
def test_whatever_is_listed_what_is_wanted_stands_together_below_the_root(names: list[str]) -> None:
    listed = sort(map(found, [*names, META, "sessions/a.json", *names]), FAMILIES, ())
    wanted = list(listed.wanted)
    assert META in wanted
    assert len({name.casefold() for name in wanted}) == len(wanted)
    for name in wanted:
        assert not {"", ".", ".."} & set(name.split("/"))
        assert not any(other.startswith(f"{name}/") for other in wanted)


def test_links_of_a_directory_are_not_followed() -> None:
    listed = sort([found(META)._replace(is_link=True)], FAMILIES, ())
    assert listed.refused == {META: "a link"}


def test_hostile_names_are_counted_and_never_leave_the_copy(
    bucket: Bucket, store: Misbehaving
) -> None:
    bucket.put(META, b"{}")

    def hostile(files: Any, path: str, **options: Any) -> dict[str, Any]:
        plain: dict[str, Any] = find(files, path, **options)
        info = next(iter(plain.values()))
        return plain | {f"{path}/{name}": info for name in REFUSED if name != META}

    mirror = Mirror.of(bucket.settings(**{"storage.poll_seconds": 1e-9}))
    assert mirror is not None
    mirror.bring()
    find = store.with_("find", hostile)
    mirror.bring()
    assert mirror.told().read_errors.counts == {"not_copied": len(REFUSED)}
    root = bucket.settings().root_path
    assert [path for path in root.rglob("*") if path.is_file()] == [root / META]
