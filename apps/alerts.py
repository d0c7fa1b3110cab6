"""The alerts, at `/live/alerts`."""

from peak_trade.models.alerts import AlertsModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.alerts import AlertsViewer

current = runtime()
AlertsViewer(AlertsModel(current.store, current.settings)).servable()
