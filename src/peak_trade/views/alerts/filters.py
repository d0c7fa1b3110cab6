"""The filters of the alerts: severities, categories, window and sessions, all in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from peak_trade.contract.alerts.params import AlertsView
from peak_trade.contract.pages.alerts import AlertsPayload
from peak_trade.i18n import _, mark
from peak_trade.models.address import view_of
from peak_trade.views.kit import text
from peak_trade.views.kit.choices import Choice, choices
from peak_trade.views.kit.controls import text_box
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.links import LinkedComponent, Links


class AlertFilters(LinkedComponent):
    """Rows of values with counts; severities and categories can be combined.

    `labels` are those of several roots.
    """

    def __init__(self, links: Links, labels: Mapping[str, str]) -> None:
        super().__init__(links)
        self._labels = labels
        self.session = text_box(_("Session id, exact"))

    def update(self, page: AlertsPayload, params: AlertsView) -> None:
        """Show the values that can be chosen, and which ones are."""
        self.session.value = params.session_id or ""
        self.show(
            h(
                "div",
                self._many(mark("severity"), params.severity, page["by_severity"], params),
                self._many(mark("category"), params.category, page["by_category"], params),
                self._hours(page["by_hours"], params),
                self._roots(page.get("by_root", {}), params),
                self._sessions(page["by_session"], params),
                class_="filters",
            )
        )

    def _many(
        self, name: str, given: list[str] | None, counts: Mapping[str, int], params: AlertsView
    ) -> Node:
        chosen = [value.upper() for value in given or ()]
        values = [*counts, *(value for value in chosen if value not in counts)]
        shown = [self._value(_("all"), None, params, name, None, not chosen)]
        for value in values:
            others = [other for other in chosen if other != value]
            toggled = others if value in chosen else [*chosen, value]
            count = counts.get(value, 0)
            shown.append(
                self._value(value.lower(), count, params, name, toggled or None, value in chosen)
            )
        return choices(name, shown)

    def _value(
        self,
        label: str,
        count: int | None,
        params: AlertsView,
        name: str,
        value: Any,
        chosen: bool,
    ) -> Choice:
        """Return the choice that sets the filter `name` to `value` and leaves the others."""
        view = view_of(params.model_copy(update={name: value}))
        return Choice(label, count, urlencode(view, doseq=True), self._links.alerts(view), chosen)

    def _hours(self, counts: Mapping[str, int], params: AlertsView) -> Node:
        values = (
            self._value(
                text.length(int(hours)),
                count,
                params,
                "hours",
                int(hours),
                hours == str(params.hours),
            )
            for hours, count in counts.items()
        )
        return choices(mark("window"), values)

    def _roots(self, counts: Mapping[str, int], params: AlertsView) -> Node | None:
        if not counts:
            return None
        values = [self._value(_("all"), None, params, "root", "", not params.root)]
        for name, count in counts.items():
            label = self._labels.get(name, name)
            values.append(self._value(label, count, params, "root", name, name == params.root))
        return choices(mark("root"), values)

    def _sessions(self, counts: Mapping[str, int], params: AlertsView) -> Node:
        chosen = params.session_id
        values = [self._value(_("all"), None, params, "session_id", None, not chosen)]
        names = [*counts, *([chosen] if chosen and chosen not in counts else [])]
        for name in names:
            count = counts.get(name, 0)
            value = self._value(name, count, params, "session_id", name, name == chosen)
            values.append(replace(value, is_id=True))
        return choices(mark("session"), values)
