"""What could not be read, and faults of what was, at `/quality`."""

from peak_trade.models.quality import QualityModel
from peak_trade.serve.served import show
from peak_trade.views.quality.page import QualityViewer

show(lambda current: QualityViewer(QualityModel(current.store, current.settings)))
