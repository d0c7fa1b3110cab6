"""`python -m peak_trade` is the command `peak-trade`."""

from peak_trade.cli import main

main()
