"""Health of the execution telemetry, at `/live/telemetry`."""

from peak_trade.models.telemetry import TelemetryModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.telemetry import TelemetryViewer

current = runtime()
TelemetryViewer(TelemetryModel(current.store, current.settings)).servable()
