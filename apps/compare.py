"""Runs side by side, at `/compare`."""

from peak_trade.serve.served import show

show("compare")
