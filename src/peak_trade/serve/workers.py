"""Several processes that serve the same: their parent starts them, watches them and ends them.

Each worker is a whole server on a port of its own, from the first port upwards; they share nothing
but the files, which they only read, and the secret that signs the tokens of pages, so that a page
that one has written may go on at another. Guarantees: a worker that ends is started again, after a
pause that doubles each time it does not last; a signal ends all of them, within `END_SECONDS` each;
one of those that are up tells of the artifacts in its metrics.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import secrets
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from peak_trade import clock
from peak_trade.contract.base.workers import State, Worker, Workers
from peak_trade.errors import PeakTradeError, SettingsError
from peak_trade.serve.access_log import configure_logging
from peak_trade.serve.ports import address, check_port
from peak_trade.settings import Settings

log: Final = logging.getLogger(__name__)

LAST_PORT: Final = 65535
COMMAND: Final = (sys.executable, "-P", "-m", "peak_trade.serve.worker")
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

END_SECONDS: Final = 4.0
"""A worker ends by itself in 3; what has not ended then is killed."""
SILENT_SECONDS: Final = 10.0
"""A worker that runs says so each second."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
STEADY_SECONDS: Final = 60.0
"""Who lasted that long is started again after the first pause."""


@dataclass(frozen=True)
class Given:
    """What a worker is told at its start: `secret` signs the tokens of pages, the same for all."""

    settings: Settings
    secret: bytes
    workers: Workers


def serve_workers(settings: Settings, count: int, announce: Callable[[str], None]) -> int:
    """Serve with `count` processes until a signal comes.

    Returns
    -------
    int
        0, or the exit code of a worker that could not start at all.

    Raises
    ------
    PeakTradeError
        If a port cannot be listened on, or pages are switched off.
    """
    web_ui = settings.web_ui
    if not web_ui.enabled:
        raise PeakTradeError("web_ui.enabled is false: there is nothing to serve")
    if not 0 < web_ui.port <= LAST_PORT - count + 1:
        raise SettingsError(
            f"--workers {count} takes {count} ports from --port upwards: from {web_ui.port} there"
            " are none"
        )
    ports = range(web_ui.port, web_ui.port + count)
    for port in ports:
        check_port(web_ui.host, port, public=web_ui.insecure_public)
    configure_logging(web_ui.log_format)
    settings.log_warnings()
    settings.warnings.clear()  # each worker would tell them again
    return asyncio.run(_Parent(settings, ports, announce).run())


class _Parent:
    """The parent of the workers, on its event loop."""

    def __init__(self, settings: Settings, ports: range, announce: Callable[[str], None]) -> None:
        self._settings = settings
        self._announce = announce
        self._announced = False
        self._secret = secrets.token_bytes(32)
        now = clock.now()
        numbered = enumerate(ports, 1)
        self._workers = {n: Worker(n, port, State.STARTING, now) for n, port in numbered}
        self._speaker = 1
        self._told: dict[int, asyncio.StreamWriter] = {}
        """What leads to those that run."""

    async def run(self) -> int:
        """Keep all workers until a signal comes or one cannot start; then end them."""
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        for number in SIGNALS:
            loop.add_signal_handler(number, end.set)
        kept = {asyncio.create_task(self._keep(number)) for number in self._workers}
        waiting = asyncio.create_task(end.wait())
        done, _ = await asyncio.wait({waiting, *kept}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, *kept):
            task.cancel()
        await asyncio.gather(waiting, *kept, return_exceptions=True)
        return 0 if end.is_set() else max(task.result() for task in done & kept)

    async def _keep(self, number: int) -> int:
        """Run a worker again and again; return its exit code if it ends before all have begun."""
        pause = FIRST_PAUSE
        while True:
            begin = clock.monotonic()
            code = await self._run(number)
            if not self._announced:
                return max(code, 1)  # it said why
            if clock.monotonic() - begin > STEADY_SECONDS:
                pause = FIRST_PAUSE
            self._set(number, State.DOWN)
            text = "worker %d ended with %s; it is started again in %g s"
            log.error(text, number, _outcome(code), pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            worker = self._workers[number]
            self._workers[number] = replace(worker, restarts=worker.restarts + 1)
            self._set(number, State.STARTING)

    async def _run(self, number: int) -> int:
        """Run a worker until it ends; return its exit code."""
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=theirs.fileno(),
                start_new_session=True,  # a Ctrl-C in the terminal reaches it through us, once
            )
        self._told[number] = writer
        try:
            given = Given(self._settings, self._secret, self._as_told_to(number))
            writer.write(pickle.dumps(given))
            with suppress(ConnectionError):
                await self._listen(number, reader)
            return await process.wait()
        finally:
            del self._told[number]
            await _end(process)
            writer.close()

    async def _listen(self, number: int, reader: asyncio.StreamReader) -> None:
        """Take the beats of a worker until it ends."""
        while True:
            state = self._workers[number].state
            try:
                if not await asyncio.wait_for(reader.read(64), SILENT_SECONDS):
                    return
            except TimeoutError:
                if state is State.UP:
                    log.warning("worker %d runs, but says nothing any more", number)
                    self._set(number, State.SILENT)
            else:
                if state is not State.UP:
                    self._set(number, State.UP)

    def _set(self, number: int, state: State) -> None:
        """Note the state of a worker, and tell all that run."""
        worker = self._workers[number]
        self._workers[number] = replace(worker, state=state, since=clock.now())
        self._speaker = self._next_speaker()
        for told, writer in self._told.items():
            if (
                not writer.transport.get_write_buffer_size()
            ):  # else it does not take what it is told
                writer.write(pickle.dumps(self._as_told_to(told)))
        if not self._announced and all(w.state is State.UP for w in self._workers.values()):
            self._announced = True
            for worker in self._workers.values():
                web_ui = self._settings.web_ui
                self._announce(address(web_ui.host, worker.port, web_ui.prefix))

    def _as_told_to(self, number: int) -> Workers:
        return Workers(number, tuple(self._workers.values()), self._speaker)

    def _next_speaker(self) -> int:
        """Return who speaks for all: who did, until it ends or hangs while another one is up.

        It does not go back to one that returns: one that ends each minute would move it twice.
        """
        if self._workers[self._speaker].state in {State.UP, State.STARTING}:
            return self._speaker
        up = (number for number, worker in self._workers.items() if worker.state is State.UP)
        return min(up, default=self._speaker)


async def _end(process: Process) -> None:
    """Ask a process to end, and end it if it does not."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _outcome(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
