"""State of the comparison: which runs, along what, and the payloads."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import compare, compare_drift
from peak_trade.contract.pages.compare import CompareView
from peak_trade.contract.runs.drift import DriftPayload
from peak_trade.models.address import Address, fields
from peak_trade.models.run_list import RunListModel
from peak_trade.models.sources import LIFE_SESSIONS, RUNS, Source, run


class CompareModel(RunListModel):
    """The runs that are compared, and the list to choose from."""

    address = Address((fields("chosen", CompareView),))

    chosen: param.Parameter[CompareView] = param.Parameter(CompareView(), doc="The view")
    payload: param.Parameter[compare.ComparePayload | None] = param.Parameter(
        None, doc="What is shown"
    )
    drift: param.Parameter[DriftPayload | None] = param.Parameter(
        None, doc="How far two runs went apart"
    )
    no_drift = param.String("", doc="Why there is no drift; empty if there is")

    @param.depends("chosen", "search", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    def sources(self) -> tuple[Source, ...]:
        """Return the list of runs and those compared."""
        return RUNS, LIFE_SESSIONS, *(run(name) for name in self.chosen.ids)

    async def _build(self, context: Context) -> None:
        await self._build_list(context)
        payload = await compare.compare(context, self.chosen)
        why, drift = compare_drift.why_no_drift(payload["runs"]), None
        if not why:
            runs = [run(item["run_id"]) for item in payload["runs"]]
            drift = await self.store.shared.get(
                ("drift", *((one.key, one.revision(self.store.local)) for one in runs)),
                lambda: compare_drift.drift_of(context, payload["runs"]),
            )
        self.param.update(payload=payload, drift=drift, no_drift=why)
