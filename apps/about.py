"""Safety, versions and settings, at `/about`."""

from peak_trade.serve.served import show

show("about")
