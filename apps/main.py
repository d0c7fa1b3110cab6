"""The console, at `/`."""

from peak_trade.models.console import ConsoleModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.console import ConsolePage

current = runtime()
ConsolePage(ConsoleModel(current.store, current.settings)).servable()
