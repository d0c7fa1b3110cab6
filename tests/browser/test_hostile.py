"""Hostile text in every field of every artifact stays text on every page (rules S5 to S10, P13)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from browser.pages import unvisited
from conftest import Start
from fleet.made import run_row, write_fleet
from peak_trade.contract.registry.pages import NAMED
from serving import Served

pytestmark = [pytest.mark.browser]

WITHOUT_ARTIFACTS = {"about"}
LISTS = [
    *(
        page.path
        for page in NAMED.values()
        if not page.id_name and page.name not in WITHOUT_ARTIFACTS
    ),
    "/live/execution/hostile",
]
ALWAYS_ONE = {"session", "run"}
"""Pages of one thing, which `test_pages_of_one_thing_show_text` opens."""

NOW = "2026-01-15T18:30:00+00:00"
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "<iframe src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<form action=javascript:alert(1)><button>x</button>",
    "<base href=//x.invalid/>",
    "<link rel=stylesheet href=//x.invalid/a.css>",
    "<meta http-equiv=refresh content='0;url=//x.invalid/'>",
    "<template><script>alert(1)</script></template>",
    "<select onfocus=alert(1) autofocus>",
    "<style>@import '//x.invalid/a.css'</style>",
    "<div style=background:url(//x.invalid/a)>",
    "<x onclick=alert(1)>click</x>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "{% raw %}<script>alert(1)</script>{% endraw %}",
    "#{alert(1)}",
    "<%= alert(1) %>",
    "`${alert(1)}`",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<IMG SRC=x OnErRoR=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "$$\\href{javascript:alert(1)}{x}$$",
    '=HYPERLINK("javascript:alert(1)")',
)
SPACED = " alert(1)  two\t\n\x85\u2028 spaces "
"""A text that a browser shows, as the title of a page, with other spaces."""
FOREIGN = """() => {
  const found = []
  const leaves = (value) => {
    const url = new URL(value, location.href)
    return url.host !== location.host && !/^(data:(image|font)|blob:)/.test(url.href)
  }
  const walk = (node) => {
    for (const child of node.querySelectorAll('*')) {
      if (child.shadowRoot) walk(child.shadowRoot)
      for (const {name, value} of child.attributes) {
        const made = name.startsWith('on') && value.includes('alert')
        const link = ['href', 'src', 'srcdoc', 'action', 'data'].includes(name)
        if (made || (link && leaves(value))) found.push(`${child.tagName} ${name}=${value}`)
      }
    }
  }
  walk(document)
  return found
}"""
"""Elements in all shadow roots that data must have made: handlers, script links, other hosts."""


def write_tree(root: Path) -> None:
    """Write every artifact family with a payload in every text field."""
    runs = root / "live_runs"
    for position, payload in enumerate(PAYLOADS):
        text = f"{payload} {position}"
        directory = runs / f"{position:02} {payload}".replace("/", "\N{DIVISION SLASH}")[
            :80
        ].replace("\\", "_")
        directory.mkdir(parents=True)
        keys = ("run_id", "mode", "strategy_name", "symbol", "timeframe", "notes")
        meta = dict.fromkeys(keys, text) | {"config_snapshot": {text: text, "tags": [text]}}
        (directory / "meta.json").write_text(json.dumps(meta))
        reasons = text.replace('"', '""')
        (directory / "events.csv").write_text(
            "step,ts_bar,ts_event,equity,orders_blocked,risk_allowed,risk_reasons\n"
            f"1,2026-01-15T18:2{position % 10}:00Z,2026-01-15T18:2{position % 10}:00Z,100,1,False,"
            f'"{reasons}"\n'
        )
        alert = dict.fromkeys(("rule_id", "severity", "message", "run_id", "timestamp"), text)
        (directory / "alerts.jsonl").write_text(json.dumps(alert) + "\n")
        write_session(root, position, text)
    spaced = runs / "spaced"
    spaced.mkdir()
    odd = {"run_id": "spaced", "mode": "shadow", "symbol": "BTC/EUR", "timeframe": "1m"}
    (spaced / "meta.json").write_text(json.dumps(odd | {"strategy_name": SPACED}))
    unusable = runs / "unusable <img src=x onerror=alert(1)>"
    unusable.mkdir()
    (unusable / "meta.json").write_text("{")


def write_session(root: Path, position: int, text: str) -> None:
    """Write a session, its telemetry and its alerts."""
    sessions = root / "reports" / "experiments" / "live_sessions"
    logs, alerts = root / "logs" / "execution", root / "live_runs" / "alerts"
    for directory in (sessions, logs, alerts):
        directory.mkdir(parents=True, exist_ok=True)
    keys = ("session_id", "run_id", "run_type", "mode", "env_name", "symbol", "status", "error")
    record = dict.fromkeys((*keys, "strategy_tier"), text) | {
        "started_at": "2026-01-15T18:00:00+00:00",
        "config": {text: text, "strategy_name": text, "notes": text},
        "metrics": {text: text, "limit_details": [dict.fromkeys(("name", "value", "limit"), text)]},
        "cli_args": [text],
    }
    (sessions / f"{position}.json").write_text(json.dumps(record))
    event = {"ts": "2026-01-15T18:20:00+00:00", "payload": {text: text, "error": text}}
    event |= dict.fromkeys(("session_id", "symbol", "mode", "kind"), text)
    with (logs / "hostile.jsonl").open("a") as stream:
        stream.write(json.dumps(event) + "\n")
    words = ("id", "title", "body", "severity", "category", "source", "session_id")
    runbook = dict.fromkeys(("id", "title", "url"), text)
    alert = dict.fromkeys(words, text) | {"context": {"runbooks": [runbook]}}
    alert |= {"timestamp": "2026-01-15T18:20:00+00:00"}
    with (alerts / "alerts_2026-01-15.jsonl").open("a") as stream:
        stream.write(json.dumps(alert) + "\n")
    rule = dict.fromkeys(("title", "body", "source", "dedupe_key"), text) | {"severity": "warn"}
    with (root / "logs" / "telemetry_alerts.jsonl").open("a") as stream:
        stream.write(json.dumps(rule | {"labels": {text: text}}) + "\n")


@pytest.fixture(scope="module")
def hostile(server: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    root = tmp_path_factory.mktemp("hostile")
    write_tree(root)
    keys = ("run_id", "mode", "strategy", "symbol", "timeframe", "currency", "reason")
    rows = (
        run_row(place, **dict.fromkeys(keys, f"{payload} {place}"))
        for place, payload in enumerate(PAYLOADS)
    )
    fleet = write_fleet(tmp_path_factory.mktemp("of") / "fleet", rows)
    return server(root, env={"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_FLEET__PATH": str(fleet)})


def check(page: Page) -> None:
    """Wait for the page's parts and look for what data could have made."""
    expect(page.locator("#link")).to_have_text("connected")
    expect(page.get_by_text("alert(1)").first).to_be_attached()
    assert page.evaluate(FOREIGN) == []
    assert "x.invalid" not in page.evaluate("document.baseURI")


def test_no_page_is_left_out() -> None:
    assert unvisited(LISTS) == WITHOUT_ARTIFACTS | ALWAYS_ONE


def test_there_are_fifty_payloads() -> None:
    assert len(set(PAYLOADS)) == 50


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_text(hostile: Served, open_once: Open, path: str) -> None:
    check(open_once(hostile.url + path))


def test_a_filter_offers_the_chosen_value_and_the_most_frequent(
    hostile: Served, open_page: Open
) -> None:
    chosen = f"{PAYLOADS[49]} 49"
    page = open_page(f"{hostile.url}/?tier={quote(chosen, safe='')}")
    tiers = page.get_by_label("Filter by tier")
    expect(tiers.locator("a")).to_have_count(13)
    expect(tiers.locator("[aria-current] span")).to_have_text(chosen)


def test_pages_of_one_thing_show_text(hostile: Served, open_page: Open) -> None:
    session = quote(f"{PAYLOADS[1]} 1", safe="")
    check(open_page(f"{hostile.url}/session/{session}"))
    index = {item["run_id"][:2]: item["run_id"] for item in hostile.ask("/runs").json}
    run = quote(index["01"], safe="")
    page = open_page(f"{hostile.url}/watch/runs/{run}?tab=events")
    check(page)
    for tab in ("alerts", "meta"):
        page.locator(".tabs").get_by_role("link", name=tab, exact=True).click()
        expect(page.locator(".tabs [aria-current]")).to_have_text(tab)
        expect(page.locator(".area-panel")).to_contain_text("alert(1)")
        check(page)
    check(open_page(f"{hostile.url}/compare?runs={run}"))


def test_a_page_is_called_by_a_text_whatever_its_spaces(hostile: Served, open_page: Open) -> None:
    page = open_page(f"{hostile.url}/watch/runs/spaced")
    expect(page).to_have_title(re.compile(r"alert\(1\) two"))
    check(page)


def test_text_from_the_url_is_text(hostile: Served, open_page: Open) -> None:
    payload = quote(PAYLOADS[1], safe="")
    page = open_page("about:blank")
    for path in ("/?mode=", "/compare?runs=", "/live/execution/", "/live/alerts?session_id="):
        page.goto(f"{hostile.url}{path}{payload}")
        expect(page.locator("#link")).to_have_text("connected")
        assert page.evaluate(FOREIGN) == []


def test_the_plain_snapshot_shows_text(hostile: Served, open_page: Open) -> None:
    page = open_page(f"{hostile.url}/api/live/status/snapshot.html")
    assert page.evaluate(FOREIGN) == []
    assert page.locator("script, img, iframe, form").count() == 0


def test_the_document_browser_works_offline_under_the_policy(
    hostile: Served, open_page: Open
) -> None:
    page = open_page(f"{hostile.url}/docs")
    expect(page.get_by_text("Peak_Trade Dashboard").first).to_be_visible()
    expect(page.get_by_text("/runs/{run_id}/snapshot").first).to_be_visible()


def test_no_page_claims_a_fixed_state(hostile: Served, open_once: Open) -> None:
    page = open_once(hostile.url + "/")
    expect(page.locator("#link")).to_have_text("connected")
    expect(page.get_by_text("System OK")).to_have_count(0)
