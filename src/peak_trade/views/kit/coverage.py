"""What a count of read errors covers, as text."""

from __future__ import annotations

from peak_trade.contract.base.coverage import ReadErrorCoverage, sentence
from peak_trade.i18n import _
from peak_trade.views.kit import text


def coverage(known: ReadErrorCoverage) -> str:
    """Return what was read of what there is."""
    return _(sentence(known)) % {
        name: text.count(value) for name, value in known.items() if isinstance(value, int)
    }


def unfinished(known: ReadErrorCoverage) -> str:
    """Return how far the reading is, in short; nothing once all has been read."""
    if known["complete"]:
        return ""
    parts = (
        (_("in %(read)s of %(listed)s runs read so far"), "runs"),
        (_("in %(read)s of %(listed)s alert files read so far"), "alert_files"),
        (_("in %(read)s of %(listed)s logs read so far"), "logs"),
    )
    counts: dict[str, int] = {name: n for name, n in known.items() if isinstance(n, int)}
    return next(
        line % {"read": text.count(read), "listed": text.count(listed)}
        for line, name in parts
        if (read := counts[f"{name}_read"]) != (listed := counts[f"{name}_listed"])
    )
