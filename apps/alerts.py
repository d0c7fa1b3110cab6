"""The alerts, at `/live/alerts`."""

from peak_trade.serve.served import show

show("alerts")
