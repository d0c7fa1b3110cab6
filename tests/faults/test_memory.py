"""Memory that ends: small files that become large, and tables that are larger than what is left."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Start
from contract.tree import NOW, Tree, rich_tree
from peak_trade.artifacts import bounds
from serving import SERVE, Served, wait_until

pytestmark = pytest.mark.skipif(
    not hasattr(psutil.Process, "rlimit"), reason="limits of a running process are Linux's"
)

AT_START_KB = 4_000_000
"""Most of it is never used: addresses that threads and allocators keep for themselves."""

ROOM = 192 << 20
"""What a server may take beyond what it has when it has shown everything."""

LARGE = "larger_than_memory"
ROUTES = (
    *("/livez", "/runs", "/metrics", "/health/detailed", "/api/v0/quality", "/api/v0/attention"),
    *("/runs/known/snapshot", "/runs/known/tail?limit=5", "/api/v0/runs/known/equity?limit=5"),
    *("/api/telemetry?session_id=known", "/api/live_sessions", "/api/live/alerts"),
)
PAGES = ("/", "/watch/runs/known")


def parquet(path: Path, **columns: pa.Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def bombs(tree: Tree) -> dict[str, str]:
    """Write small files that would become large; return what to ask for each."""
    logs, asked = tree.logs / "execution", {}
    for name, content in {
        "packed": gzip.compress((b"{bad" + b" " * 1000 + b"\n") * 100_000, 1),
        "packed_line": gzip.compress(b" " * (bounds.FREE_BYTES * 20), 1),
    }.items():
        tree.write(logs / f"{name}.jsonl.gz", content)
        asked[name] = f"/api/telemetry?session_id={name}"
    for name, content in {
        "deep": b"[" * 12_000_000,
        "long": b"x" * (bounds.MAX_LINE_BYTES * 4),
        "bad": b"{bad\n" * 20_000,
    }.items():
        tree.write(logs / f"{name}.jsonl", content)
        asked[name] = f"/api/telemetry?session_id={name}"
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 60_000, pa.int32()), ["x" * 100_000])
    parquet(tree.run("texts") / "events.parquet", step=range(60_000), signal=texts)
    cells = "step,equity\n" + "x,y\n" * 500_000
    tree.write(tree.run("cells") / "events.csv", cells)
    tree.write(tree.sessions / "deep.json", b'{"a":' * 2_000_000)
    return asked | {name: f"/runs/{name}/snapshot" for name in ("texts", "cells")}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return rich_tree(tmp_path_factory.mktemp("memory"))


@pytest.fixture(scope="module")
def served(tree: Tree, server: Start) -> Served:
    """A server that was started with a limit and has shown everything once."""
    command = ["sh", "-c", 'ulimit -v "$0"; exec "$@"', str(AT_START_KB), *SERVE]
    served = server(tree.root, command, env={"PEAK_TRADE_NOW": NOW})
    for path in (*ROUTES, *PAGES):
        assert served.ask(path).status == 200, path
    return served


@pytest.fixture
def narrow(served: Served) -> Iterator[psutil.Process]:
    """Leave the server little memory while a test runs."""
    process = psutil.Process(served.process.pid)
    limit = process.memory_info().vms + ROOM
    process.rlimit(resource.RLIMIT_AS, (limit, AT_START_KB * 1024))
    yield process
    process.rlimit(resource.RLIMIT_AS, (AT_START_KB * 1024, AT_START_KB * 1024))


def all_else_is_answered(served: Served) -> None:
    for path in ROUTES:
        allowed = {200, 503} if path == "/health/detailed" else {200}
        assert served.ask(path).status in allowed, (path, served.log.read_text()[-3000:])


def test_small_files_that_become_large_are_told_within_the_limit(
    tree: Tree, served: Served, narrow: psutil.Process
) -> None:
    for name, path in bombs(tree).items():
        answer = served.ask(path)
        assert answer.status in {200, 503}, (name, answer, served.log.read_text()[-3000:])
        all_else_is_answered(served)
    assert narrow.is_running()
    assert "Traceback" not in served.log.read_text()


@pytest.mark.ops
def test_a_table_for_which_memory_does_not_suffice_is_no_damage(
    tree: Tree, served: Served, narrow: psutil.Process
) -> None:
    directory = tree.run(LARGE)
    rows = bounds.MAX_ROWS
    columns = {name: pa.array(range(rows), pa.int64()) for name in ("step", "orders_generated")}
    numbers = pa.array(range(rows), pa.float64())
    prices = dict.fromkeys(("equity", "price", "open", "high", "low", "close", "cash"), numbers)
    parquet(directory / "events.parquet", **columns, **prices)
    path = f"/runs/{LARGE}/snapshot"
    answer = served.ask(path)
    assert (answer.status, answer.json["total_steps"]) == (200, 0)
    all_else_is_answered(served)
    told = "larger than the memory that is left"
    wait_until(lambda: told in served.ask("/api/v0/quality").body.decode(), "the count")
    narrow.rlimit(resource.RLIMIT_AS, (AT_START_KB * 1024, AT_START_KB * 1024))
    # a look that began before, of the background or for its sake, still had no memory
    wait_until(lambda: served.ask(path).json["total_steps"] == rows, "the table")
    wait_until(lambda: told not in served.ask("/api/v0/quality").body.decode(), "the cure")
