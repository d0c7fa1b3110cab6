"""Health of the execution telemetry, at `/live/telemetry`."""

from peak_trade.models.telemetry import TelemetryModel
from peak_trade.serve.served import show
from peak_trade.views.telemetry.page import TelemetryPage

show(lambda current: TelemetryPage(TelemetryModel(current.store, current.settings)))
