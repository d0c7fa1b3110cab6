"""The alerts, at `/live/alerts`."""

from peak_trade.models.alerts import AlertsModel
from peak_trade.serve.served import show
from peak_trade.views.alerts.page import AlertsViewer

show(lambda current: AlertsViewer(AlertsModel(current.store, current.settings)))
