"""The live dashboard, at `/dashboard`."""

from peak_trade.models.dashboard import DashboardModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.dashboard import DashboardPage

current = runtime()
DashboardPage(DashboardModel(current.store, current.settings)).servable()
