"""Run `peak-trade` without Python's search for what nobody refers to any more.

Started by tests as a program of its own: python uncollected.py ARGUMENTS. Of what it made lately,
it does search when its metrics are asked for, which say how many objects it holds.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterator
from typing import Any

from prometheus_client import GCCollector
from prometheus_client.core import GaugeMetricFamily, Metric

from peak_trade.cli import main
from peak_trade.serve import connections, garbage, install

HELD = "objects_held"
SOON, LEFT = 300, 2_000
"""Milliseconds: how often it is looked, and how long a page without a browser stays."""


def _collect(_: GCCollector) -> Iterator[Metric]:
    gc.disable()  # the server has begun by now
    gc.collect(1)
    yield GaugeMetricFamily(HELD, "Objects that the collector knows", len(gc.get_objects()))


if __name__ == "__main__":
    sweeping: Any = functools.partialmethod(
        install.ConsoleTornado.__init__,
        check_unused_sessions_milliseconds=SOON,
        unused_session_lifetime_milliseconds=LEFT,
    )
    install.ConsoleTornado.__init__ = sweeping  # type: ignore[method-assign]
    connections.LOOK_SECONDS = SOON / 1000  # type: ignore[misc]
    garbage.MOST = sys.maxsize  # type: ignore[misc]
    GCCollector.collect = _collect  # type: ignore[method-assign,assignment]
    main()
