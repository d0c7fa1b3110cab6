"""All runs and the health of the service, at `/watch`."""

from peak_trade.models.watch import WatchModel
from peak_trade.serve.served import show
from peak_trade.views.watch.page import WatchPage

show(lambda current: WatchPage(WatchModel(current.store, current.settings)))
