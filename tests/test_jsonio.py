"""JSON of arrays: what cannot be said in JSON is null, and times say their zone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from peak_trade import jsonio
from peak_trade.derive.arrays import Floats, Instants

TIMES = np.array(["2026-01-15T17:36:00.5", "NaT"], dtype="datetime64[us]")
FIRST = "2026-01-15T17:36:00.500000+00:00"


@dataclass(frozen=True, slots=True)
class Points:
    times: Instants
    values: Floats


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.array([1.5, np.nan, np.inf, -np.inf]), [1.5, None, None, None]),
        (np.arange(6.0)[::2], [0.0, 2.0, 4.0]),
        (np.array([np.nan, 1.0, 2.0])[::2], [None, 2.0]),
        (np.arange(3, dtype=np.intp), [0, 1, 2]),
        (TIMES[:1], [FIRST]),
        (TIMES, [FIRST, None]),
        (TIMES[::-1], [None, FIRST]),
        (TIMES[0], FIRST),
        (TIMES[1], None),
        (datetime(2026, 1, 15, 17, 36, 0, 500_000), FIRST),  # noqa: DTZ001
        ({"sum": 2**70, "times": TIMES}, {"sum": float(2**70), "times": [FIRST, None]}),
        (Points(TIMES, np.arange(4.0)[::2]), {"times": [FIRST, None], "values": [0.0, 2.0]}),
    ],
)
def test_arrays_and_times(value: Any, written: Any) -> None:
    assert json.loads(jsonio.dumps(value)) == written


def test_what_has_no_json_is_an_error() -> None:
    with pytest.raises(TypeError):
        jsonio.dumps({"value": object()})
