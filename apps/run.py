"""One run, live, at `/watch/runs/{run_id}` and `/sessions/{run_id}`."""

from peak_trade.models.run import RunModel
from peak_trade.serve.served import show
from peak_trade.views.run.page import RunPage

show(lambda current, run_id: RunPage(RunModel(current.store, current.settings), run_id))
