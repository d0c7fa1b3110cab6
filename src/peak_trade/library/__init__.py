"""The artifacts for notebooks and scripts: `peak_trade.open` and what it gives."""

from peak_trade.library.artifacts import Library, open_library
from peak_trade.library.comparison import Comparison, compare
from peak_trade.library.fleet import Fleet
from peak_trade.library.run import Run
from peak_trade.library.session import Session

__all__ = ["Comparison", "Fleet", "Library", "Run", "Session", "compare", "open_library"]
