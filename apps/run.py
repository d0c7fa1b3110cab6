"""One run, live, at `/watch/runs/{run_id}` and `/sessions/{run_id}`."""

import panel as pn

from peak_trade.models.dashboard import DashboardModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.dashboard import DashboardPage

current = runtime()
run_id = pn.state.route_params["run_id"]
DashboardPage(DashboardModel(current.store, current.settings), run_id).servable()
