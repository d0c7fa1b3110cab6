"""Run by `panel serve apps/` before the server is built: makes it ours."""

from peak_trade.serve.served import begin

begin()
