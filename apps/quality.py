"""What could not be read, and faults of what was, at `/quality`."""

from peak_trade.serve.served import show

show("quality")
