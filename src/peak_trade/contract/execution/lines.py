"""An event of execution in one line: numbers with the digits they need, money with its currency.

What an event does not say is `unknown`. The description of the contract's own routes, which has
fixed digits and a dollar sign, is in `timeline.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peak_trade.artifacts.telemetry import TelemetryEvent
from peak_trade.contract.execution.timeline import describe, is_blocked
from peak_trade.derive import digits
from peak_trade.derive.symbols import quote_currency
from peak_trade.jsonio import number

UNKNOWN = "unknown"


def line(event: TelemetryEvent) -> str:
    """Return an event in one line of English text."""
    payload, currency = event.payload, quote_currency(event.symbol)
    side = str(payload.get("side") or UNKNOWN).upper()
    if event.kind == "intent":
        return f"Intent: {side} {_size(payload, 'quantity')} @ {_price(event, 'current_price')}"
    if event.kind == "order":
        kind = payload.get("order_type") or UNKNOWN
        return f"Order: {side} {_size(payload, 'quantity')} ({kind})"
    if event.kind == "fill":
        fee = number(payload.get("fill_fee"))
        paid = UNKNOWN if fee is None else f"{digits.money(fee, currency)} {currency}".rstrip()
        done = _size(payload, "filled_quantity")
        return f"Fill: {done} @ {_price(event, 'fill_price')} (fee: {paid})"
    reason = payload.get("reason")
    because = f": {reason}" if is_blocked(event) and reason else ""
    return f"{describe(event)}{because}"


def _size(payload: Mapping[str, Any], key: str) -> str:
    value = number(payload.get(key))
    return UNKNOWN if value is None else digits.size(value)


def _price(event: TelemetryEvent, key: str) -> str:
    price = _size(event.payload, key)
    return price if price == UNKNOWN else f"{price} {quote_currency(event.symbol)}".rstrip()
