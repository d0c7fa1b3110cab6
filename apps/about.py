"""Safety, versions and settings, at `/about`."""

from peak_trade.models.about import AboutModel
from peak_trade.serve.runtime import runtime
from peak_trade.views.about import AboutPage

current = runtime()
AboutPage(AboutModel(current.store, current.settings)).servable()
