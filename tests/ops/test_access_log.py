"""The log of the program: what a request leaves in it, and what it never holds."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tornado.websocket import WebSocketClosedError

from conftest import Start
from peak_trade.serve import access_log
from serve.conftest import EVENTS, HOSTILE, META
from serving import PANEL, REPO, SERVE, Served, wait_until

ODD_ID = f"/runs/{quote(HOSTILE, safe='')}"
LINE = re.compile(
    r"(?P<method>\S+) (?P<route>\S+) (?P<status>\d{3}) (?P<ms>\d+\.\d) ms (?P<id>[A-Za-z0-9._-]+)$"
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("logged")
    for run_id in ("known", HOSTILE):
        directory = root / "live_runs" / run_id
        directory.mkdir(parents=True)
        (directory / "meta.json").write_text(META)
        (directory / "events.csv").write_text(EVENTS)
    return root


@pytest.fixture(scope="module", params=["text", "json"])
def served(request: pytest.FixtureRequest, server: Start, tree: Path) -> Served:
    return server(tree, SERVE, env={"PEAK_TRADE_WEB_UI__LOG_FORMAT": request.param})


def entries(served: Served) -> list[dict[str, object]]:
    """Return the requests in the log; everything in it must be one of them, or the address."""
    found: list[dict[str, object]] = []
    for line in served.log.read_text().splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            assert entry["level"] == "INFO"
            found.append({**entry, "id": entry["request_id"]})
        elif match := LINE.search(line):
            assert " INFO " in line
            found.append({**match.groupdict(), "status": int(match["status"])})
        else:
            assert served.url in line
    return found


def entry(served: Served, request_id: str) -> dict[str, object]:
    def its() -> list[dict[str, object]]:
        return [entry for entry in entries(served) if entry["id"] == request_id]

    wait_until(its, f"a line about {request_id}")
    (found,) = its()
    return found


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/runs/known/snapshot", "/runs/{run_id}/snapshot", 200),
        (f"{ODD_ID}/snapshot", "/runs/{run_id}/snapshot", 200),
        (f"/watch{ODD_ID}", "/watch/runs/{run_id}", 200),
        ("/runs/known/tail?limit=0", "/runs/{run_id}/tail", 422),
        ("/runs/%0a%1b%5b31mforged/snapshot", "/runs/{run_id}/snapshot", 404),
        ("/static/js/bokeh.min.js", "/static/{path}", 200),
        ("/secret?token=abc", "__unknown__", 404),
    ],
)
def test_a_request_is_one_line_with_its_template(
    served: Served, path: str, route: str, status: int
) -> None:
    answer = served.ask(path)
    found = entry(served, answer.headers["x-request-id"])
    assert (found["method"], found["route"], found["status"]) == ("GET", route, status)
    assert float(str(found["ms"])) >= 0


def test_no_id_and_no_query_is_in_the_log(served: Served) -> None:
    answer = served.ask(f"{ODD_ID}/snapshot?token=abc")
    entry(served, answer.headers["x-request-id"])
    text = served.log.read_text()
    assert [word for word in ("known/", "日本", "%E6", "forged", "token") if word in text] == []


def test_a_sane_id_of_the_client_is_kept(served: Served) -> None:
    answer = served.ask("/health", headers={"X-Request-ID": "front-1.a_B"})
    assert answer.headers["x-request-id"] == "front-1.a_B"
    assert entry(served, "front-1.a_B")["route"] == "/health"


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, 'x"y', "ü"])
def test_any_other_id_is_replaced(served: Served, given: str) -> None:
    answer = served.ask("/health", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_a_server_of_panel_logs_the_requests_too(server: Start, tree: Path) -> None:
    served = server(tree, [*PANEL, "serve", f"{REPO / 'apps'}/", "--port", "{port}"])
    served.ask("/runs/known/snapshot", headers={"X-Request-ID": "by-panel"})
    wait_until(lambda: "/runs/{run_id}/snapshot 200 " in served.log.read_text())


@pytest.fixture
def record() -> logging.LogRecord:
    """A record, of an error, with text that wants to be a line of its own."""
    cause = ValueError("first\n2026-01-15 INFO forged\x1b[31m")
    error = (ValueError, cause, None)
    message = "bad\n2026-01-15 INFO forged\x1b[31m \ud800 %s"
    return logging.LogRecord("some.library", logging.ERROR, "", 0, message, ("ü",), error)


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Leaves the logging of the tests as it was."""
    loggers = [logging.getLogger(name) for name in (None, *access_log.OWN_HANDLERS)]
    before = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    yield
    for one, handlers, level, propagate in before:
        one.handlers[:] = handlers
        one.setLevel(level)
        one.propagate = propagate


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("library", ["some.library", *access_log.OWN_HANDLERS])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_other_records_cannot_forge_lines(
    log_format: str,
    library: str,
    record: logging.LogRecord,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    access_log.configure_logging("json" if log_format == "json" else "text")
    record.name = library
    logging.getLogger(library).handle(record)
    output.getvalue().encode()
    first, *more = output.getvalue().splitlines()
    assert "\x1b" not in output.getvalue() + capsys.readouterr().out
    if log_format == "json":
        assert more == []
        assert json.loads(first)["message"] == "bad\n2026-01-15 INFO forged\x1b[31m \ud800 ü"
        assert "ValueError: first\n" in json.loads(first)["exception"]
    else:
        assert rf"ERROR {library}: bad\n2026-01-15 INFO forged\x1b[31m \ud800 ü" in first
        assert {line[:4] for line in more} == {"    "}
        assert r"    2026-01-15 INFO forged\x1b[31m" in more


@pytest.mark.usefixtures("own_logging")
async def test_a_page_that_was_closed_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    async def write(error: Exception) -> None:
        raise error

    access_log.configure_logging("text")
    for error in (WebSocketClosedError(), RuntimeError("told")):
        task = asyncio.create_task(write(error))
        await asyncio.wait([task])
        del task
    gc.collect()
    told = capsys.readouterr().err
    assert "RuntimeError: told" in told
    assert "WebSocketClosedError" not in told
