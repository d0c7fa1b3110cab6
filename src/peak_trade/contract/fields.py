"""Types of payload fields with their description, used by JSON, OpenAPI, docs and tooltips."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

RunId = Annotated[str, Field(description="Name of the run's directory")]
Mode = Annotated[str, Field(description="shadow, paper, testnet or another stored mode")]
Strategy = Annotated[str, Field(description="Name of the strategy")]
Symbol = Annotated[str, Field(description="Traded pair, such as BTC/EUR")]
Timeframe = Annotated[str, Field(description="Length of a candle, such as 1m")]
Iso = Annotated[str, Field(description="Time, ISO 8601")]
Equity = Annotated[float | None, Field(description="Cash plus positions, account currency")]
Realized = Annotated[float | None, Field(description="Realized profit and loss, account currency")]
Unrealized = Annotated[
    float | None, Field(description="Profit and loss of the open position, account currency")
]
Drawdown = Annotated[float | None, Field(description="(equity - peak) / peak as a fraction, <= 0")]
Position = Annotated[float | None, Field(description="Signed size, base units")]
Object = dict[str, Any]
