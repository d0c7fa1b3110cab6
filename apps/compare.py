"""Runs side by side, at `/compare`."""

from peak_trade.models.compare import CompareModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.compare import ComparePage

current = runtime()
ComparePage(CompareModel(current.store, current.settings)).servable()
