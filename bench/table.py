"""One table of what the program takes, each row beside its floor in the same run and its goal.

`python bench/table.py [NAME ...]` measures the rows of these names, all without one, prints them
and keeps them, with the machine, in `bench/results/last.json` and `last.txt`. A time above its
goal fails nothing. `bench/README.md` says how it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import cells
import judging
import processes
import reads
import requests_of
import workers
from case import Case, Figure
from peak_trade import clock

RESULTS = Path(__file__).with_name("results")
CASES: tuple[Case, ...] = (
    *(*requests_of.CASES, *reads.CASES, *judging.CASES, *cells.CASES),
    *(*processes.CASES, *workers.CASES),
)


@dataclass(frozen=True)
class Row:
    """A line of the table; `met` is None where there is no goal."""

    name: str
    work: str
    figure: Figure
    goal: str
    met: bool

    def text(self) -> str:
        """Return the line."""
        found = self.figure
        floor = "" if found.floor is None else f"{found.floor:.4g} {found.unit}"
        ratio = "" if found.ratio is None else f"{found.ratio:.2f}"
        missed = "under" if self.goal.startswith(">") else "over"
        mark = "" if self.met else missed
        taken = f"{found.value:.4g} {found.unit}"
        return (
            f"{self.name:<18} {taken:>14} {floor:>14} {ratio:>7} {self.goal:>12} {mark:<5}"
            f" {self.work}"
        )


def row(case: Case) -> Row:
    """Measure a case."""
    figure = case.measure()
    return Row(case.name, case.work, figure, case.goal_text, case.is_met(figure))


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    packages = ("panel", "bokeh", "tornado", "pyarrow", "pandas", "pydantic")
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": [round(part, 2) for part in os.getloadavg()],
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def keep(rows: Iterable[Row], where: dict[str, object]) -> None:
    """Write the rows and the machine; rows that were not measured now are not kept."""
    RESULTS.mkdir(exist_ok=True)
    rows = list(rows)
    found = {"machine": where, "rows": [asdict(one) for one in rows]}
    (RESULTS / "last.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "last.txt").write_text(
        "\n".join([str(where), HEAD, *(r.text() for r in rows)]) + "\n"
    )


HEAD = f"{'row':<18} {'takes':>14} {'floor':>14} {'ratio':>7} {'goal':>12} {'':<5} work"


def main() -> None:
    """Measure the rows that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [case.name for case in CASES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    asked = parser.parse_args().names
    if unknown := set(asked) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    where, rows = machine(), []
    print(HEAD, flush=True)
    for case in CASES:
        if not asked or case.name in asked:
            rows.append(row(case))
            print(rows[-1].text(), flush=True)
    keep(rows, where)


if __name__ == "__main__":
    main()
