"""What is judged of a run that grew is what is judged of it from the start."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import lists
from peak_trade.artifacts import trades
from peak_trade.artifacts.trades import Trades
from peak_trade.derive.measured import Judged
from peak_trade.store.judging import Judging
from peak_trade.store.runs_state import RunState
from store.run_tree import Tree

HEAD = "step,ts_bar,price,low,high,cash,position_size,equity,realized_pnl,unrealized_pnl\n"
SOME = st.one_of(st.just(""), st.integers(-3, 3).map(str))
PRICE = st.one_of(st.just(""), st.integers(1, 5).map(str))
EVENT = st.tuples(PRICE, PRICE, PRICE, *[SOME] * 5)
TRADE_HEAD = "step,side,quantity,price,fee,ts\n"
SIDE = st.sampled_from([*["buy", "sell"] * 12, "none"])
TRADE = st.tuples(SIDE, st.integers(1, 4), st.integers(1, 5), st.integers(0, 2))
BEHIND = st.sampled_from([*range(6), -1])
ANEW = st.sampled_from([*[False] * 4, True])
GROWTHS = lists(
    st.tuples(lists(EVENT, 8, min_size=1), lists(TRADE, 2), BEHIND, ANEW), 6, min_size=3
)


def stamp(step: int) -> str:
    return f"2026-01-01T00:{step % 60:02}:00+00:00"


def shown(judged: Judged) -> tuple[str, ...]:
    """Return fills and trades with all that they say; NaN and NaT are shown alike."""
    with np.printoptions(threshold=10_000, floatmode="unique"):
        found, ledger = judged.fills, judged.ledger
        rest = (found.unusable, found.named, found.exact, found.rows, ledger.realized)
        return tuple(map(repr, (found.fills, *rest, ledger.trades)))


@settings(max_examples=40)
@given(GROWTHS, st.sampled_from(["no", "by step", "by time"]), st.booleans())
def test_growth_is_judged_as_the_whole(
    growths: list[tuple[list[tuple[str, ...]], list[tuple[str, int, int, int]], int, bool]],
    traded: str,
    look_ahead: bool,
) -> None:
    with TemporaryDirectory() as name:
        tree, known, step, file = Tree(Path(name)), Judging(), 0, None
        directory = tree.make("r", symbol="BTC/EUR")
        tree.csv("r").write_text(HEAD)
        for events, fills, behind, anew in growths:
            with tree.csv("r").open("a") as rows:
                for cells in events:
                    step += 1
                    rows.write(",".join((str(step), stamp(step), *cells)) + "\n")
            if traded != "no" and fills:
                path = directory / "trades.csv"
                before = path.read_text() if path.exists() and not anew else TRADE_HEAD
                at = max(step - behind, 0)
                own = str(at) if traded == "by step" else ""
                new = (f"{own},{','.join(map(str, fill))},{stamp(at)}\n" for fill in fills)
                path.write_text(before + "".join(new))
            state, file = tree.run("r", rows=True), trades.refresh(directory, file)
            if look_ahead:
                known.ahead(state, file)
            _compare(known, state, file)


def _compare(known: Judging, state: RunState, file: Trades | None) -> None:
    judged, whole = known.of(state, file), Judging().of(state, file)
    assert shown(judged) == shown(whole)
    assert known.books(state, judged) == Judging().books(state, whole)
