"""One viewer changes nothing that others see, whatever it sends; what it may change is little."""

from __future__ import annotations

import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Start
from serve.page_client import PageClient, change, event, handshake
from serving import Served

Open = Callable[[], Awaitable[PageClient]]

pytestmark = pytest.mark.both

RUN = "/watch/runs/known"
META = {"run_id": "known", "mode": "shadow", "strategy_name": "s", "symbol": "BTC/EUR"}
ROWS = 50
"""More than charts send as lists: their columns are arrays."""

FALSE = 666666.0
LIE = "666666"


def write(root: Path, last: float) -> None:
    """Write the run; `last` is its last equity and price."""
    lines = ["step,ts_bar,ts_event,equity,close"]
    for row in range(ROWS):
        time = f"2026-01-15T10:{row:02}:00+00:00"
        value = last if row == ROWS - 1 else 100.0 + row % 7
        lines.append(f"{row},{time},{time},{value},{value}")
    directory = root / "live_runs" / "known"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "meta.json").write_text(json.dumps(META | {"timeframe": "1m"}))
    new = directory / "new.csv"
    new.write_text("\n".join(lines) + "\n")
    new.replace(directory / "events.csv")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clients")
    write(root, 100.0)
    return root


@pytest.fixture(scope="module")
def served(server: Start, root: Path) -> Served:
    return server(root)


@pytest.fixture
async def open_page(served: Served) -> AsyncIterator[Open]:
    """Open pages whose charts are drawn; after the test the log has no traceback."""
    opened: list[PageClient] = []

    async def begin() -> PageClient:
        page = await PageClient.open(served, RUN)
        opened.append(page)
        await page.hears("points, ")
        page.document = await page.pull()
        return page

    yield begin
    for page in opened:
        await page.leave()
    assert served.ask("/health").status == 200
    log = served.log.read_text()
    assert "Traceback" not in log
    assert " ERROR " not in log


@pytest.fixture
async def page(open_page: Open) -> PageClient:
    return await open_page()


def shows(page: PageClient, value: float) -> bool:
    """Tell whether a page was ever sent a number, as text or as part of an array."""
    return f"{value:.0f}" in json.dumps(page.sent) or struct.pack("<d", value) in page.arrays


def patches(source: Any) -> list[Any]:
    """Return the ways there are to change the data of a source."""
    names = [name for name, _ in source["attributes"]["data"]["entries"]]
    columns = {"type": "map", "entries": [[name, [FALSE] * ROWS] for name in names]}
    of = {"model": {"id": source["id"]}, "attr": "data"}
    cells = {"type": "map", "entries": [[name, [[0, FALSE]]] for name in names]}
    return [
        {"kind": "ColumnsPatched", **of, "patches": cells},
        {"kind": "ColumnsStreamed", **of, "data": columns, "rollover": None},
        {"kind": "ColumnDataChanged", **of, "data": columns, "cols": None},
        change(source, "data", columns),
    ]


async def test_data_that_a_client_changes_stay_as_they_are(
    open_page: Open, page: PageClient
) -> None:
    earlier = await open_page()
    for source in page.models("ColumnDataSource"):
        for patch in patches(source):
            assert await page.patch(patch) == "ERROR"
    later = await open_page()
    for other in (page, earlier, later):
        await other.pull()
        assert not shows(other, FALSE)
    assert shows(later, 106.0)


def attacks(page: PageClient) -> list[Any]:
    """Return changes of what only the server says."""
    elements, figure = next(page.models("Elements1")), next(page.models("Figure"))
    title, control = next(page.models("Title")), next(page.models("TextInput"))
    made = {"type": "object", "name": "Div", "id": "made", "attributes": {"text": LIE}}
    return [
        change(elements, "tree", f'full 9\n[["h1",{{}},"{LIE}"]]'),
        change(title, "text", LIE),
        change(figure, "title", made),
        change(figure, "tags", [LIE]),
        change(control, "title", LIE),
        change(control, "js_event_callbacks", {"type": "map", "entries": []}),
        change(next(page.models("Range1d")), "js_property_callbacks", {}),
        {"kind": "TitleChanged", "title": LIE},
        {"kind": "RootAdded", "model": made},
        {"kind": "RootRemoved", "model": {"id": page.document["roots"][0]["id"]}},
        {"kind": "MessageSent", "msg_type": "other", "msg_data": LIE},
    ]


async def test_what_the_server_says_is_not_for_a_client_to_change(page: PageClient) -> None:
    before = page.document
    assert [await page.patch(attack) for attack in attacks(page)] == ["ERROR"] * len(attacks(page))
    header, _ = await page.ask("PUSH-DOC", {"doc": {**before, "title": LIE, "roots": []}})
    assert header["msgtype"] == "ERROR"
    after = await page.pull()
    assert LIE not in json.dumps(after)
    assert after["title"] == before["title"]
    assert [root["id"] for root in after["roots"]] == [root["id"] for root in before["roots"]]


async def test_what_is_allowed_is_done_though_the_rest_of_the_message_is_not(
    page: PageClient,
) -> None:
    axis, title = next(page.models("Range1d")), next(page.models("Title"))
    events = [change(title, "text", LIE), change(axis, "start", 41.5)]
    assert await page.patch(*events) == "ERROR"
    document = json.dumps(await page.pull())
    assert '"start": 41.5' in document
    assert LIE not in document


NOT_A_NUMBER = {"type": "number", "value": "nan"}
VALUES: list[Any] = ["41.5", None, True, [], {}, 1e30, -1e400, NOT_A_NUMBER, {"id": "p1"}]


async def test_a_value_of_another_kind_is_refused(page: PageClient) -> None:
    axis, figure = next(page.models("Range1d")), next(page.models("Figure"))
    sent = [change(axis, "start", value) for value in VALUES]
    sent += [event("rangesupdate", figure, x0=value, x1=1.0) for value in VALUES]
    answers = {str(one): await page.patch(one) for one in sent}
    assert set(answers.values()) == {"ERROR"}, answers


async def test_a_zoom_beyond_all_times_ends_at_the_last_there_is(page: PageClient) -> None:
    figure = next(page.models("Figure"))
    zooms = {"since=0001-01-02": (-1e17, 1768471200000.0), "since=9999-12-30": (1e17, 2e17)}
    for window, (left, right) in zooms.items():
        assert await page.patch(event("rangesupdate", figure, x0=left, x1=right)) == "OK"
        await page.hears(window)


def view(**texts: str) -> Any:
    entries = [["view", {"type": "map", "entries": [list(item) for item in texts.items()]}]]
    return {"type": "map", "entries": entries}


VIEWS = [
    view(tab="nonsense"),
    view(level="nonsense", q="x" * 4000),
    view(at="0001-01-01T00:00:00Z"),
    view(at="9999-12-31T23:59:59Z"),
    view(since="9999-12-31T00:00:00Z", until="0001-01-01T00:00:00Z"),
    view(run="unknown"),
]


async def test_a_view_that_is_none_leaves_the_page_alive(page: PageClient) -> None:
    history = next(filter(is_history, page.models("panel.models.esm.ReactiveESM")))
    for number, said in enumerate(VIEWS):
        assert await page.patch(event("data_event", history, data=said)) == "OK"
        sane = view(run="known", q=f"words{number}")
        assert await page.patch(event("data_event", history, data=sane)) == "OK"
        await page.hears(f"q=words{number}")


def is_history(model: Any) -> bool:
    return bool(model["attributes"].get("data", {}).get("name") == "Browser1")


async def test_a_choice_that_is_none_leaves_the_page_alive(page: PageClient) -> None:
    parts = page.models("panel.models.esm.ReactiveESM")
    elements = [part for part in parts if part["attributes"]["data"]["name"] == "Elements1"]
    for chosen in ("tab=nonsense", "range=nonsense", "&&=%ff", "run=\x00", "tab=meta"):
        said = [event("data_event", part, data=chosen) for part in elements]
        assert await page.patch(*said) == "OK"
    await page.hears("tab=meta")


HEADER = '{"msgid": "1", "msgtype": "PATCH-DOC"}'
ENDING: dict[str, list[str | bytes]] = {
    "no JSON": ["x", "{}", "{}"],
    "a header that is no object": ["[]", "{}", "{}"],
    "a header without a kind": ['{"msgid": "1"}', "{}", "{}"],
    "a kind that is no text": ['{"msgid": "1", "msgtype": ["PATCH-DOC"]}', "{}", "{}"],
    "binary garbage": [b"\x00\xff" * 100],
    "binary content": [HEADER, "{}", b"{}"],
    "buffers": ['{"msgid": "1", "msgtype": "PATCH-DOC", "num_buffers": 2}', "{}", "{}"],
    "huge nesting": [HEADER, "{}", "[" * 100_000],
    "a message out of step": ["{}", HEADER, "{}"],
    "too much at once": [HEADER, "{}", " " * 2**20],
}


async def test_what_cannot_be_read_ends_the_connection_and_no_other(page: PageClient) -> None:
    for fragments in ENDING.values():
        odd = await page.again()
        await odd.say(*fragments)
        await odd.ends()
    assert await page.patch(change(next(page.models("Range1d")), "start", 1.0)) == "OK"


REFUSED: dict[str, tuple[str, Any]] = {
    "an unknown kind": ("MAKE-ORDER", {}),
    "a kind that servers send": ("PULL-DOC-REPLY", {}),
    "what only programs ask": ("SERVER-INFO-REQ", {}),
    "no content": ("PATCH-DOC", None),
    "no list of events": ("PATCH-DOC", {"events": {"kind": "ModelChanged"}}),
    "an event that is none": ("PATCH-DOC", {"events": ["ModelChanged"]}),
    "an unknown model": ("PATCH-DOC", {"events": [change({"id": "p1x"}, "start", 1.0)]}),
    "a model that is none": ("PATCH-DOC", {"events": [change({"id": ["p1"]}, "start", 1.0)]}),
    "a name that is none": (
        "PATCH-DOC",
        {"events": [{**change({"id": "p1"}, "", 1.0), "attr": ["start"]}]},
    ),
    "an event of no model": ("PATCH-DOC", {"events": [event("doubletap", {"id": None})]}),
    "an unknown event": ("PATCH-DOC", {"events": [event("nonsense", {"id": "p1"})]}),
}


async def test_what_is_not_meant_for_the_server_is_refused(page: PageClient) -> None:
    for kind, content in REFUSED.values():
        header, answer = await page.ask(kind, content)
        assert header["msgtype"] == "ERROR"
        assert answer["text"].startswith("Refused: ")


TOKENS = ["", "x", "bnVsbA", "W10", "eyJzZXNzaW9uX2lkIjogW119", "eyJzZXNzaW9uX2lkIjogIngifQ"]
"""None, no base64, null, [], and two objects: an id that is no text, and without an end."""


def test_a_token_that_is_none_opens_nothing(served: Served) -> None:
    for token in TOKENS:
        assert handshake(served, RUN, token) == 403
    assert "Traceback" not in served.log.read_text()


async def test_each_of_three_pages_gets_a_point_that_was_corrected(
    open_page: Open, root: Path
) -> None:
    pages = [await open_page() for _ in range(3)]
    write(root, 123.25)
    for one in pages:
        await one.hears('"ColumnsPatched"')
        await one.hears("123.25]")


def test_what_was_refused_is_few_lines(served: Served) -> None:
    lines = [line for line in served.log.read_text().splitlines() if "Refused" in line]
    assert 0 < len(lines) < len(REFUSED) + len(ENDING)
