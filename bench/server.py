"""A server over a directory, for the benchmarks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def serve(root: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server over `root` and wait until it answers."""
    command = [sys.executable, "-m", "peak_trade", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()  # the address is printed once the server listens
    return process
