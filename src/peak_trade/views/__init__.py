"""The pages: one Panel viewer per page and part. Payloads come from models, text from artifacts.

`register_chart` adds a chart of the user's own to the pages of runs.
"""

from peak_trade.views.kit.registered import register_chart

__all__ = ["register_chart"]
