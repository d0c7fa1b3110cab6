"""Payload of the watch page: health of the service and all listed runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, known_freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.listing import ROOT, chosen
from peak_trade.contract.base.query import narrowed
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs import snapshot as runs
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.contract.runs.search import RunTableParams
from peak_trade.contract.runs.snapshot import run_entry
from peak_trade.contract.service import health
from peak_trade.contract.service import schema as health_schema
from peak_trade.contract.service.verdict import by_state
from peak_trade.derive.freshness import Freshness as State

UNKNOWN: Final = "unknown"


class WatchPayload(TypedDict):
    """What the watch page shows."""

    health: Annotated[health_schema.Health, f.about("The service answers")]
    total: Annotated[int, f.about("Usable run directories", 55)]
    active: Annotated[int, f.about("Active runs among the newest 50", 2)]
    active_strategy: Annotated[
        str, f.about("Of the first active run, else of the first run, else unknown", "ma_crossover")
    ]
    by_state: Annotated[
        dict[str, int], f.about("What the rest of the query leaves of each state", {"live": 2})
    ]
    by_root: NotRequired[
        Annotated[
            dict[str, int],
            f.about("Of several roots: what the rest of the query leaves of each", {"paper": 2}),
        ]
    ]
    matching: Annotated[int, f.about("Runs that match the query", 55)]
    runs: Annotated[
        list[RunEntry], f.about("The first of them: live ones by start, others by event")
    ]
    freshness: Annotated[
        Freshness | None,
        f.about("Of the newest of all runs, or of an open session with a newer sign of life"),
    ]


async def watch(context: Context, params: RunTableParams) -> WatchPayload:
    """Give health, metrics of all runs, and those that match the query."""
    summaries, alive = (await context.store.index()).ordered, await lives(context)

    names = context.settings.root_labels

    def build() -> tuple[
        Sequence[RunEntry], Sequence[RunEntry], Mapping[State, int], Mapping[str, int]
    ]:
        newest = [run_entry(summary, alive) for summary in summaries[: runs.MAX_LISTED]]
        if not params.q and not params.sort:  # entries of thousands that nobody sees take seconds
            shown = alive.steady(summaries)[: params.rows]
            found = [run_entry(summary, alive) for summary in shown]
            states = Counter(alive.summary(summary).state for summary in summaries)
            return newest, found, states, Counter(summary.root for summary in summaries)
        entries = [run_entry(summary, alive) for summary in alive.steady(summaries)]
        of_any_state = chosen(entries, RunTableParams(q=narrowed(params.q, "state")))
        states = Counter(State(entry["freshness"]["state"]) for entry in of_any_state)
        of_any_root = chosen(entries, RunTableParams(q=narrowed(params.q, ROOT))) if names else ()
        roots = Counter(entry.get("root", "") for entry in of_any_root)
        return newest, chosen(entries, params), states, roots

    newest, found, states, roots = await context.store.compute(build)
    payload: WatchPayload = {
        "health": await health.health(context, params),
        "total": len(summaries),
        "active": sum(run["is_active"] for run in newest),
        "active_strategy": active_strategy(newest),
        "by_state": by_state(states),
        "matching": len(found) if params.q else len(summaries),
        "runs": list(found[: params.rows]),
        "freshness": known_freshness(alive.newest(summaries)),
    }
    return {**payload, "by_root": {name: roots[name] for name in names}} if names else payload


def active_strategy(listed: Sequence[RunEntry]) -> str:
    """Return the strategy of the first active run, else of the first run, else `unknown`."""
    first = next((run for run in listed if run["is_active"]), listed[0] if listed else None)
    return first["strategy_name"] if first else UNKNOWN
