"""A row of the table of measurements: what is measured, beside what, and what it should be."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

ROUNDS = 10


@dataclass(frozen=True)
class Figure:
    """What was measured, and its floor: the least that the same work takes without the program."""

    value: float
    unit: str
    floor: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times its floor it is."""
        return self.value / self.floor if self.floor else None


@dataclass(frozen=True)
class Case:
    """A row; `goal` is a ratio where `times` is set, else a value in the unit of the figure.

    It is the most that is good, or with `at_least` the least.
    """

    name: str
    work: str
    goal: float
    measure: Callable[[], Figure]
    times: bool = True
    at_least: bool = False

    @property
    def goal_text(self) -> str:
        """How the goal is written."""
        bound = ">=" if self.at_least else "<="
        return f"{bound} {self.goal:g} x" if self.times else f"{bound} {self.goal:g}"

    def is_met(self, figure: Figure) -> bool:
        """Tell whether a figure is within the goal."""
        reached = figure.ratio if self.times else figure.value
        if reached is None:
            return False
        return reached >= self.goal if self.at_least else reached <= self.goal


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def beside(
    work: Callable[[], object],
    floor: Callable[[], object],
    *,
    rounds: int = ROUNDS,
    each: int = 1,
) -> tuple[float, float]:
    """Return the medians, in seconds, of a work and of its floor, measured in turns.

    So what else the machine does meets both alike. In a turn each is done `each` times.
    """
    taken: list[float] = []
    floors: list[float] = []
    for _ in range(rounds):
        floors += [seconds(floor) for _ in range(each)]
        taken += [seconds(work) for _ in range(each)]
    return statistics.median(taken), statistics.median(floors)
