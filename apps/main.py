"""The console, at `/`."""

from peak_trade.models.console import ConsoleModel
from peak_trade.serve.served import show
from peak_trade.views.console.page import ConsolePage

show(lambda current: ConsolePage(ConsoleModel(current.store, current.settings)))
