"""What a count of read errors covers, as text."""

from __future__ import annotations

from peak_trade.contract.base.coverage import ReadErrorCoverage, sentence
from peak_trade.i18n import _
from peak_trade.views.kit import text


def coverage(known: ReadErrorCoverage) -> str:
    """Return what was read of what there is."""
    if known["complete"]:
        return _("in all of %(runs)s, %(files)s and %(logs)s") % {
            "runs": text.plural(known["runs_listed"], "%s run", "%s runs"),
            "files": text.plural(known["alert_files_listed"], "%s alert file", "%s alert files"),
            "logs": text.plural(known["logs_listed"], "%s telemetry log", "%s telemetry logs"),
        }
    return _(sentence(known)) % {
        name: text.count(value) for name, value in known.items() if isinstance(value, int)
    }


def unfinished(known: ReadErrorCoverage) -> tuple[str, ...]:
    """Return how far the reading is, as parts of a context; none once all has been read."""
    if known["complete"]:
        return ()
    parts = (
        (_("%(read)s/%(listed)s runs"), "runs"),
        (_("%(read)s/%(listed)s alert files"), "alert_files"),
        (_("%(read)s/%(listed)s logs"), "logs"),
    )
    counts: dict[str, int] = {name: n for name, n in known.items() if isinstance(n, int)}
    far = next(
        line % {"read": text.count(read), "listed": text.count(listed)}
        for line, name in parts
        if (read := counts[f"{name}_read"]) != (listed := counts[f"{name}_listed"])
    )
    return far, _("read so far")
