"""The live dashboard, at `/dashboard`."""

from peak_trade.models.run import RunModel
from peak_trade.serve.served import show
from peak_trade.views.run.page import RunPage

show(lambda current: RunPage(RunModel(current.store, current.settings)))
