"""The record of one session in the registry: `started` at once, then whenever it changes.

Assumes one writer a session; its methods may be called from several threads. Guarantees that the
file is replaced atomically, and that its end is written even where the disk is full, into the room
that the record has.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any, Final, Literal, Self

from peak_trade import clock, jsonio
from peak_trade.errors import SettingsError
from peak_trade.writing.files import clean_name, iso, json_bytes, write_json
from peak_trade.writing.process import identity, is_gone, is_here
from peak_trade.writing.subject import Subject

EndStatus = Literal["completed", "failed", "aborted"]
_NONE: Final[dict[str, object]] = {}
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_ENDED: Final = frozenset({"completed", "failed", "aborted", "stopped"})
PROCESS_ENDED: Final = "process ended"


class SessionRecord:
    """Writes one record; a context manager that ends it by how the block ends.

    Parameters
    ----------
    sessions
        The session registry; made if it is not there.
    subject
        What is traded and how.
    session_id
        None: made from time and mode.
    run_id
        Name of the run directory, if there is one.
    config
        Configuration of the session; no secrets.
    cli_args
        Command line that started the session; no secrets.
    started_at
        Aware; None: now. Part of the name of the file.
    heartbeat_seconds
        Shortest time from one heartbeat to the next.
    """

    def __init__(
        self,
        sessions: Path | str,
        subject: Subject,
        *,
        session_id: str | None = None,
        run_id: str | None = None,
        config: Mapping[str, object] = _NONE,
        cli_args: Sequence[str] = (),
        started_at: datetime | None = None,
        heartbeat_seconds: float = 1.0,
    ) -> None:
        started_at = started_at or clock.now()
        self.session_id = session_id or subject.session_id(started_at)
        kind = f"live_session_{subject.mode}"
        name = f"{started_at:%Y%m%dT%H%M%S}_{clean_name(kind)}_{clean_name(self.session_id)}.json"
        Path(sessions).mkdir(parents=True, exist_ok=True)
        self._path = Path(sessions) / name
        self._lock = RLock()
        self._heartbeat_seconds = heartbeat_seconds
        self._beat_at = clock.monotonic()
        self._record: dict[str, object] = {
            "session_id": self.session_id,
            "run_id": run_id,
            "run_type": kind,
            "mode": subject.mode,
            "env_name": f"{subject.mode}_{subject.place}",
            "symbol": subject.symbol,
            "status": "started",
            "started_at": iso(started_at),
            "finished_at": None,
            "config": {
                "strategy_name": subject.strategy,
                "timeframe": subject.timeframe,
                **config,
            },
            "metrics": {},
            "cli_args": list(cli_args),
            "error": None,
            "created_at": iso(clock.now()),
            "strategy_tier": None,
            "process": identity(),
        }
        self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.finish(*end_of(error))

    def beat(self, metrics: Mapping[str, object] | None = None) -> None:
        """Say that the session lives; call it as often as you like, it writes once in a while."""
        if clock.monotonic() - self._beat_at >= self._heartbeat_seconds:
            self.refresh(metrics)

    def refresh(self, metrics: Mapping[str, object] | None = None) -> None:
        """Write a heartbeat, and new metrics if they are given."""
        with self._lock:
            if metrics is not None:
                self._record["metrics"] = metrics
            self._write()

    def finish(
        self,
        status: EndStatus,
        error: str | None = None,
        metrics: Mapping[str, object] | None = None,
    ) -> None:
        """Write the last state of the session."""
        with self._lock:
            finished_at = iso(clock.now())
            self._record |= {"status": status, "finished_at": finished_at, "error": error}
            try:
                self.refresh(metrics)
            except OSError as full:
                if full.errno not in _FULL:
                    raise
                self._write_in_place()

    def discard(self) -> None:
        """Remove the record, if its session could not begin."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        self._record["heartbeat_at"] = iso(clock.now())
        write_json(self._path, self._record)
        self._beat_at = clock.monotonic()

    def _write_in_place(self) -> None:
        """Write over the record: it has its room on the disk already, which is full."""
        data = json_bytes(self._record, indent=True)
        with self._path.open("r+b") as stream:
            stream.write(data)
            stream.truncate()


def end_of(error: BaseException | None) -> tuple[EndStatus, str | None]:
    """Return how a session ends, and why, when its work ended with this error or none.

    What is no `Exception` is a stop: of the keyboard, of `sys.exit`, of an asyncio task.
    """
    if error is None:
        return "completed", None
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return ("failed" if isinstance(error, Exception) else "aborted"), text


def end_gone_sessions(sessions: Path) -> list[str]:
    """End as failed each session whose process on this machine is gone; return their ids."""
    ended = []
    for path, record in open_records(sessions):
        process = record.get("process")
        if isinstance(process, Mapping) and is_gone(process):
            _end(path, record)
            ended.append(str(record.get("session_id", "")))
    return ended


def end_session(sessions: Path, session_id: str) -> None:
    """End a session as failed whose process is gone.

    Raises
    ------
    SettingsError
        If no open session has this id, or its process is still there.
    """
    for path, record in open_records(sessions):
        if record.get("session_id") != session_id:
            continue
        process = record.get("process")
        if isinstance(process, Mapping) and is_here(process) and not is_gone(process):
            raise SettingsError(
                f"session {session_id!r} is not over: process {process.get('pid')} is there; "
                "stop it, and it writes its end"
            )
        _end(path, record)
        return
    raise SettingsError(f"no session {session_id!r} that has begun and not ended")


def open_records(sessions: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the records, with their files, of sessions that have begun and not ended."""
    for path in sorted(sessions.glob("*.json")):
        try:
            record = jsonio.loads(path.read_bytes())
        except (OSError, ValueError):  # being written, or no record
            continue
        if not isinstance(record, dict) or record.get("finished_at"):
            continue
        if str(record.get("status", "")).lower() not in _ENDED:
            yield path, record


def _end(path: Path, record: Mapping[str, object]) -> None:
    """End a record when it was last known to live."""
    finished_at = record.get("heartbeat_at") or iso(clock.now())
    end = {"status": "failed", "finished_at": finished_at, "error": PROCESS_ENDED}
    write_json(path, {**record, **end})
