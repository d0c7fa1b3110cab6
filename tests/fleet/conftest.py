"""Trees of many small runs, and the fleet that is built of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.tree import NOW, Tree, event
from peak_trade.fleets.build import Built, build
from peak_trade.settings import load

Build = Callable[..., Built]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    return Tree(tmp_path / "root")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "fleet"


@pytest.fixture
def make(tree: Tree, out: Path) -> Build:
    """Build the fleet of the tree."""

    def make(scheduler: str | None = None) -> Built:
        return build(load(None, {"dashboard.root": str(tree.root)}).settings, out, scheduler)

    return make


def ended(tree: Tree, run_id: str, events: int = 3, **meta: object) -> Path:
    """Write a run that has ended."""
    rows = [event(step) for step in range(1, events + 1)]
    return tree.run(run_id, rows, **{"ended_at": NOW, **meta})
