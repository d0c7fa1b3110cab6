"""All events of a run as a frame: counts are integers where they can be, nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from peak_trade.derive.event_frame import events_frame
from peak_trade.schemas import INSTANT_COLUMN


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        ([1.0, None, 3.0], "Int64"),
        ([None, None], "Int64"),
        ([1.0, 1e300], "float64"),
        ([0.5, 2.0], "float64"),
        ([], "Int64"),
    ],
)
def test_counts_are_integers_where_they_can_be(counts: list[float | None], kind: str) -> None:
    frame = events_frame(pa.table({"step": pa.array(counts, pa.float64())}))
    assert frame["step"].dtype == kind
    assert [
        None if missing else value
        for value, missing in zip(frame["step"], frame["step"].isna(), strict=True)
    ] == counts


@pytest.mark.parametrize("shared", [True, False])
def test_every_kind_of_cell_is_beside_its_time(shared: bool) -> None:
    times = pa.array([datetime(2026, 1, 15, 8, minute, tzinfo=UTC) for minute in (1, 2)])
    cells = {"risk_reasons": ["too large", None], "ts_bar": times, "price": [1.5, 2.5]}
    frame = events_frame(pa.table({INSTANT_COLUMN: times, **cells}), shared=shared)
    assert frame.index.tolist() == times.to_pylist()
    assert frame["risk_reasons"].tolist()[0] == "too large"
    assert frame["risk_reasons"].isna().tolist() == [False, True]
    assert frame["ts_bar"].tolist() == times.to_pylist()
    assert frame["price"].tolist() == [1.5, 2.5]


def test_a_frame_of_ones_own_can_be_written() -> None:
    frame = events_frame(pa.table({"step": [1.0], "price": [2.0], "signal_changed": [True]}))
    frame.loc[:, ["step", "price"]] = 3
    assert frame.iloc[0].tolist() == [3, 3.0, True]
