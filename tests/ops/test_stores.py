"""A root in a store of objects: servers that speak S3, Google's and Azure's protocol."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conftest import CORPUS_NOW, Start
from contract.test_golden import MIN_ASKED, ROW, TOTAL
from contract.tree import Tree, event
from ops.programs import find, run, started
from serving import SERVE, Served, clean_environment, find_free_port, wait_until

pytestmark = pytest.mark.ops

BUCKET = "desk"
MAKE = "import sys, fsspec; fsspec.filesystem(sys.argv[1]).mkdir(sys.argv[2])"
PUT = "import sys, fsspec; fsspec.filesystem(sys.argv[1]).put(*sys.argv[2:], recursive=True)"
AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""The key that Azure's emulator documents for everyone."""
POLLING = {
    "PEAK_TRADE_STORAGE__POLL_SECONDS": "0.5",
    "PEAK_TRADE_STORAGE__REQUESTS_PER_MINUTE": "10000",
}
BY_FILE_TIMES = {"/api/telemetry/health", "/api/live/status/snapshot.json"}
"""What says how old files are: a store tells when an object came, and lets nobody set it."""


@dataclass(frozen=True)
class Kind:
    """A kind of store: its package, its server, what clients are told. PORT is the server's."""

    package: str
    command: tuple[str, ...]
    env: dict[str, str]


KINDS: Final = {
    "s3": Kind(
        "s3fs",
        ("moto_server", "-H", "127.0.0.1", "-p", "PORT"),
        {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:PORT",
        },
    ),
    "gs": Kind(
        "gcsfs",
        ("gcp-storage-emulator", "start", "--host", "127.0.0.1", "--port", "PORT", "--in-memory"),
        {
            "STORAGE_EMULATOR_HOST": "http://127.0.0.1:PORT",
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",  # it would ask Google who it is
        },
    ),
    "az": Kind(
        "adlfs",
        (
            *(
                "azurite-blob",
                "--disableTelemetry",
                "--skipApiVersionCheck",
                "--inMemoryPersistence",
            ),
            *("--blobHost", "127.0.0.1", "--blobPort", "PORT"),
        ),
        {
            "AZURE_STORAGE_CONNECTION_STRING": "DefaultEndpointsProtocol=http;"
            f"AccountName=devstoreaccount1;AccountKey={AZURE_KEY};"
            "BlobEndpoint=http://127.0.0.1:PORT/devstoreaccount1;"
        },
    ),
}


@dataclass(frozen=True)
class Store:
    """A running store with an empty bucket."""

    scheme: str
    process: subprocess.Popen[bytes]
    env: dict[str, str]

    def upload(self, root: Path) -> None:
        self.run(PUT, f"{root}/", f"{BUCKET}/a/")

    def run(self, code: str, *arguments: str) -> None:
        run(sys.executable, "-c", code, self.scheme, *arguments, env=clean_environment(self.env))


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture(
    params=[pytest.param(kind, marks=[pytest.mark.long] * (kind != "s3")) for kind in KINDS]
)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    kind = KINDS[request.param]
    pytest.importorskip(kind.package)
    port, place = str(find_free_port()), tmp_path_factory.mktemp("store")
    env = {name: value.replace("PORT", port) for name, value in kind.env.items()}
    program, *options = (part.replace("PORT", port) for part in kind.command)
    with started([find(program), *options], place) as process:
        store = Store(request.param, process, env)
        wait_until(lambda: listens(int(port)))
        store.run(MAKE, BUCKET)
        yield store


def serve(server: Start, place: Path, store: Store, **env: str) -> Served:
    """Serve what was uploaded, with a cache of its own."""
    cache = place / "cache"
    command = [*SERVE, "--root", f"{store.scheme}://{BUCKET}/a", "--cache", str(cache)]
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
