"""Programs of this folder that serve: the command `peak-trade`, with something in it changed."""

from __future__ import annotations

import sys
from pathlib import Path

from conftest import Start
from contract.tree import NOW
from serving import REPO, Served


def serve_with(server: Start, root: Path, program: str, given: object) -> Served:
    """Serve a tree with the program of this name, which is `given` something to do."""
    script = str(Path(__file__).with_name(f"{program}.py"))
    command = [sys.executable, script, str(given), "serve", "--port", "{port}"]
    return server(root, command, env={"PEAK_TRADE_NOW": NOW, "PYTHONPATH": str(REPO / "src")})
