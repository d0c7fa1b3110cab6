"""Odd entries in every family at once: all routes and pages answer, and each entry is named."""

from __future__ import annotations

import http.client
import json
import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import CORPUS_NOW, Start
from contract.manners import BUILT, ask, has_id, strict_json
from contract.tree import NOW, Tree, event, rich_tree
from peak_trade.contract.registry.pages import PAGES
from peak_trade.contract.registry.routes import EVENT_STREAM
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from preloaded import finish
from serving import PATIENCE, PEAK_TRADE, Served, clean_environment

ROUTES = [
    route
    for route in Runtime(Settings()).routes
    if route.media_types != (EVENT_STREAM,) and not has_id(route)
]
SECRET = "root:x:0:0:nobody is to see this"
NEWLINE, WIDE, RIGHT_TO_LEFT = "new\nline", "%2e\"'<b>", "run_\u202egnp"


def put_odd_entries(tree: Tree) -> list[str]:
    """Add odd entries to every family; return their names as they are to be shown."""
    outside = tree.write(tree.root.parent / f"{tree.root.name}_outside" / "secret", SECRET)
    stray = Tree(outside.parent).run("stray", [event(1)])
    for place, suffix in (
        (tree.runs, ""),
        (tree.sessions, ".json"),
        (tree.runs / "alerts", ".jsonl"),
        (tree.logs / "execution", ".jsonl"),
    ):
        place.mkdir(parents=True, exist_ok=True)
        (place / f"loop{suffix}").symlink_to(f"loop{suffix}")
        (place / f"leads_out{suffix}").symlink_to(outside)
        (place / f"dangling{suffix}").symlink_to("nowhere")
        os.mkfifo(place / f"pipe{suffix}")
        (place / os.fsdecode(b"bytes_\xff" + suffix.encode())).mkdir()
        with socket.socket(socket.AF_UNIX) as listener:
            at = Path.cwd()
            os.chdir(place)  # names of sockets are short
            listener.bind(f"socket{suffix}")
            os.chdir(at)
    (tree.runs / "stray").symlink_to(stray)
    (tree.runs / "up").symlink_to("../../")
    (tree.runs / ("x" * 255)).mkdir()
    (tree.sessions / "folder.json").mkdir()
    (tree.logs / "execution" / "folder.jsonl").mkdir()
    (tree.runs / "alerts" / "alerts_2026-01-15.jsonl.d").mkdir()
    run = tree.run("odd_files", [event(1), event(2)])
    (run / "trades.csv").symlink_to(outside)
    (run / "alerts.jsonl").symlink_to("/proc/self/environ")
    os.mkfifo(run / "events.parquet")
    (tree.runs / "no_meta").mkdir()
    (tree.runs / "no_meta" / "meta.json").symlink_to("meta.json")
    for name in (NEWLINE, WIDE, RIGHT_TO_LEFT, "caf\u00e9", "cafe\u0301"):
        tree.run(name, [event(1)])
    shared = (f"{name}{s}" for name in ("loop", "pipe", "socket") for s in ("", ".json", ".jsonl"))
    own = ("stray", "up", "x" * 255, "folder.json", "folder.jsonl", "no_meta/meta.json")
    of_run = ("trades.csv", "alerts.jsonl", "events.parquet")
    leaving = ("leads_out", "dangling", "bytes_\\xff", "bytes_\\xff.json", "bytes_\\xff.jsonl")
    return [*shared, *own, *of_run, *leaving]


@dataclass(frozen=True)
class Odd:
    tree: Tree
    served: Served
    names: list[str]
    good: set[str]


@pytest.fixture(scope="module", params=["small", pytest.param("corpus", marks=pytest.mark.shared)])
def odd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Start
) -> Odd:
    root, now = tmp_path_factory.mktemp("odd") / "tree", NOW
    if request.param == "corpus":
        shutil.copytree(request.getfixturevalue("corpus"), root, symlinks=True)
        now = CORPUS_NOW
        tree = Tree(root)
    else:
        tree = rich_tree(root)
    good = {path.parent.name for path in tree.runs.glob("*/meta.json")}
    names = put_odd_entries(tree)
    return Odd(tree, server(root, env={"PEAK_TRADE_NOW": now}), names, good)


def test_every_list_and_every_page_answers(odd: Odd) -> None:
    for route in ROUTES:
        answer = ask(odd.served, route.path)
        blocked = route.path == "/health/detailed" and strict_json(answer.body)["panels"]
        absent = route.path in BUILT and answer.status == 404
        assert answer.status == 200 or blocked or absent, (route.path, answer.body)
        assert SECRET.encode() not in answer.body
    pages = [page.path for page in PAGES if "{" not in page.path]
    for path in (*pages, "/watch/runs/odd_files"):
        assert ask(odd.served, path).status == 200, path


def test_each_odd_entry_is_named_and_hides_no_other(odd: Odd) -> None:
    quality = strict_json(ask(odd.served, "/api/v0/quality?limit=200").body)
    named = {read_error["file"] for read_error in quality["examples"]}
    assert set(odd.names) <= named
    listed = {run["run_id"] for run in strict_json(ask(odd.served, "/runs").body)}
    assert listed >= {"odd_files", NEWLINE, WIDE, RIGHT_TO_LEFT, "caf\u00e9", "cafe\u0301"}
    assert not listed & set(odd.names)
    if "known" in odd.good:
        assert odd.good <= listed


def test_the_other_files_of_a_run_with_odd_files_are_shown(odd: Odd) -> None:
    snapshot = strict_json(ask(odd.served, "/runs/odd_files/snapshot").body)
    assert snapshot["equity"] == 1002.0
    assert ask(odd.served, "/api/v0/runs/odd_files/trades").status in {200, 404}
    assert strict_json(ask(odd.served, "/runs/odd_files/alerts").body) == []


def test_doctor_and_snapshot_name_what_they_cannot_read(odd: Odd, tmp_path: Path) -> None:
    command = [*PEAK_TRADE, "doctor", "--root", str(odd.tree.root), "--json"]
    done = finish(command, tmp_path, clean_environment(), PATIENCE)
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)["checks"]["artifacts"]
    assert any("unusable_entry" in finding["text"] for finding in found)


@pytest.fixture
def crowded(tmp_path: Path, server: Start) -> Iterator[tuple[Served, http.client.HTTPConnection]]:
    """A server with an open connection that gets no further file descriptor."""
    if not sys.platform.startswith("linux"):
        pytest.skip("limits of another process are set on Linux alone")
    tree = rich_tree(tmp_path)
    served = server(tree.root, env={"PEAK_TRADE_NOW": NOW})
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    connection.request("GET", "/health")
    connection.getresponse().read()
    pid, limit = served.process.pid, resource.RLIMIT_NOFILE
    soft, hard = resource.prlimit(pid, limit)
    resource.prlimit(pid, limit, (3, hard))
    yield served, connection
    resource.prlimit(pid, limit, (soft, hard))
    connection.close()


def test_without_descriptors_no_list_is_empty(
    crowded: tuple[Served, http.client.HTTPConnection],
) -> None:
    _, connection = crowded
    for path in ("/runs", "/api/live_sessions", "/api/live/alerts", "/api/telemetry"):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = strict_json(answer.read())
        # What was known before is shown; what was not is refused with a reason, never empty.
        if answer.status == 200:
            assert body
            assert body != []
        else:
            assert answer.status == 503
            assert answer.headers["Retry-After"]
            assert re.search("file descriptors are left|too many open files", body["detail"])
    connection.request("GET", "/api/v0/quality")
    answer = connection.getresponse()
    body = strict_json(answer.read())
    if answer.status == 200:
        assert "too many open files" in {error["reason"] for error in body["examples"]}
    else:
        assert answer.status == 503
        assert "file descriptors are left" in body["detail"]
