"""Small recurring signs: mode badge, status, risk, freshness chip. Never colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from peak_trade.contract.base.freshness import Freshness
from peak_trade.contract.sessions.records import is_live
from peak_trade.derive.freshness import Freshness as State
from peak_trade.i18n import _, mark
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Node, h

MODES: Final = {
    "shadow": "\N{WHITE DIAMOND}",
    "paper": "\N{WHITE SQUARE}",
    "testnet": "\N{WHITE UP-POINTING TRIANGLE}",
    "live": "\N{BLACK UP-POINTING TRIANGLE}",
}
TAIL: Final = 12
"""Characters at the end of an id that are always shown."""

LIVE_WARNING: Final = mark("live account: watch only")
STATUSES: Final = {
    "started": ("active", "\N{BLACK CIRCLE}"),
    "completed": ("ok", "\N{CHECK MARK}"),
    "failed": ("error", "\N{MULTIPLICATION X}"),
    "aborted": ("warn", "\N{BLACK SQUARE}"),
}
RISKS: Final = {
    "ok": ("ok", "\N{BLACK CIRCLE}"),
    "warning": ("warn", "\N{CIRCLE WITH RIGHT HALF BLACK}"),
    "breach": ("error", "\N{BLACK UP-POINTING TRIANGLE}"),
}
LIGHTS: Final = {
    mark("green"): RISKS["ok"],
    mark("yellow"): RISKS["warning"],
    mark("red"): RISKS["breach"],
}
SEVERITIES: Final = {
    "info": ("unknown", "\N{BLACK CIRCLE}"),
    "warn": ("warn", "\N{CIRCLE WITH RIGHT HALF BLACK}"),
    "warning": ("warn", "\N{CIRCLE WITH RIGHT HALF BLACK}"),
    "critical": ("error", "\N{BLACK UP-POINTING TRIANGLE}"),
}
LEVELS: Final = {
    mark("ok"): RISKS["ok"],
    mark("active"): ("active", "\N{BLACK CIRCLE}"),
    mark("warn"): SEVERITIES["warn"],
    mark("error"): SEVERITIES["critical"],
    mark("critical"): SEVERITIES["critical"],
}
KINDS: Final = {
    "intent": ("active", "\N{WHITE CIRCLE}"),
    "order": ("active", "\N{WHITE DIAMOND}"),
    "fill": ("ok", "\N{BLACK UP-POINTING TRIANGLE}"),
    "gate": ("unknown", "\N{BLACK SQUARE}"),
    "error": ("error", "\N{MULTIPLICATION X}"),
}
OTHER_KIND: Final = ("unknown", "+")
BLOCKED: Final = ("error", "\N{CIRCLED TIMES}")
UNKNOWN: Final = ("unknown", "?")


def mode_badge(mode: str) -> Node:
    """Return the badge of a mode; a live account says that it is only watched.

    Its spelling makes no difference: `Live` is a live account too.
    """
    kind = mode.strip().casefold()
    shape = MODES.get(kind, "?")
    title = _(LIVE_WARNING) if is_live(mode) else None if kind in MODES else mode or None
    kind = kind if kind in MODES else "other"
    return h("span", f"{shape} {mode.upper()}", class_=f"mode {kind}", title=title)


def root(name: str, labels: Mapping[str, str]) -> Node:
    """Return the chip of one of several roots."""
    return h("span", labels.get(name, name), class_="root", title=_("root %s") % name)


def _mark(word: str, sign: tuple[str, str], title: str | None = None) -> Node:
    level, shape = sign
    shown = h("i", shape, aria_hidden="true")
    return h("span", shown, word, class_="mark", data_level=level, title=title)


def status(word: str, note: str | None = None) -> Node:
    """Return a session's status; `note` is shown as its tooltip."""
    return _mark(word, STATUSES.get(word, UNKNOWN), note)


def session_status(word: str, freshness: Freshness) -> Node:
    """Return a session's stored status, and beside it that it crashed, if it did."""
    if freshness["state"] != State.CRASHED:
        return status(word)
    sign = ("error", "\N{MULTIPLICATION X}")
    silent = _("not ended, and silent since %(sign)s") % {"sign": freshness["as_of"]}
    return h("span", _mark(_("crashed"), sign, silent), " ", h("small", word, class_="soft"))


def profit(value: float | None, currency: str, *, named: bool = True) -> Node:
    """Return profit or loss with its sign, in its colour; `named` adds the currency."""
    unit = h("small", f" {currency}") if named and currency and value is not None else None
    shown = text.signed(value, currency)
    return h("span", shown, unit, data_level=text.tone(shown), class_="profit")


def gain(fraction: float | None) -> Node:
    """Return a return in percent with its sign, in its colour."""
    shown = text.gain(fraction)
    return h("span", shown, data_level=text.tone(shown), class_="profit")


def activity(*, is_active: bool) -> Node:
    """Return whether a run goes on."""
    if is_active:
        return _mark(_("active"), ("active", "\N{BLACK CIRCLE}"))
    return _mark(_("inactive"), ("unknown", "\N{WHITE CIRCLE}"))


def risk(severity: str) -> Node:
    """Return a session's risk severity."""
    return _mark(severity, RISKS.get(severity, UNKNOWN))


def kind(word: str, *, blocked: bool = False) -> Node:
    """Return the kind of a telemetry event; of a gate that is `blocked`, that it is."""
    if blocked:
        return _mark(_("%s blocked") % word, BLOCKED)
    return _mark(word, KINDS.get(word, OTHER_KIND))


def light(word: str) -> Node:
    """Return a session's risk light."""
    return _mark(_("%s light") % _(word), LIGHTS.get(word, UNKNOWN))


def level(word: str) -> Node:
    """Return how a check or a panel is: ok, active, warn, error, critical, or not known."""
    return _mark(_(word) if word in LEVELS else word, LEVELS.get(word, UNKNOWN))


def severity(word: str) -> Node:
    """Return an alert's severity."""
    return _mark(word, SEVERITIES.get(word.lower(), UNKNOWN))


def flapping() -> Node:
    """Return the mark of what comes and goes."""
    sign = ("warn", "\N{RIGHTWARDS ARROW OVER LEFTWARDS ARROW}")
    why = _("it came, was quiet for 10 minutes, and came again, repeatedly")
    return _mark(_("flapping"), sign, why)


def moment(at: datetime | None, style: str = "day") -> Node:
    """Return a time, written by the browser in the chosen zone.

    Styles: day (`15 Jan 17:36`), clock (`17:36:02`), full (`2026-01-15 17:36:02`) and exact, with
    milliseconds. The tooltip has the time in UTC and in the zone of the browser.
    """
    return text.NONE if at is None else h("peak-time", data_at=at.isoformat(), data_style=style)


def age(moment: datetime | None) -> Node:
    """Return how long ago something was; counts in the browser."""
    if moment is None:
        return h("peak-age")
    return h("peak-age", data_as_of=moment.isoformat())


def freshness_chip(freshness: Freshness) -> Node:
    """Return the chip that says how fresh data is; counts in the browser."""
    return h(
        "peak-age",
        class_="chip",
        data_as_of=_iso(freshness["as_of"]),
        data_row=_iso(freshness["row_at"]),
        data_rows=freshness["expects_rows"],
        data_ended=_iso(freshness["ended_at"]),
        data_late=freshness["late_after"],
        data_stale=freshness["stale_after"],
        data_crashed=freshness["crashed_after"],
        data_cadence=freshness["cadence"],
        data_candle=freshness["candle"],
        data_source=freshness["cadence_source"],
    )


def data_age(freshness: Freshness | None) -> Node | None:
    """Return how fresh all of a page is, for its head; nothing without a judgement."""
    return status_of(_("data "), freshness_chip(freshness)) if freshness else None


def status_of(what: str, *state: Node) -> Node:
    """Return a state for the head of a page; of what it is, a phone has no room to say."""
    return h("small", h("span", what, class_="status-of"), *state)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def identifier(name: str, href: str | None = None) -> Node:
    """Return an id that is shortened in its middle where there is no room: both ends tell most."""
    cut = max(len(name) - TAIL, 0) if len(name) > 2 * TAIL else len(name)
    return h(
        "a" if href else "span",
        name,
        href=href,
        class_="id cut",
        data_head=name[:cut],
        data_tail=name[cut:],
        title=name,
    )


def name(word: str | None) -> Node:
    """Return what something is called: whole, on two lines of a cell if it must be.

    A line ends behind an underscore where it can, rather than within a word.
    """
    if not word:
        return text.NONE
    first, *others = word.split("_")
    rest = (part for other in others for part in ("_", h("wbr"), other))
    return h("span", first, *rest, class_="called", title=word)


def named(name: str, href: str | None = None) -> Node:
    """Return an id with the button that puts it into the clipboard."""
    copy = h(
        "button",
        type="button",
        class_="copy small",
        aria_label=_("Copy the id"),
        data_label=_("Copy"),
        data_copy=name,
    )
    return h("div", identifier(name, href), copy, class_="named")
