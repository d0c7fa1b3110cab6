"""The line on top of every page: what is wrong, worst first, each part a link to the thing itself.

The browser takes title, icon and notes from the same element, so that they agree with the line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from peak_trade.contract.service.schema import Verdict, VerdictPart
from peak_trade.contract.service.status import TITLES
from peak_trade.i18n import _, ngettext
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.links import LinkedComponent, Links

LATELY: Final = timedelta(hours=12)
"""A time of day alone can only mean one of these hours."""

FORGOTTEN: Final = "-state:ended -state:live -state:late age>24h"
"""The query of what never ended and is silent for longer than a verdict looks back."""

SIGNS: Final = {
    "error": "\N{MULTIPLICATION X}",
    "warn": "\N{CIRCLE WITH RIGHT HALF BLACK}",
    "note": "\N{MIDDLE DOT}",
    "ok": "\N{BLACK CIRCLE}",
}


class VerdictLine(LinkedComponent):
    """All that needs attention, in one line."""

    def update(self, verdict: Verdict | None, now: datetime, title: str) -> None:
        """Show this verdict, given at `now`, on the page of this title; before it, nothing."""
        if verdict is None:
            return
        parts = verdict["parts"]
        is_well = all(part["level"] == "ok" for part in parts)
        self.show(
            _told(verdict, title),
            h(
                "p",
                h("strong", _("All well:")) if is_well else None,
                *(_shown(part, self._links, now) for part in parts),
                _newest(verdict),
                class_="overall",
                data_level=verdict["level"],
            ),
        )


def _told(verdict: Verdict, title: str) -> Node:
    """Return what title, icon and notes of the page are made of."""
    alert = verdict["newest_critical"]
    return h(
        "peak-verdict",
        data_level=verdict["level"],
        data_title=title,
        data_alert=alert["timestamp"] if alert else "",
        data_alert_title=alert["title"] if alert else None,
        data_alert_run=alert["run_id"] if alert else None,
        data_alert_session=alert["session_id"] if alert else None,
    )


def _newest(verdict: Verdict) -> Node:
    """Return how old the newest data is of what has not ended."""
    newest = verdict["newest"]
    if not newest:
        return h("span", _("no run is open"))
    return h("span", _("data "), badges.age(newest["as_of"]))


def _shown(part: VerdictPart, links: Links, now: datetime) -> Node:
    since = part["since"] if part["level"] != "ok" else None
    style = "minute" if since and now - since < LATELY else "day"
    return h(
        "a",
        h("i", SIGNS[part["level"]], aria_hidden="true"),
        WORDS[part["kind"]](part),
        " " if since else None,
        badges.moment(since, style) if since else None,
        f": {part['reason']}" if part["reason"] else None,
        href=_address(part, links),
        data_level=part["level"],
        key=f"{part['kind']} {part['name']}",
    )


def _address(part: VerdictPart, links: Links) -> str:
    """Return where the thing itself is: alone, or in the list of its like."""
    kind, run_id, session_id, since = (
        part["kind"],
        part["run_id"],
        part["session_id"],
        part["since"],
    )
    if kind == "critical_alerts":
        at = since.isoformat() if since else ""
        return links.run(run_id, at=at) if run_id else links.alerts({"severity": "CRITICAL"})
    if run_id:
        return links.run(run_id)
    if kind == "sessions_crashed":
        return links.session(session_id) if session_id else links.console(q="state:crashed")
    if kind == "root":
        return links.watch(q=f"root:{part['name']}")
    if kind in {"directory", "read_errors"}:
        return links.quality()
    if kind == "panel":
        return {"alerts": links.alerts(), "telemetry": links.telemetry()}.get(
            part["name"], links.console(status="started")
        )
    return links.watch(q=FORGOTTEN if kind == "never_ended" else f"state:{kind}")


def never_ended(count: int) -> str:
    """Return how many runs never ended and are silent for longer than a verdict looks back."""
    return text.plural(
        count,
        "%s run never ended, silent for over a day",
        "%s runs never ended, silent for over a day",
    )


def _panel(part: VerdictPart) -> str:
    title, level = TITLES[part["name"]], part["level"]
    return f"{_(title)}: {_(level)}"


def _of_total(part: VerdictPart, words: str) -> str:
    return words % {"count": text.count(part["count"]), "total": text.count(part["total"])}


WORDS: Final[dict[str, Callable[[VerdictPart], str]]] = {
    "root": lambda part: _("The root %s is unreachable since") % part["name"],
    "directory": lambda part: _("The directory %s cannot be listed") % part["name"],
    "crashed": lambda part: _of_total(
        part,
        ngettext(
            "%(count)s of %(total)s run crashed",
            "%(count)s of %(total)s runs crashed",
            part["total"],
        ),
    ),
    "sessions_crashed": lambda part: text.plural(
        part["count"], "%s session crashed", "%s sessions crashed"
    ),
    "critical_alerts": lambda part: text.plural(
        part["count"], "%s critical alert", "%s critical alerts"
    ),
    "panel": _panel,
    "stale": lambda part: _of_total(
        part,
        ngettext(
            "%(count)s of %(total)s run stale since",
            "%(count)s of %(total)s runs stale since",
            part["total"],
        ),
    ),
    "late": lambda part: text.plural(part["count"], "%s run late since", "%s runs late since"),
    "unknown": lambda part: text.plural(
        part["count"], "%s run without a verdict", "%s runs without a verdict"
    ),
    "live": lambda part: text.plural(part["count"], "%s run live", "%s runs live"),
    "never_ended": lambda part: never_ended(part["count"]),
    "read_errors": lambda part: text.plural(part["count"], "%s read error", "%s read errors"),
}
"""What is said of each kind of part."""
