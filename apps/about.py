"""Safety, versions and settings, at `/about`."""

from peak_trade.models.about import AboutModel
from peak_trade.serve.served import show
from peak_trade.views.about.page import AboutPage

show(lambda current: AboutPage(AboutModel(current.store, current.settings)))
