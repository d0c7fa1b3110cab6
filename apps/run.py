"""One run, live, at `/watch/runs/{run_id}` and `/sessions/{run_id}`."""

from peak_trade.models.dashboard import DashboardModel
from peak_trade.serve.served import show
from peak_trade.views.run.page import DashboardPage

show(lambda current, run_id: DashboardPage(DashboardModel(current.store, current.settings), run_id))
