"""One run, live, at `/watch/runs/{run_id}` and `/sessions/{run_id}`."""

from peak_trade.serve.served import show

show("run")
