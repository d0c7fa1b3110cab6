"""Artifacts to serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

HOSTILE = 'it\'s "q" <b>ü 日本 #1 100% a+b;c?d &amp; ${x} `y`'
META = '{"run_id": "r", "mode": "shadow", "strategy_name": "s", "symbol": "x", "timeframe": "1m"}'
EVENTS = "step,ts_event,equity\n1,2026-01-15T10:00:00+00:00,100.0\n"


NAMES = (
    *("ccxt", "orjson", "typer", "json", "pandas", "pyarrow", "watchfiles", "prometheus_client"),
    *("babel", "pydantic_settings", "panel_material_ui", "csv", "secrets", "evil", "session"),
    "gzip",
)
EVIL = (
    "import pathlib\npathlib.Path(__file__).with_suffix('.executed').touch()\nraise ImportError\n"
)


def write_modules(directory: Path) -> None:
    """Write files that would be modules of these names."""
    for name in NAMES:
        (directory / f"{name}.py").write_text(EVIL)


def executed(directory: Path) -> Sequence[Path]:
    """Return the signs of the modules that were executed."""
    return list(directory.glob("*.executed"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with three runs; the id of one of them holds what addresses are made of."""
    root = tmp_path_factory.mktemp("tree")
    for run_id in ("known", HOSTILE, "x" * 200):
        directory = root / "live_runs" / run_id
        directory.mkdir(parents=True)
        (directory / "meta.json").write_text(META)
        (directory / "events.csv").write_text(EVENTS)
    return root
