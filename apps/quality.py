"""What could not be read, and faults of what was, at `/quality`."""

from peak_trade.models.quality import QualityModel
from peak_trade.serve.served import show
from peak_trade.views.quality.page import QualityPage

show(lambda current: QualityPage(QualityModel(current.store, current.settings)))
