"""Runs side by side, at `/compare`."""

from peak_trade.models.compare import CompareModel
from peak_trade.serve.served import show
from peak_trade.views.compare.page import ComparePage

show(lambda current: ComparePage(CompareModel(current.store, current.settings)))
