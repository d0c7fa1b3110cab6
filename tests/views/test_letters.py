"""Labels at the ends of curves do not lie over each other."""

from __future__ import annotations

import numpy as np
import pytest

from peak_trade.views.charts.letters import LINE, apart, shifts


@pytest.mark.parametrize("seed", range(20))
def test_places_are_a_line_apart_in_their_order(seed: int) -> None:
    up = np.random.default_rng(seed).uniform(0, 60, size=6).round()
    placed = apart(up)
    order = np.argsort(up, kind="stable")
    assert (np.diff(placed[order]) >= LINE - 1e-9).all()
    assert placed.mean() == pytest.approx(up.mean())


def test_only_labels_that_would_touch_are_moved() -> None:
    across, up = np.array([0.5, 0.51, 0.9, np.nan, 0.5]), np.array([4.0, 4.0, 4.0, 4.0, np.nan])
    assert shifts(across, up).tolist() == [-LINE / 2, LINE / 2, 0, 0, 0]
    assert apart(np.array([0.0, 40.0, 80.0])).tolist() == [0, 40, 80]
    assert shifts(np.array([]), np.array([])).size == 0
