"""What the artifacts have to be, as models: the source of the JSON Schemas and of the checks.

Guarantees that what the writers of this package write is valid; further keys are allowed.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from peak_trade.artifacts import times
from peak_trade.schemas import EVENT_COLUMNS, TRADE_COLUMNS, Column, Kind


def _time(value: object) -> object:
    if value is not None and times.parse_stored(value) is None:
        raise ValueError("is no ISO 8601 time, such as 2026-01-15T12:00:00+00:00")
    return value


def _one_of(*words: str) -> Any:
    """Return the type of a text that is one of these words, in lower or upper case."""

    def check(value: str) -> str:
        if value.lower() not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return value

    cases: list[Any] = [*words, *(word.upper() for word in words)]
    return Annotated[str, AfterValidator(check), Field(json_schema_extra={"enum": cases})]


Time = Annotated[str, BeforeValidator(_time), Field(json_schema_extra={"format": "date-time"})]
Filled = Annotated[str, StringConstraints(min_length=1)]
Object = dict[str, Any]


class Artifact(BaseModel):
    """A JSON object of an artifact."""

    model_config = ConfigDict(extra="allow", strict=True)


class RunMeta(Artifact):
    """`<runs>/<run_id>/meta.json`."""

    run_id: Filled
    mode: str
    strategy_name: str
    symbol: str
    timeframe: str
    started_at: Time | None = None
    ended_at: Time | None = None
    config_snapshot: Object | None = None
    notes: str | None = None


class RunAlert(Artifact):
    """A line of `<runs>/<run_id>/alerts.jsonl`."""

    rule_id: str
    severity: _one_of("info", "warning", "critical")  # type: ignore[valid-type]
    message: str
    run_id: str | None = None
    timestamp: Time


class Session(Artifact):
    """`<sessions>/<time>_<run_type>_<session_id>.json`."""

    session_id: Filled
    run_type: str
    started_at: Time
    run_id: str | None = None
    mode: str = ""
    env_name: str = ""
    symbol: str = ""
    status: _one_of("started", "completed", "failed", "aborted")  # type: ignore[valid-type]
    finished_at: Time | None = None
    config: Object | None = None
    metrics: Object | None = None
    cli_args: list[str] | None = None
    error: str | None = None
    created_at: Time | None = None
    heartbeat_at: Time | None = None
    process: Object | None = None


class StoredAlert(Artifact):
    """A line of `<alerts>/alerts_YYYY-MM-DD.jsonl`."""

    title: str
    body: str | None = None
    severity: _one_of("info", "warn", "critical")  # type: ignore[valid-type]
    category: _one_of("risk", "execution", "system")  # type: ignore[valid-type]
    source: str
    session_id: str | None = None
    timestamp: Time
    context: Object | None = None
    id: Filled
    stored_at: Time | None = None


class ExecutionEvent(Artifact):
    """A line of `<telemetry>/<session_id>.jsonl`."""

    ts: Time
    session_id: str
    symbol: str
    mode: str
    kind: Literal["intent", "order", "fill", "gate", "error"]
    payload: Object


class HealthSnapshot(Artifact):
    """A line of the history of telemetry health."""

    schema_version: int
    ts_utc: Time
    severity: Literal["ok", "warn", "critical"]
    metrics: dict[str, float | None]
    checks: list[Object]


MODELS: Final[dict[str, type[Artifact]]] = {
    "run_meta": RunMeta,
    "run_alert": RunAlert,
    "session": Session,
    "stored_alert": StoredAlert,
    "execution_event": ExecutionEvent,
    "health_snapshot": HealthSnapshot,
}
_TYPES: Final = {
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.TIME: "string",
    Kind.TEXT: "string",
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every artifact by its name; of tables, that of one row."""
    found: dict[str, dict[str, Any]] = {}
    for name, model in MODELS.items():
        found[name] = {**_DIALECT, **model.model_json_schema()}
    found["event_row"] = _row("A row of events.csv or events.parquet.", EVENT_COLUMNS, ())
    needed = ("side", "quantity", "price")
    found["trade_row"] = _row("A row of trades.csv.", TRADE_COLUMNS, needed)
    found["trade_row"]["properties"]["side"]["enum"] = ["buy", "sell"]
    return found


_DIALECT: Final = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def _row(title: str, columns: tuple[Column, ...], needed: tuple[str, ...]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for column in columns:
        kind: Any = _TYPES[column.kind]
        cell = {"type": kind if column.name in needed else [kind, "null"]}
        unit = f" ({column.unit})" if column.unit else ""
        cell |= {"format": "date-time"} if column.kind is Kind.TIME else {}
        properties[column.name] = {"description": f"{column.meaning}{unit}", **cell}
    return {
        **_DIALECT,
        "description": title,
        "type": "object",
        "properties": properties,
        "required": list(needed),
    }
