"""All runs and the health of the service, at `/watch`."""

from peak_trade.serve.served import show

show("watch")
