"""The live dashboard, at `/dashboard`."""

from peak_trade.models.dashboard import DashboardModel
from peak_trade.serve.served import show
from peak_trade.views.run.page import DashboardPage

show(lambda current: DashboardPage(DashboardModel(current.store, current.settings)))
