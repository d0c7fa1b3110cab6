"""A thread that the system does not start, as under a limit of memory, is a shortage like any."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from contract.tree import Tree, event
from peak_trade.artifacts import csv_rows
from peak_trade.cli import app
from peak_trade.errors import ShortageError, is_shortage
from peak_trade.settings import load
from peak_trade.store.live import LiveStore


def store_of(root: Path) -> LiveStore:
    return LiveStore(load(None, {"dashboard.root": str(root)}).settings)


def no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


async def test_reads_without_a_thread_are_answered_with_a_shortage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(Tree(tmp_path).root)
    with monkeypatch.context() as patched:
        patched.setattr(ThreadPoolExecutor, "submit", no_thread)
        with pytest.raises(ShortageError):
            await store.index()
    await store.index()
    await store.stop()


async def test_a_file_for_which_a_library_has_no_thread_is_read_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path)
    tree.run("run", [event(1)])
    store = store_of(tree.root)

    def refuse(*_: object, **__: object) -> None:
        raise pa.ArrowException("Unknown error: Failed to launch worker thread: no room")

    with monkeypatch.context() as patched:
        patched.setattr(csv_rows, "parse_block", refuse)
        state = await store.run("run", rows=True)
        assert state
        [read_error] = state.read_errors.examples
        assert read_error.reason == "larger than the memory that is left"
    state = await store.run("run", rows=True)
    assert state
    assert not state.read_errors.total
    await store.stop()


def test_a_command_without_a_thread_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ThreadPoolExecutor, "submit", no_thread)
    found = CliRunner().invoke(app, ["ls", "--root", str(tmp_path)])
    assert found.exit_code == 1
    assert (
        found.stderr == "error: There is not enough memory for this. All else can be asked for.\n"
    )


@pytest.mark.parametrize(
    "words", ["can't start new thread", "Unknown error: Failed to launch worker thread"]
)
def test_words_of_an_artifact_are_no_shortage(words: str) -> None:
    assert is_shortage(RuntimeError(words))
    assert not is_shortage(pa.ArrowInvalid(f"In CSV column #0: conversion error: '{words}'"))
