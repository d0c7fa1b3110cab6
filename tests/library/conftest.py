"""Artifacts as a notebook opens them, at a fixed time."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.tree import NOW, Tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    return Tree(tmp_path)
