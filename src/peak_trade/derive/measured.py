"""A statistic, and what it comes to for a run: a number, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, Self

import numpy as np

from peak_trade.derive.fills import Fills
from peak_trade.derive.round_trips import Ledger
from peak_trade.derive.run_facts import RunFacts
from peak_trade.i18n import mark


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure: `value` over `n` things, or None with the `reason`."""

    value: float | np.datetime64 | None
    n: int
    reason: str = ""

    @classmethod
    def no(cls, n: int, reason: str) -> Self:
        """Return a figure that cannot be told."""
        return cls(None, n, reason)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """All that the statistics of a run are computed from."""

    facts: RunFacts = field(default_factory=RunFacts)
    fills: Fills = field(default_factory=Fills)
    ledger: Ledger = field(default_factory=Ledger)


Group = Literal["return", "risk", "drawdown", "benchmark", "activity", "trades", "costs"]
Unit = Literal["fraction", "ratio", "account currency", "s", "count", "bps", "time"]

GROUPS: Final[dict[Group, str]] = {
    "return": mark("Return"),
    "risk": mark("Risk"),
    "drawdown": mark("Drawdown"),
    "benchmark": mark("Against buy and hold"),
    "activity": mark("Activity"),
    "trades": mark("Closed trades"),
    "costs": mark("Costs"),
}
TOO_GREAT: Final = mark("beyond the range of numbers")


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic of a run; `source` is who defines it, `edges` when there is no value."""

    name: str
    group: Group
    label: str
    unit: Unit
    of: Callable[[Judged], Measured]
    formula: str
    edges: str = ""
    source: str = ""
    annualised: bool = False


def measure(rows: Iterable[Statistic], run: Judged) -> list[Measured]:
    """Return the values of statistics for a run."""
    with np.errstate(all="ignore"):
        return [_measured(row, run) for row in rows]


def _measured(row: Statistic, run: Judged) -> Measured:
    try:
        found = row.of(run)
    except OverflowError:
        return Measured.no(0, TOO_GREAT)
    if isinstance(found.value, float | int) and not math.isfinite(found.value):
        return Measured.no(found.n, TOO_GREAT)
    return found


def as_table(rows: Iterable[Statistic]) -> str:
    """Return what the documents say of statistics."""
    lines = [
        "| name | formula | unit | for a year | no value | source |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (row.name, row.formula, row.unit, "yes" if row.annualised else "", row.edges)
        texts = [cell.replace("|", "\\|") for cell in (*cells, row.source)]
        lines.append(f"| `{texts[0]}` | {' | '.join(texts[1:])} |")
    return "\n".join(lines)
