"""The execution page, on the contract's corpus and on a log that grows."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import GAP, PHONE, Open
from browser.pages import point_at_first_fill
from conftest import Start
from contract.tree import NOW, Tree, telemetry
from serving import Served

pytestmark = [pytest.mark.browser]

ROWS = "table.timeline tbody tr"
MARKS = """() => Object.fromEntries([...Bokeh.documents[0].all_models]
  .filter((model) => model.type === "GlyphRenderer")
  .map((model) => [model.glyph.marker.value, model.data_source.data.time.length]))"""


@pytest.fixture
def kinds(served_corpus: Served, open_once: Open) -> Page:
    page = open_once(f"{served_corpus.url}/live/execution/exec_all_kinds")
    expect(page.locator(ROWS)).to_have_count(11)
    return page


@pytest.mark.shared
def test_it_shows_what_the_route_gives(kinds: Page, served_corpus: Served) -> None:
    answer = served_corpus.ask("/api/live/execution/exec_all_kinds").json
    told = served_corpus.ask("/api/v0/execution_table/exec_all_kinds?format=json").json
    rows = kinds.locator(ROWS)
    shown = [row.locator("td").all_text_contents() for row in rows.all()]
    assert [cells[0] for cells in shown] == [
        datetime.fromisoformat(item["ts"]).isoformat(" ", "milliseconds")[:23]
        for item in answer["timeline"]
    ]
    assert [row.locator("summary").text_content() for row in rows.all()] == [
        item["description"] for item in told
    ]
    medians = kinds.locator(".tile .value").all_inner_texts()
    assert medians == ["11", "500 ms", "750 ms", "1 s", "1", "0"]
    expect(kinds.locator(".tile .context").nth(1)).to_have_text("p95 — p99 — n 2")
    counts = {"circle": 3, "diamond": 2, "triangle": 2, "square": 2, "x": 1, "cross": 1}
    assert kinds.evaluate(MARKS) == counts


@pytest.mark.shared
def test_a_mark_says_what_it_is(kinds: Page) -> None:
    kinds.wait_for_function(f"({MARKS})().triangle === 2")
    point_at_first_fill(kinds)
    tooltip = kinds.locator(".bk-Tooltip:visible")
    expect(tooltip).to_contain_text("Fill: ")
    both = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"
    expect(tooltip).to_contain_text(re.compile(rf"{both} UTC\s+{both} \w+"))


@pytest.mark.shared
def test_a_row_opens_and_shows_its_payload_as_text(kinds: Page) -> None:
    row = kinds.locator(ROWS, has_text="Error:")
    expect(row.locator("pre")).to_be_hidden()
    row.locator("summary").click()
    expect(row.locator("pre")).to_have_text(
        '{\n  "error": "<script>alert(\'t\')</script> timeout"\n}'
    )
    assert kinds.locator(f"{ROWS} script").count() == 0


@pytest.mark.shared
def test_the_kind_is_in_the_url_and_back_works(kinds: Page) -> None:
    start = kinds.url
    choices = kinds.get_by_label("Filter by kind")
    choices.get_by_role("link", name="fill").click()
    expect(kinds).to_have_url(f"{start}?kind=fill")
    expect(kinds.locator(ROWS)).to_have_count(2)
    expect(choices.locator("[aria-current]")).to_have_text("fill2")
    choices.get_by_role("link", name="heartbeat").click()
    expect(kinds.locator(ROWS)).to_have_count(1)
    kinds.go_back()
    expect(kinds).to_have_url(f"{start}?kind=fill")
    expect(kinds.locator(ROWS)).to_have_count(2)
    kinds.reload()
    expect(kinds.locator(ROWS)).to_have_count(2)


@pytest.mark.shared
def test_the_limit_is_that_of_the_url(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/live/execution/exec_big?limit=5&kind=order")
    expect(page.locator(ROWS)).to_have_count(5)
    expect(page.locator(".area-timeline .foot")).to_contain_text("newest 5 of 410")
    link = page.get_by_label("Filter by kind").get_by_role("link", name="fill")
    expect(link).to_have_attribute("href", "/live/execution/exec_big?kind=fill&limit=5")
    assert served_corpus.ask("/live/execution/exec_big?limit=0").status == 422


@pytest.mark.shared
@pytest.mark.parametrize("name", ["does_not_exist", "${alert(1)}", "<b>x"])
def test_an_unknown_session_is_told_what_to_do(
    served_corpus: Served, open_page: Open, name: str
) -> None:
    path = f"/live/execution/{quote(name, safe='')}"
    assert served_corpus.ask(path).status == 200
    page = open_page(served_corpus.url + path)
    nothing = page.locator(".empty")
    expect(nothing).to_contain_text(f"There is no telemetry log {name}.jsonl")
    expect(nothing.locator("code")).to_have_text("peak-trade run shadow")
    expect(page.locator("canvas").first).to_be_hidden()


@pytest.mark.shared
def test_a_slash_is_no_part_of_a_log_s_name(served_corpus: Served) -> None:
    for name in ("a%2Fb", "..%2F..%2Fetc"):
        assert served_corpus.ask(f"/live/execution/{name}").status == 404


@pytest.mark.shared
def test_it_fits_a_phone(served_corpus: Served, open_page: Open) -> None:
    url = f"{served_corpus.url}/live/execution/exec_all_kinds"
    page = open_page(url, viewport=PHONE)
    expect(page.locator(ROWS)).to_have_count(11)
    box = page.locator(f"{ROWS} summary").first.bounding_box()
    assert box is not None
    assert box["width"] > 200
    assert page.evaluate(GAP) == 0


def test_new_events_leave_scroll_selection_and_open_rows(
    server: Start, tmp_path_factory: pytest.TempPathFactory, open_page: Open
) -> None:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    for minute in range(40):
        tree.log("s", telemetry(f"2026-01-15T17:{minute:02}:00+00:00", "intent", note="<i>"))
    env = {"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2"}
    page = open_page(f"{server(tree.root, env=env).url}/live/execution/s")
    row = page.locator(ROWS, has_text="17:20:00")
    row.locator("summary").click()
    row.locator("peak-time").click()
    page.evaluate("() => scrollTo(0, 400)")
    before = page.evaluate("() => scrollY")
    tree.log("s", telemetry("2026-01-15T18:00:00+00:00", "fill", note="new"))
    expect(page.locator(ROWS).first).to_contain_text("Fill:")
    expect(page.locator(ROWS)).to_have_count(41)
    expect(row.locator("pre")).to_be_visible()
    expect(row).to_have_attribute("aria-selected", "")
    assert page.evaluate("() => scrollY") == before
    expect(page.locator(".caption")).to_contain_text("41 events, 41 drawn")
