"""All events of a run as a frame: counts are integers where they can be, nothing is lost."""

from __future__ import annotations

import pyarrow as pa
import pytest

from peak_trade.derive.event_frame import events_frame


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


def test_a_frame_of_ones_own_can_be_written() -> None:
    frame = events_frame(pa.table({"step": [1.0], "price": [2.0], "signal_changed": [True]}))
    frame.loc[:, ["step", "price"]] = 3
    assert frame.iloc[0].tolist() == [3, 3.0, True]
