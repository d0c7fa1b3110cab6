"""One run and its session, walked through all states: in the answers, and on the pages.

The clock of the server stands still; the artifacts are written as old as each state wants.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.conftest import Open
from conftest import Start
from contract.tree import NOW, Row, Tree, telemetry
from serving import Served

pytestmark = [pytest.mark.browser]

AT = datetime.fromisoformat(NOW)
START = AT - timedelta(hours=1)
COLOURS = """el => [el, el.closest(".tile")].map((one) => getComputedStyle(one).color)"""


@dataclass
class Walked:
    """A run and its session; `silent` is how old their newest signs of life are."""

    tree: Tree
    served: Served

    @property
    def log(self) -> Path:
        """The telemetry of the session; it is always as old as the rows."""
        return self.tree.logs / "execution" / "s.jsonl"

    def write(
        self, silent: timedelta, *, record: timedelta | None = None, ended: bool = False
    ) -> None:
        last = AT - silent
        rows: list[Row] = [
            {"step": step, "ts_event": (last - timedelta(minutes=3 - step)).isoformat()}
            for step in (1, 2, 3)
        ]
        end = last.isoformat() if ended else None
        self.log.unlink(missing_ok=True)
        self.tree.log("s", telemetry(last.isoformat(), "error", "s", error="x"))
        meta = self.tree.run("r", rows, started_at=START.isoformat(), ended_at=end)
        session = self.tree.session(
            "s",
            status="completed" if ended else "started",
            run_id="r",
            finished_at=end,
            started_at=START.isoformat(),
        )
        stamp = (AT - (silent if record is None else record)).timestamp()
        os.utime(session, (stamp, stamp))
        for file in (meta / "events.csv", self.log):
            os.utime(file, (last.timestamp(), last.timestamp()))
        started = START.timestamp()
        os.utime(meta / "meta.json", (started, started))

    def ask(self, path: str) -> Any:
        return self.served.ask(path).json

    def judged(self) -> tuple[str, str]:
        """Return the state and reason of the run; those of its session are the same."""
        [run] = self.ask("/api/v0/pages/watch")["runs"]
        [session] = self.ask("/api/v0/pages/console")["sessions"]
        found = run["freshness"]["state"], run["freshness"]["reason"]
        assert (session["freshness"]["state"], session["freshness"]["reason"]) == found
        open_runs, open_sessions = (self.ask("/freshz")[name] for name in ("runs", "sessions"))
        told = [one["state"] for one in (*open_runs, *open_sessions)]
        assert told == ([] if found[0] == "ended" else [found[0]] * 2)
        text = self.served.ask("/metrics").body.decode()
        assert f'peak_trade_runs{{state="{found[0]}"}} 1.0' in text
        if found[0] != "ended":
            assert f'peak_trade_sessions{{state="{found[0]}"}} 1.0' in text
        return found


@pytest.fixture
def walked(server: Start, tmp_path: Path) -> Walked:
    tree = Tree(tmp_path)
    tree.runs.mkdir()
    env = {"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "2"}
    return Walked(tree, server(tmp_path, env=env))


WALK = [
    (timedelta(seconds=30), "live 30 s", "alive, on time", "ok", 1),
    (timedelta(minutes=2), "late 2 min", "silent since ", "ok", 1),
    (timedelta(minutes=6), "stale 6 min", "silent since ", "warn", 1),
    (timedelta(minutes=25), "crashed 18:05", "not ended, and silent since ", "error", 0),
    (timedelta(seconds=40), "live 40 s", "alive, on time", "ok", 1),
]


def test_a_run_and_its_session_through_all_states(walked: Walked, open_page: Open) -> None:
    walked.write(timedelta(seconds=20))
    run = open_page(f"{walked.served.url}/dashboard?run=r")
    session = open_page(f"{walked.served.url}/session/s")
    for silent, chip, reason, level, count in WALK:
        walked.write(silent)
        for page in (run, session):
            shown = page.locator(".data-age peak-age")
            expect(shown).to_contain_text(chip)
            expect(shown).to_have_attribute("title", re.compile(f"^{reason}"))
        console = walked.ask("/api/v0/pages/console")
        assert (console["active_sessions"], console["crashed_sessions"]) == (count, 1 - count)
        state, why = walked.judged()
        assert state == chip.split()[0]
        assert why.startswith(reason)
        assert walked.ask("/api/v0/attention")["level"] == level
        value, plain = run.locator(".tile .value").first.evaluate(COLOURS)
        assert (value != plain) == (state in {"stale", "crashed"})
        if state == "crashed":
            expect(session.locator(".heading")).to_contain_text("crashed started")
            life = walked.ask("/api/v0/pages/session?id=s")["life"]
            assert life["duration_seconds"] == 35 * 60
            assert not life["goes_on"]
    walked.write(timedelta(minutes=2), ended=True)
    for page in (run, session):
        expect(page.locator(".data-age")).to_contain_text("ended 18:28")
    assert walked.judged()[0] == "ended"


def test_a_session_on_a_quiet_market_lives(walked: Walked, open_page: Open) -> None:
    walked.write(timedelta(minutes=25), record=timedelta(seconds=2))
    page = open_page(f"{walked.served.url}/session/s")
    chip = page.locator(".data-age peak-age")
    expect(chip).to_contain_text("live 2 s, no candle since 18:05")
    expect(chip).to_have_attribute("title", re.compile("^alive, no candle since 18:05"))
    page.locator("#language").click()
    expect(chip).to_contain_text("keine Kerze seit 18:05")
    assert walked.judged() == ("live", "alive, no candle since 2026-01-15T18:05:00+00:00")
    assert walked.ask("/api/v0/attention")["level"] == "ok"
    assert walked.ask("/api/live_sessions")[0]["status"] == "started"
    assert not walked.ask("/runs")[0]["is_active"]  # as the contract has it


def test_a_crashed_session_counts_as_crashed_on_the_console(
    walked: Walked, open_page: Open
) -> None:
    walked.write(timedelta(minutes=25))
    page = open_page(f"{walked.served.url}/")
    active = page.locator(".tile", has=page.get_by_text("Active sessions", exact=True))
    expect(active.locator(".value")).to_have_text("0")
    expect(active.locator(".context")).to_have_text("and 1 crashed")
    expect(page.locator("table.sessions")).to_contain_text("crashed 18:05")
    runs = page.locator(".tile", has=page.get_by_text("Open runs", exact=True))
    expect(runs.locator(".context")).to_have_text("1 crashed")
    walked.write(timedelta(days=2))
    expect(runs.locator(".context")).to_have_text("1 run never ended")
    expect(page.locator("#verdict")).to_contain_text("1 run never ended")


WITH_TILES = ("/", "/watch/runs/r", "/live/telemetry")
"""Pages that sum up sessions, a run, and logs; `tests/views/kit/test_tiles.py` has them all."""

TONES = """tiles => {
  const colour = one => getComputedStyle(one).color
  const muted = colour(tiles[0].querySelector(".context"))
  const shown = tiles.flatMap(tile => [...tile.querySelectorAll(".value, .value *")])
  return shown.filter(one => colour(one) !== muted).map(one => one.innerText)
}"""
"""Values of tiles that are not muted."""


def test_stale_figures_lose_their_colour(walked: Walked, open_page: Open) -> None:
    walked.write(timedelta(seconds=20))
    pages = [open_page(walked.served.url + path) for path in WITH_TILES]
    for silent, chip in ((20, "live"), (6 * 60, "stale"), (25 * 60, "crashed"), (20, "live")):
        walked.write(timedelta(seconds=silent))
        for page in pages:
            expect(page.locator(".tiles > peak-age")).to_have_attribute("data-state", chip)
            coloured = page.locator(".tile").evaluate_all(TONES)
            assert bool(coloured) == (chip == "live"), (page.url, chip)
