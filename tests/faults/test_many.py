"""Directories with very many entries: while they are listed, others are answered."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Start
from contract.tree import NOW, Tree, rich_tree
from serving import PATIENCE, Served

MANY = 4000
MEANWHILE = 3


def runs(tree: Tree) -> None:
    for number in range(MANY):
        tree.run(f"run_{number:05}", [])


def records(tree: Tree) -> None:
    for number in range(MANY):
        tree.session(f"session_{number:05}")


def begin(served: Served, path: str) -> socket.socket:
    """Ask, and do not wait for the answer."""
    client = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
    client.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
    return client


def is_answered(client: socket.socket) -> bool:
    return bool(select.select([client], [], [], 0)[0])


@pytest.mark.parametrize(
    ("fill", "listing", "total"),
    [
        (runs, "/api/v0/runs_table?rows=1", MANY + 2),
        (records, "/api/live_sessions/stats", MANY + 3),
    ],
)
def test_others_are_answered_while_very_many_are_listed(
    tmp_path: Path, server: Start, fill: Callable[[Tree], None], listing: str, total: int
) -> None:
    tree, prepared = rich_tree(tmp_path / "shown"), rich_tree(tmp_path / "prepared")
    fill(prepared)
    served = server(tree.root, env={"PEAK_TRADE_NOW": NOW})
    assert served.ask(listing).status == 200
    for name in ("live_runs", "reports"):  # all entries are new at once
        (tree.root / name).rename(tmp_path / name)
        (prepared.root / name).rename(tree.root / name)
    others = 0
    with begin(served, listing) as client:
        while not is_answered(client):
            assert served.ask("/livez").status == 200
            others += not is_answered(client)
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    found = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert found.get("total", found.get("total_sessions")) == total
    assert others >= MEANWHILE
