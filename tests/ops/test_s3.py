"""A root in a store that speaks S3: moto's server, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import CORPUS_NOW, Start
from contract.test_golden import MIN_ASKED, ROW, TOTAL
from contract.tree import Tree, event
from ops.programs import find, started
from serving import SERVE, Served, find_free_port, wait_until

pytestmark = pytest.mark.ops

BUCKET = "desk"
KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}
POLLING = {
    "PEAK_TRADE_STORAGE__POLL_SECONDS": "0.5",
    "PEAK_TRADE_STORAGE__REQUESTS_PER_MINUTE": "10000",
}
BY_FILE_TIMES = {"/api/telemetry/health", "/api/live/status/snapshot.json"}
"""What says how old files are: a store tells when an object came, and lets nobody set it."""


@dataclass(frozen=True)
class Store:
    """A running store with an empty bucket."""

    process: subprocess.Popen[bytes]
    env: dict[str, str]
    client: Any

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def upload(self, root: Path) -> None:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self.put(f"a/{path.relative_to(root).as_posix()}", path.read_bytes())


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    port, place = find_free_port(), tmp_path_factory.mktemp("moto")
    with started([find("moto_server"), "-H", "127.0.0.1", "-p", str(port)], place) as process:
        env = KEYS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        client = boto3.client(
            "s3",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_DEFAULT_REGION"],
        )
        wait_until(lambda: b"Running on" in (place / "log").read_bytes())
        client.create_bucket(Bucket=BUCKET)
        yield Store(process, env, client)


def serve(server: Start, place: Path, store: Store, **env: str) -> Served:
    """Serve what was uploaded, with a cache of its own."""
    cache = place / "cache"
    command = [*SERVE, "--root", f"s3://{BUCKET}/a", "--cache", str(cache)]
    served = server(place, command=command, env=store.env | POLLING | env)
    wait_until(lambda: served.ask("/readyz").status == 200)
    return served


@pytest.mark.shared
def test_the_answers_of_the_contract_are_those_of_a_directory(
    shared: Path, store: Store, tmp_path: Path, server: Start
) -> None:
    store.upload(shared / "contract" / "corpus_a")
    served = serve(server, tmp_path, store, PEAK_TRADE_NOW=CORPUS_NOW)
    command = [sys.executable, str(shared / "contract" / "compare.py"), "--corpus", "a"]
    command += ["--base", served.url, "--frozen", "--html", "skip", "--show", "1000"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert sum(map(int, TOTAL.findall(done.stdout))) > MIN_ASKED, done.stdout + done.stderr
    differing = {request.partition("?")[0] for _, _, _, request, _ in ROW.findall(done.stdout)}
    assert differing <= BY_FILE_TIMES, done.stdout


def test_rows_that_are_appended_are_shown_and_what_is_known_stays_without_the_store(
    store: Store, tmp_path: Path, server: Start
) -> None:
    tree = Tree(tmp_path / "tree")
    tree.run("r", [event(1)])
    store.upload(tree.root)
    served = serve(server, tmp_path, store)
    assert [row["equity"] for row in served.ask("/runs/r/tail").json] == [1001]
    tree.run("r", [event(1), event(2)])
    store.upload(tree.root)
    wait_until(lambda: len(served.ask("/runs/r/tail").json) == 2)

    store.process.kill()
    wait_until(lambda: served.ask("/readyz").status == 503)
    assert [run["run_id"] for run in served.ask("/runs").json] == ["r"]
    assert len(served.ask("/runs/r/tail").json) == 2
    assert served.ask("/livez").status == 200
