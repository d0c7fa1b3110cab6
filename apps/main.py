"""The console, at `/`."""

from peak_trade.serve.served import show

show("main")
