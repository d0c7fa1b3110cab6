"""Shared by the exchange tests: a client of the stand-in that hardly waits."""

from __future__ import annotations

from typing import Any

from peak_trade.exchange.client import ResilientExchangeClient
from peak_trade.settings_sections import Exchange

from .stand_in import StandIn

START = 1_767_225_600  # 2026-01-01, unix seconds


def rows(count: int) -> list[tuple[float, float, float, float, float, float]]:
    return [(START + 60 * n, 100.0 + n, 101.0 + n, 99.0 + n, 100.5 + n, 1.5) for n in range(count)]


def settings(stand_in: StandIn, **more: Any) -> Exchange:
    quick = {"rate_limit_ms": 1, "retry_wait_seconds": 0.001, "deadline_seconds": 20.0}
    return Exchange(**{"base_url": stand_in.url, **quick, **more})


def client_of(stand_in: StandIn, **more: Any) -> ResilientExchangeClient:
    return ResilientExchangeClient("kraken", settings(stand_in, **more))
