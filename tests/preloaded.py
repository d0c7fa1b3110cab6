"""The commands in a process of their own that need not import everything first.

Python's fork server imports the program once for each worker of the tests; a process made from it
runs the same `__main__` with the arguments, directory and environment given. It starts in a tenth
of the time. How the program begins as a user types it is tested in `tests/serve` and `tests/ops`.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import sys
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from tempfile import TemporaryDirectory

SOURCES = Path(__file__).parents[1] / "src"
VIEWS = [
    ".".join(path.relative_to(SOURCES).with_suffix("").parts)
    for path in sorted((SOURCES / "peak_trade" / "views").glob("*/*.py"))
    if path.stem != "__init__"
]
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["peak_trade.cli", "peak_trade.serve.server", *VIEWS, __name__])
MODULES = ("peak_trade", "peak_trade.runners.cli")
STRICT = ["-W", "error"]
"""The one option of Python that a command may have: a warning is an error."""


class Preloaded:
    """A running command, with the methods of `subprocess.Popen` that tests use."""

    def __init__(
        self,
        words: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        self.args = list(words)
        python, *options = self.args[: self.args.index("-m")]
        module, *rest = self.args[len(options) + 2 :]
        if python != sys.executable or options not in ([], STRICT) or module not in MODULES:
            raise ValueError(f"no command of ours: {self.args}")
        strict = options == STRICT
        streams = (str(output), str(errors or output))
        arguments = (module, rest, str(cwd), dict(env), *streams, strict)
        self._process = FORKS.Process(target=_run, args=arguments, daemon=True)
        self._process.start()
        self.pid: int = self._process.pid or 0

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            If it has not after `timeout` seconds.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        """Send a signal, if it runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def finish(
    words: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float
) -> CompletedProcess[str]:
    """Run a command that ends by itself; return its exit code and what it said.

    Raises
    ------
    subprocess.TimeoutExpired
        If it has not ended after `timeout` seconds.
    """
    with TemporaryDirectory() as name:
        output, errors = Path(name, "output"), Path(name, "errors")
        process = Preloaded(words, cwd, env, output, errors)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return CompletedProcess(process.args, code, output.read_text(), errors.read_text())


def _run(
    module: str,
    words: list[str],
    cwd: str,
    env: dict[str, str],
    output: str,
    errors: str,
    strict: bool,
) -> None:
    for number, name in ((1, output), (2, errors)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    # Those that were there know nothing of a terminal: buffers, and whether they can seek.
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if strict:
        warnings.simplefilter("error")
    sys.argv = ["peak-trade", *words]
    sys.modules.pop(module, None)  # who runs a module says so where it was imported before
    runpy.run_module(module, run_name="__main__", alter_sys=True)
