"""What could not be read, and faults of what was, at `/quality`."""

from peak_trade.models.quality import QualityModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.quality import QualityViewer

current = runtime()
QualityViewer(QualityModel(current.store, current.settings)).servable()
