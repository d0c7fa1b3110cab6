"""Health of the execution telemetry, at `/live/telemetry`."""

from peak_trade.serve.served import show

show("telemetry")
