"""How large an artifact may be, so that no small file takes much memory or time.

Each bound is far beyond what a trading process writes. What is beyond one is a read error; what was
read up to it, or known before, stays.
"""

from __future__ import annotations

from typing import Final

MAX_LINE_BYTES: Final = 1 << 24
"""Longest line of a file of lines."""

MAX_LINES: Final = 2_000_000
"""Most lines of a file of JSON lines; a record takes about a kilobyte of memory, and a line that is
blank or bad its time."""

MAX_DOCUMENT_BYTES: Final = 1 << 24
"""Largest JSON file of one object."""

MAX_COLUMNS: Final = 500
"""Most columns of a table."""

MAX_ROWS: Final = 5_000_000
"""Most rows of a table; of a CSV file its lines, blank and bad ones too."""

MAX_CELLS: Final = 50_000_000
"""Most cells of a table: its rows times its columns."""

MAX_TRADE_CELLS: Final = 2_000_000
"""The same of trades, which are kept as objects."""

MAX_TEXT_BYTES: Final = 1 << 29
"""Most bytes of a table's texts, when they are decoded."""

MAX_PACKED_BYTES: Final = 1 << 28
"""Largest compressed log."""

MAX_UNPACKED_BYTES: Final = 1 << 29
"""Most bytes of a compressed log, when they are decoded."""

MAX_RATIO: Final = 100
"""How many times its size a compressed log may become, once it is beyond `FREE_BYTES`.

A log of fills becomes 8 times its size, one of nothing but heartbeats 50 times.
"""

FREE_BYTES: Final = 1 << 24
"""Up to this many decoded bytes no ratio counts."""

MAX_MEMBERS: Final = 10_000
"""Most gzip members of a compressed log."""
