"""Execution telemetry of one session, at `/live/execution/{session_id}`."""

from peak_trade.serve.served import show

show("execution")
