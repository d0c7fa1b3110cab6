"""Directories that are missing, gone or closed: every part says so, and one that is back counts."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.conftest import Api
from contract.manners import strict_json
from contract.tree import Tree, rich_tree
from peak_trade.serve.runtime import Runtime
from peak_trade.store.directories import FAMILIES
from peak_trade.store.paths import Paths
from preloaded import finish
from serving import PATIENCE, PEAK_TRADE, clean_environment
from web.gated import Site, close_site, make_settings, serve

Spoil = Callable[[Path], None]


def is_gone(path: Path) -> None:
    shutil.rmtree(path)


def is_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("no directory")


def loops(path: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to(path.name)


def put_back(kept: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    kept.rename(path)


SPOILED = (is_gone, is_a_file, loops)


async def answer(site: Site, path: str) -> tuple[int, dict[str, object]]:
    found = await site.ask(path)
    return found.code, dict(strict_json(found.body))


@pytest.fixture
def full(tree: Tree) -> Tree:
    return rich_tree(tree.root)


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("family", FAMILIES)
async def test_a_spoiled_directory_is_told_everywhere_and_picked_up_when_it_is_back(
    full: Tree, site: Site, api: Api, family: str, spoil: Spoil, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "peak_trade.store")
    path: Path = getattr(Paths.of(make_settings(full.root)), family)
    before = await api("/api/v0/quality")
    assert (await answer(site, "/readyz"))[0] == 200
    shutil.copytree(path, full.root / "kept", symlinks=True)
    spoil(path)

    for _ in range(2):
        code, ready = await answer(site, "/readyz")
        assert (code, ready["ready"]) == (503, False)
    assert not (await api("/freshz"))["fresh"]
    assert (await answer(site, "/health/detailed"))[0] == 503
    quality = await api("/api/v0/quality")
    named = [e for e in quality["examples"] if e["kind"] in {"missing", "unlisted"}]
    assert family in {example["family"] for example in named}
    console = await api("/api/v0/pages/console")
    assert family in {fault["family"] for fault in console["directories"]}
    metrics = (await site.ask("/metrics")).body.decode()
    assert f'peak_trade_directory_up{{family="{family}"}} 0.0' in metrics
    assert sum(record.message.startswith(f"{family}:") for record in caplog.records) == 1

    put_back(full.root / "kept", path)
    assert (await answer(site, "/readyz"))[0] == 200
    assert (await api("/freshz"))["fresh"]
    after = await api("/api/v0/quality")
    assert after["read_errors"] == before["read_errors"]
    assert after["runs_total"] == 2


async def test_a_directory_that_was_never_made_is_no_fault(tree: Tree, site: Site) -> None:
    assert tree.root.is_dir()
    assert (await answer(site, "/readyz"))[0] == 200


async def test_a_root_that_does_not_exist_is_a_fault_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "not_mounted"
    site = serve(Runtime(make_settings(root)), tmp_path)
    try:
        code, ready = await answer(site, "/readyz")
        assert code == 503
        assert (await site.ask("/runs")).body == b"[]"
        assert "it does not exist" in str(ready)
        rich_tree(root)
        assert (await answer(site, "/readyz"))[0] == 200
        assert len(strict_json((await site.ask("/runs")).body)) == 2
    finally:
        await close_site(site)


def test_a_working_directory_that_comes_back_is_the_same_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    settings = make_settings(Path())
    before = settings.runs_path
    place.rmdir()
    assert settings.runs_path == before == place / "live_runs"
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("command", "code"), [("doctor --json", 2), ("snapshot --format json --out -", 3)]
)
def test_commands_tell_by_their_exit_code(tmp_path: Path, command: str, code: int) -> None:
    root = tmp_path / "not_mounted"
    words = [*PEAK_TRADE, *command.split(), "--root", str(root)]
    done = finish(words, tmp_path, clean_environment(), PATIENCE)
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stdout + done.stderr
