"""The alerts, at `/live/alerts`."""

from peak_trade.models.alerts import AlertsModel
from peak_trade.serve.served import show
from peak_trade.views.alerts.page import AlertsPage

show(lambda current: AlertsPage(AlertsModel(current.store, current.settings)))
