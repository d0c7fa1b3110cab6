"""A server over a directory, for the benchmarks."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""As tests take it; None stands for Playwright's own."""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(root: Path, port: int, workers: int = 1) -> Iterator[psutil.Process]:
    """Start a server over `root`, wait until it answers, and end it after the block."""
    command = [sys.executable, "-m", "peak_trade", "serve", "--port", str(port)]
    command += ["--workers", str(workers)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        for _ in range(workers):
            process.stdout.readline()  # the address is printed once the server listens
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()
