"""Records of the session registry: one JSON file a session.

A record without `session_id`, `run_type` or a usable `started_at` is unusable. Optional keys of a
wrong type count as absent, so that one bad value never disturbs other records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peak_trade.artifacts import times
from peak_trade.artifacts.schemas import SESSION_REQUIRED


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A usable registry record. Times keep their stored offset, or have none."""

    session_id: str
    run_id: str | None
    run_type: str
    mode: str
    env_name: str
    symbol: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    created_at: datetime | None
    config: dict[str, Any]
    metrics: dict[str, Any]
    cli_args: list[Any]
    error: str | None
    strategy_tier: str


def make_session(value: dict[str, Any]) -> SessionRecord | None:
    """Return the record, or None if it is unusable."""
    started = times.parse_stored(value.get("started_at"))
    if started is None or not all(isinstance(value.get(key), str) for key in SESSION_REQUIRED):
        return None

    def text(key: str) -> str:
        item = value.get(key)
        return item if isinstance(item, str) else ""

    def mapping(key: str) -> dict[str, Any]:
        item = value.get(key)
        return item if isinstance(item, dict) else {}

    arguments = value.get("cli_args")
    return SessionRecord(
        session_id=value["session_id"],
        run_id=text("run_id") or None,
        run_type=value["run_type"],
        mode=text("mode"),
        env_name=text("env_name"),
        symbol=text("symbol"),
        status=text("status"),
        started_at=started,
        finished_at=times.parse_stored(value.get("finished_at")),
        created_at=times.parse_stored(value.get("created_at")),
        config=mapping("config"),
        metrics=mapping("metrics"),
        cli_args=arguments if isinstance(arguments, list) else [],
        error=text("error") or None,
        strategy_tier=text("strategy_tier"),
    )
