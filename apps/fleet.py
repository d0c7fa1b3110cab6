"""All runs of a fleet, at `/fleet`."""

from peak_trade.serve.served import show

show("fleet")
