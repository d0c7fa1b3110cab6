"""Types of payload fields with description, unit and example: for JSON, OpenAPI and docs.

A field that several payloads share is here; one that a single payload has is described there with
`about`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

CURRENCY: Final = "account currency"
FRACTION: Final = "fraction"
BASE: Final = "units of the base currency"
SECONDS: Final = "s"

EXAMPLE_TIME: Final = "2026-01-15T18:30:00+00:00"
_RUN: Final = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"


def about(description: str, *examples: object, unit: str = "") -> Any:
    """Return what documents say of a field."""
    extra: dict[str, Any] = {"x-unit": unit} if unit else {}
    text = f"{description}; unit: {unit}" if unit else description
    return Field(description=text, examples=list(examples) or None, json_schema_extra=extra)


def old_name(name: str, *examples: object) -> Any:
    """Return what documents say of a key that is the old name of the key `name` beside it.

    Both have the same value. The old key goes with the next version.
    """
    return Field(
        description=f"Old name of {name}", deprecated=True, examples=list(examples) or None
    )


Object = dict[str, Any]
AnyObject = Annotated[Object, about("Free form, as stored", {"key": "value"})]

RunId = Annotated[str, about("Name of the run's directory", _RUN)]
Root = Annotated[str, about("Name of its root; where there are several", "paper")]
SessionId = Annotated[str, about("Id of a session, any text", "session_20260115_shadow_a1b2c3")]
Mode = Annotated[str, about("shadow, paper, testnet or another stored mode", "shadow")]
Strategy = Annotated[str, about("Name of the strategy", "ma_crossover")]
Symbol = Annotated[str, about("Traded pair, base and quote currency", "BTC/EUR")]
Timeframe = Annotated[str, about("Length of a candle", "1m")]

Iso = Annotated[str, about("Time, ISO 8601", EXAMPLE_TIME)]
AsOf = Annotated[str, about("Time of the answer, ISO 8601", EXAMPLE_TIME)]
Started = Annotated[str | None, about("Time of the start, ISO 8601", EXAMPLE_TIME)]
Ended = Annotated[str | None, about("Time of the end, ISO 8601; null while it goes on", None)]
LastEvent = Annotated[str | None, about("Time of the last event, ISO 8601", EXAMPLE_TIME)]

Equity = Annotated[float | None, about("Cash plus positions", 10250.5, unit=CURRENCY)]
Cash = Annotated[float | None, about("Free cash", 9000.0, unit=CURRENCY)]
Realized = Annotated[float | None, about("Realized profit and loss", 250.5, unit=CURRENCY)]
Unrealized = Annotated[
    float | None, about("Profit and loss of the open position", -3.25, unit=CURRENCY)
]
Drawdown = Annotated[
    float | None, about("(equity - running maximum) / running maximum, <= 0", -0.05, unit=FRACTION)
]
Position = Annotated[float | None, about("Signed size of the position", 0.04, unit=BASE)]
Currency = Annotated[str, about("Quote currency of the symbol, empty if unknown", "EUR")]

Step = Annotated[int | None, about("Number of the step, from 1", 42)]
Orders = Annotated[int | None, about("Orders of this step", 1)]
Allowed = Annotated[bool | None, about("What the risk check said; null if it did not", True)]
Reasons = Annotated[str | None, about("Reasons of the risk check, joined by `; `", "")]

Config = Annotated[
    Object, about("Configuration as stored, secrets hidden", {"tags": ["demo"], "api_key": "***"})
]
ServiceStatus = Annotated[str, about("ok", "ok")]
ContractVersion = Annotated[str, about("Version of the contract of the run routes", "v0.1B")]
Severity = Annotated[str, about("ok, warn or critical", "ok")]
Total = Annotated[int, about("Number of all", 12)]
Count = Annotated[int, about("Number of items in this answer", 2)]
Limit = Annotated[int, about("The limit as received", 100)]
ByName = Annotated[dict[str, int], about("Counts by name", {"intent": 3, "fill": 2})]
Text = Annotated[str, about("Text for people; hostile unless escaped", "Large loss")]


CONTRACT_VERSION: Final = "v0.1B"
