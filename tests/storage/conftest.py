"""A store in memory with the artifacts of a tree, and the whole route table over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from contract.conftest import Api, clock_stands_still
from contract.tree import Tree
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings, load
from web.gated import Site, close_site, serve

__all__ = ["clock_stands_still"]

POLL = 0.05
RUN = "20260115_173000_shadow_ma"
EVENTS = f"live_runs/{RUN}/events.csv"


@dataclass(frozen=True)
class Bucket:
    """Objects below one address, and the tree that they are uploaded from."""

    url: str
    tree: Tree
    cache: Path

    def upload(self) -> None:
        """Make the objects those of the tree."""
        files = MemoryFileSystem()
        if files.exists(self.url):
            files.rm(self.url, recursive=True)
        for path in self.tree.root.rglob("*"):
            if path.is_file():
                self.put(path.relative_to(self.tree.root).as_posix(), path.read_bytes())

    def put(self, name: str, data: bytes) -> None:
        MemoryFileSystem().pipe_file(f"{self.url}/{name}", data)

    def read(self, name: str) -> bytes:
        return bytes(MemoryFileSystem().cat_file(f"{self.url}/{name}"))

    def remove(self, name: str) -> None:
        MemoryFileSystem().rm_file(f"{self.url}/{name}")

    def settings(self, **values: object) -> Settings:
        given = {"dashboard.root": self.url, "storage.poll_seconds": POLL, **values}
        return load(None, {"storage.cache": str(self.cache), **given}, by_address=True).settings


@dataclass(frozen=True)
class Misbehaving:
    """Puts something between a store and who asks it; `back` takes all of it away."""

    monkeypatch: pytest.MonkeyPatch

    def with_(self, method: str, instead: Callable[..., Any]) -> Callable[..., Any]:
        """Let a method of the store be another one; returns what it was."""
        before: Callable[..., Any] = getattr(MemoryFileSystem, method)
        self.monkeypatch.setattr(MemoryFileSystem, method, instead)
        return before

    def back(self) -> None:
        self.monkeypatch.undo()


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return Bucket(f"memory://{tmp_path.name}/desk", Tree(tmp_path / "tree"), tmp_path / "cache")


@pytest.fixture
def store() -> Iterator[Misbehaving]:
    """What is put between; it is gone after the test, and settings of the test stay."""
    with pytest.MonkeyPatch.context() as patch:
        yield Misbehaving(patch)


@pytest.fixture
async def site(bucket: Bucket, tmp_path: Path) -> AsyncIterator[Site]:
    """The console over the store, which is listed in the background."""
    assets = tmp_path / "assets"
    assets.mkdir()
    runtime = Runtime(bucket.settings())
    runtime.store.start()
    site = serve(runtime, assets)
    yield site
    await close_site(site)


@pytest.fixture
def api(site: Site) -> Api:
    return Api(site)
