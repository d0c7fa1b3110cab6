"""The live dashboard, at `/dashboard`."""

from peak_trade.serve.served import show

show("dashboard")
