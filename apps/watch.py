"""All runs and the health of the service, at `/watch`."""

from peak_trade.models.watch import WatchModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.watch import WatchPage

current = runtime()
WatchPage(WatchModel(current.store, current.settings)).servable()
