"""What is proved about watch-only, what runs here, and with which settings."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Any, Final

from peak_trade.contract.pages.about import Proof, Setting
from peak_trade.i18n import _, mark
from peak_trade.models.about import AboutModel
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, Node, h, pairs
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.states import problem, prose
from peak_trade.views.kit.table import Column, table

PROOFS: Final = (
    Column("property", width=21),
    Column("how", "prose", width=35),
    Column("proved by", "id"),
)
SETTINGS: Final = (
    Column("setting", "id", width=24),
    Column("value", "prose", width=22),
    Column("origin", width=14),
    Column("meaning", "prose"),
)
ADDRESSES: Final = (
    ("docs", mark("API, to browse")),
    ("openapi.json", mark("API, as OpenAPI document")),
    ("metrics", mark("Metrics for Prometheus")),
    ("api/live/status/snapshot.html", mark("Status as a plain page")),
)


class AboutPage(Page):
    """The page at `/about`."""

    def __init__(self, model: AboutModel) -> None:
        super().__init__(model)
        self.model = model
        self.safety, self.versions, self.settings = Component(), Component(), Component()
        self.addresses = Component()

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "safety": self.safety,
            "versions": self.versions,
            "addresses": self.addresses,
            "settings": self.settings,
        }

    def render(self) -> None:
        """Show the payload."""
        about = self.model.payload
        if about is None:
            self.safety.show(problem(_("Nothing can be shown now"), self.model.problem))
            return
        self.status.show(badges.data_age(about["newest"]))
        address, versions = self.links.table("about_table"), about["versions"]
        self.safety.show(
            *safety(about["proofs"]),
            away(about["proofs"], address, "proofs", _("Watch-only, proved")),
        )
        self.versions.show(
            title(_("Versions")),
            facts(versions.items()),
            away(versions, address, "versions", _("Versions")),
        )
        links = (
            (_(name), h("a", f"/{url}", href=self.links.root + url)) for url, name in ADDRESSES
        )
        self.addresses.show(title(_("Addresses")), facts(links))
        self.settings.show(
            *settings(about["settings"]),
            away(about["settings"], address, "settings", _("Settings in force")),
        )


def title(text: str, note: str = "") -> Node:
    """Return the title of a part."""
    soft = h("span", note, class_="soft") if note else None
    return h("header", h("h2", text), soft, class_="bar")


def away(rows: Sized, address: str, name: str, of: str) -> Node:
    """Return what stands below a table: the number of its rows, and the rows as files."""
    return foot(text.plural(len(rows), "%s row", "%s rows"), address, {"table": name}, of=of)


def facts(items: Any) -> Node:
    """Return names with their values."""
    return h(
        "dl",
        *pairs(items),
        class_="facts scroll",
    )


def safety(proofs: Sequence[Proof]) -> list[Node]:
    """Return what makes this console watch only."""
    rows: list[list[Node]] = [
        [
            h("strong", _(claim)),
            _(how),
            h("span", test, title=test),
        ]
        for claim, how, test in ((proof["claim"], proof["how"], proof["test"]) for proof in proofs)
    ]
    note = _("each property has a test that fails when it does not hold")
    return [
        title(_("Watch-only, proved"), note),
        h("div", table(PROOFS, rows, "Proofs", name="proofs"), class_="scroll", tabindex=0),
    ]


def settings(found: Sequence[Setting]) -> list[Node]:
    """Return the settings in force; what is not the default stands out."""
    rows: list[list[Node]] = []
    for item in found:
        origin, meaning = item["origin"], item["meaning"]
        rows.append(
            [
                item["name"],
                h("span", item["value"], title=item["value"]),
                h("span", origin, class_="soft") if origin == "default" else h("strong", origin),
                h("span", *prose(_(meaning)), class_="soft", title=_(meaning)),
            ]
        )
    names = [item["name"] for item in found]
    return [
        title(_("Settings in force"), _("secrets are hidden")),
        h(
            "div",
            table(SETTINGS, rows, "Settings", names, name="settings"),
            class_="scroll",
            tabindex=0,
        ),
    ]
