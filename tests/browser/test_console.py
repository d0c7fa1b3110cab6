"""The console on the contract's corpus."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from browser.conftest import GAP, PHONE, Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

ENDS = """cells => cells.map(
  (cell) => [getComputedStyle(cell).textAlign, cell.getBoundingClientRect().right])"""
ROWS = "table.sessions tbody tr"


@pytest.fixture
def console(served_corpus: Served, open_once: Open) -> Page:
    page = open_once(f"{served_corpus.url}/")
    expect(page.locator(ROWS)).to_have_count(25)
    return page


def tile(page: Page, label: str) -> str:
    found = page.locator(".tile", has=page.get_by_text(label, exact=True))
    return found.locator(".value").inner_text()


def test_state_comes_before_numbers(console: Page) -> None:
    expect(console).to_have_title("\N{BLACK UP-POINTING TRIANGLE} Console - Peak_Trade")
    expect(console.locator(".watch-only")).to_have_text("WATCH-ONLY")
    expect(console.locator("#link")).to_have_text("connected")
    expect(console.locator("#clock")).to_have_text("18:30:00")
    expect(console.locator(".data-age")).to_have_text("data \N{WHITE CIRCLE} stale 4 min")
    expect(console.locator(".banner")).to_contain_text("1 session on a live account: watch only")


def test_tiles(console: Page, served_corpus: Served) -> None:
    stats = served_corpus.ask("/api/live_sessions/stats").json
    assert tile(console, "Sessions") == str(stats["total_sessions"])
    assert tile(console, "Active sessions") == "2"
    expect(console.locator(".tile", has_text="Active sessions")).to_contain_text("and 1 crashed")
    assert tile(console, "Open runs") == "2"
    expect(console.locator(".tile", has_text="Open runs")).to_contain_text("2 stale")
    rows = served_corpus.ask("/api/v0/sessions_table").json["rows"]
    euros = sum(row["pnl"] or 0 for row in rows if row["symbol"].endswith("/EUR"))
    assert tile(console, "Realized PnL EUR") == f"{euros:+,.2f}"
    expect(console.locator(".tile", has_text="Realized PnL")).to_contain_text("and -1,200.00 USD")
    drawdown_curve = [row["dd"] for row in rows if row["dd"] is not None]
    assert max(drawdown_curve) <= 0  # whichever sign is stored
    assert tile(
        console, "Mean max DD"
    ) == f"{sum(drawdown_curve) / len(drawdown_curve):.2%}".replace("%", " %")
    assert tile(console, "Drawdown now") == "-0.04 %"
    assert tile(console, "Critical alerts") == "2"
    assert int(tile(console, "Read errors")) > 0


def test_a_tile_opens_what_it_sums_up(console: Page) -> None:
    start = console.url
    console.locator("a.tile", has_text="Active sessions").click()
    expect(console).to_have_url(f"{start}?q=state%3Acrashed")
    expect(console.locator(ROWS)).to_have_count(1)
    console.locator("a.tile", has_text="Mean max DD").click()
    expect(console).to_have_url(f"{start}?sort=dd")
    expect(console.locator(f"{ROWS} td:nth-child(13)").first).to_have_text("-50.0 %")
    console.locator("a.tile", has_text="in the registry").click()
    expect(console).to_have_url(start)
    expect(console.locator(ROWS)).to_have_count(25)
    console.locator("a.tile", has_text="Drawdown now").click()
    expect(console.locator("h1")).to_have_text("ma_crossover")


def test_every_session_is_in_the_document_with_its_whole_id(
    console: Page, served_corpus: Served
) -> None:
    answered = served_corpus.ask("/api/live_sessions?limit=100").json
    shown = [text.strip() for text in console.locator(f"{ROWS} td.id").all_text_contents()]
    assert shown == [session["session_id"] for session in answered]


def test_a_row_says_all_of_a_session(console: Page) -> None:
    row = console.locator(ROWS, has_text="session_20260115_110000_shadow_005")
    cells = [text.strip() for text in row.locator("td").all_text_contents()]
    assert cells[1:5] == [
        *("\N{WHITE DIAMOND} SHADOW", "\N{BLACK SQUARE} ended 17:59"),
        *("\N{CHECK MARK}completed", "▲breach"),
    ]
    assert cells[6:] == [
        *("core", "BTC/EUR", "kraken_futures_testnet", "15 Jan 11:00", "6 h 59 min"),
        *("+410.12 EUR", "-12.0 %", "88", "30 min"),
    ]


def test_null_is_a_dash(console: Page) -> None:
    row = console.locator(ROWS, has_text="session_20260115_090000_unknown_007")
    texts = row.locator("td").all_text_contents()
    assert {texts[5], *texts[7:9], *texts[10:14]} == {"\N{EM DASH}"}


def test_hostile_text_is_text(console: Page) -> None:
    script = "session_<script>alert(1)</script>"
    expect(console.locator(f"{ROWS} td.id", has_text=script)).to_have_text(script)
    expect(console.locator(ROWS, has_text=script)).to_contain_text("<i>BTC</i>/EUR")
    assert console.locator(f"{ROWS} script, {ROWS} img, {ROWS} b").count() == 0


def test_filters_are_links_that_count(console: Page, served_corpus: Served) -> None:
    counts = served_corpus.ask("/api/live_sessions/stats").json["by_mode"]
    for mode, count in counts.items():
        link = console.get_by_label("Filter by mode").get_by_role("link", name=f"{mode} {count}")
        expect(link).to_have_attribute("href", f"/?mode={mode}")


def test_a_filter_goes_into_the_url_and_back(console: Page) -> None:
    start = console.url
    modes, statuses = (console.get_by_label(f"Filter by {name}") for name in ("mode", "status"))
    modes.get_by_role("link", name="shadow").click()
    expect(console).to_have_url(f"{start}?mode=shadow")
    expect(console.locator(ROWS)).to_have_count(13)
    statuses.get_by_role("link", name="completed").click()
    expect(console).to_have_url(f"{start}?mode=shadow&status=completed")
    expect(console.locator(ROWS)).to_have_count(8)
    expect(modes.locator("[aria-current]")).to_have_text("shadow8")
    console.go_back()
    expect(console).to_have_url(f"{start}?mode=shadow")
    expect(console.locator(ROWS)).to_have_count(13)
    console.go_back()
    expect(console.locator(ROWS)).to_have_count(25)
    console.go_forward()
    expect(console.locator(ROWS)).to_have_count(13)
    modes.get_by_role("link", name="all").click()
    expect(console).to_have_url(start)
    expect(console.locator(ROWS)).to_have_count(25)


def test_tiers_are_counted_and_filter(console: Page) -> None:
    start, tiers = console.url, console.get_by_label("Filter by tier")
    expect(tiers.locator("a")).to_have_text(
        ["all25", "aux1", "core19", "r_and_d1", "unclassified4"]
    )
    tiers.get_by_role("link", name="unclassified").click()
    expect(console).to_have_url(f"{start}?tier=unclassified")
    expect(console.locator(ROWS)).to_have_count(4)
    assert set(shown(console, 7)) == {"unclassified"}
    expect(console.get_by_label("Filter by mode").locator("a").first).to_have_text("all4")
    console.go_back()
    expect(console.locator(ROWS)).to_have_count(25)


def test_the_newest_session_is_shown_in_detail_whatever_is_listed(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/?mode=paper")
    expect(page.locator(ROWS)).to_have_count(5)
    card = page.locator(".area-newest .run-card")
    newest = served_corpus.ask("/api/live_sessions?limit=1").json[0]
    expect(card.locator(".id")).to_have_text(newest["session_id"])
    facts = dict(zip(card.locator("dt").all_text_contents(), values(card), strict=True))
    assert facts["PnL"] == f"{newest['realized_pnl']:+,.2f} EUR"
    assert facts["orders"] == str(newest["num_orders"])
    assert facts["tier"] == "core"
    card.click()
    expect(page).to_have_url(re.compile(f"/session/{newest['session_id']}$"))


def test_the_url_opens_filtered(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/?mode=shadow&status=completed")
    expect(page.locator(ROWS)).to_have_count(8)
    for name, value in (("mode", "shadow"), ("status", "completed")):
        chosen = page.get_by_label(f"Filter by {name}").locator("[aria-current]")
        expect(chosen).to_contain_text(value)
    page.reload()
    expect(page.locator(ROWS)).to_have_count(8)


def test_a_filter_that_nothing_matches_says_so(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/?mode={quote('<b>nonsense</b>')}")
    expect(page.locator(".empty")).to_contain_text("None of the sessions has mode:<b>nonsense</b>.")


def test_an_active_run_leads_to_its_page(console: Page) -> None:
    run_id = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
    console.locator(".area-active .run-card", has_text=run_id).click()
    expect(console).to_have_url(re.compile(f"/watch/runs/{run_id}$"))
    expect(console.locator("h1")).to_have_text("ma_crossover")


def test_numbers_end_on_one_line(console: Page) -> None:
    ends = console.locator(f"{ROWS} td:nth-child(12)").evaluate_all(ENDS)
    assert len({json.dumps(end) for end in ends}) == 1
    assert ends[0][0] == "right"


def test_a_phone_needs_no_scrolling_to_the_side(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/", viewport=PHONE)
    expect(page.locator(".tile").first).to_be_visible()
    assert page.evaluate(GAP) == 0
    card = page.locator(ROWS).first.bounding_box()
    assert card is not None
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= PHONE["width"]


def test_colours_follow_the_system_or_the_choice(served_corpus: Served, open_page: Open) -> None:
    page, dark = open_page(f"{served_corpus.url}/", color_scheme="dark"), "rgb(14, 17, 22)"
    body = page.locator("body")
    expect(body).to_have_css("background-color", dark)
    page.emulate_media(color_scheme="light")
    expect(body).to_have_css("background-color", "rgb(245, 247, 250)")
    page.get_by_title("Dark", exact=True).click()
    expect(body).to_have_css("background-color", dark)
    page.get_by_title("Light", exact=True).click()
    expect(body).not_to_have_css("background-color", dark)
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator(ROWS)).to_have_count(25)


def box(page: Page) -> Locator:
    return page.get_by_label("Search sessions")


def values(card: Locator) -> list[str]:
    return [text.strip() for text in card.locator("dd").all_text_contents()]


def shown(page: Page, column: int) -> list[str]:
    cells = page.locator(f"{ROWS} td:nth-child({column})").all_text_contents()
    return [text.strip() for text in cells]


def test_a_query_is_in_the_url_and_back_works(console: Page) -> None:
    start = console.url
    console.keyboard.press("/")
    console.keyboard.type("mode:shadow pnl<0")
    console.keyboard.press("Enter")
    expect(console.locator(ROWS)).to_have_count(1)
    expect(console).to_have_url(f"{start}?q=mode%3Ashadow%20pnl%3C0")
    expect(console.get_by_label("Filter by mode").locator("a").first).to_have_text("all1")
    console.go_back()
    expect(console.locator(ROWS)).to_have_count(25)
    expect(box(console)).to_have_value("")


def test_a_query_that_cannot_be_understood_leaves_the_list(console: Page) -> None:
    fault = console.locator(".fault")
    box(console).fill("pnl<<b>no</b>")
    box(console).press("Enter")
    expect(fault).to_contain_text("'<b>no</b>' is no number")
    expect(console.locator(ROWS)).to_have_count(25)
    box(console).fill("color:red")
    box(console).press("Enter")
    expect(fault).to_contain_text(
        "'color:red' at 1: 'color' is none of session, mode, state, status"
    )
    box(console).fill("")
    box(console).press("Enter")
    expect(fault).to_have_count(0)
    expect(console.locator(ROWS)).to_have_count(25)


def test_what_is_typed_while_a_query_is_on_its_way_stays(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/")
    sockets: list[WebSocketRoute] = []
    held: list[str | bytes] | None = None

    def connect(browser: WebSocketRoute) -> None:
        sockets.append(server := browser.connect_to_server())
        browser.on_message(lambda text: server.send(text) if held is None else held.append(text))

    page.route_web_socket(re.compile("/ws"), connect)
    page.reload()
    expect(page.locator(ROWS)).to_have_count(25)
    held = []
    box(page).fill("mode:shadow pnl<0")
    box(page).press("Enter")
    box(page).fill("mode:paper")
    while not any("mode:paper" in str(text) for text in held):
        page.wait_for_timeout(10)
    header, metadata, *_ = held
    changes = [change for text in held[2::3] for change in json.loads(text)["events"]]
    held = None
    for text in (header, metadata, json.dumps({"events": changes})):  # taken in one turn
        sockets[-1].send(text)
    expect(page).to_have_url(re.compile("shadow"))
    expect(page.locator(ROWS)).to_have_count(1)
    expect(box(page)).to_have_value("mode:paper")
    box(page).press("Enter")
    expect(page).to_have_url(re.compile("paper"))


def test_one_click_prints_the_status(console: Page) -> None:
    console.context.add_init_script("window.print = () => document.body.dataset.printed = 1")
    with console.expect_popup() as opened:
        console.get_by_role("link", name="Print the status").click()
    printed = opened.value.locator("body[data-printed]")
    expect(printed.locator("section#summary")).to_be_visible()
    expect(console.locator(ROWS)).to_have_count(25)


def test_headers_sort_and_say_so(console: Page) -> None:
    head = console.locator("th[data-column=pnl]")
    head.locator("a").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(console).to_have_url(re.compile(r"\?sort=pnl$"))
    rising = [text for text in shown(console, 12) if text != "\N{EM DASH}"]
    assert rising == sorted(rising, key=lambda text: float(text.split()[0].replace(",", "")))
    assert set(shown(console, 12)[len(rising) :]) <= {"\N{EM DASH}"}
    head.locator("a").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(console.locator(f"{ROWS} td:nth-child(12)").first).to_have_text(rising[-1])
    head.locator("a").click()
    expect(console).to_have_url(re.compile("/$"))


def test_columns_can_be_left_out(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/?hide=risk,age")
    expect(page.locator("th")).to_have_count(14)
    page.locator(".chooser summary").click()
    page.locator(".chooser a", has_text="orders").click()
    expect(page.locator("th")).to_have_count(13)
    expect(page).to_have_url(re.compile(r"\?hide=risk%2Corders$"))
    page.locator(".chooser a", has_text="risk").click()
    expect(page.locator("th")).to_have_count(14)


def test_files_hold_what_is_shown(console: Page) -> None:
    console.goto(f"{console.url}?mode=shadow&sort=-pnl&hide=risk")
    expect(console.locator(ROWS)).to_have_count(13)
    with console.expect_download() as waiting:
        console.locator(".area-sessions footer a", has_text="csv").click()
    lines = waiting.value.path().read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == shown(console, 1)
    assert "risk" not in lines[0]


def test_the_wall_shows_curve_metrics_and_last_alert(console: Page) -> None:
    card = console.locator(".area-active .run-card", has_text="BTC-EUR")
    expect(card.locator(".metrics")).to_have_text("9,997.07 EURreturn -0.03 %")
    expect(card.locator(".line.soft")).to_have_text("BTC/EUR \N{MIDDLE DOT} 1mDD -0.04 %")
    expect(card.locator(".alert")).to_contain_text("Runner alive")
    points = card.locator("svg polyline").get_attribute("points") or ""
    across = [float(point.split(",")[0]) for point in points.split()]
    assert len(across) == 50
    assert across == sorted(across)
    box_ = card.locator("svg").bounding_box()
    assert box_
    assert box_["width"] > 200
