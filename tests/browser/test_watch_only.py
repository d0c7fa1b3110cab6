"""Watching leaves no trace: every page and route is used, and the artifact tree stays the same."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from browser.conftest import Open
from conftest import CORPUS_NOW, Start
from peak_trade.contract.registry.pages import PAGES
from serving import Served

pytestmark = [pytest.mark.shared, pytest.mark.browser]

RUN = "20260115_160000_shadow_bollinger_XRP-EUR_5m"
IDS = {"run_id": RUN, "session_id": "session_20260115_181000_shadow_a1b2c3"}
CLICKABLE = ":is([data-send], button, summary, [role=tab], [role=switch])"
CLICK = """parts => {
  const shown = parts.filter(part => part.checkVisibility() && !part.disabled).slice(0, 3)
  shown.forEach(part => part.click())
  return shown.length
}"""
"""Clicks a few of these; gives how many."""


def fingerprint(root: Path) -> dict[str, tuple[int, int, str]]:
    """Return mode, time of change and content of everything below `root`."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        digest = hashlib.sha256(content).hexdigest()
        found[str(path.relative_to(root))] = (status.st_mode, status.st_mtime_ns, digest)
    return found


def filled(template: str) -> str:
    path = template
    for name, value in IDS.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


@pytest.fixture
def tree(corpus: Path, tmp_path: Path) -> Path:
    root = tmp_path / "a"
    shutil.copytree(corpus, root, copy_function=shutil.copy2)
    return root


@pytest.fixture
def served(server: Start, tree: Path) -> Served:
    return server(tree, env={"PEAK_TRADE_NOW": CORPUS_NOW, "PYTHONDONTWRITEBYTECODE": "1"})


def listed_paths(served: Served) -> list[str]:
    """Return the described paths, with the examples of parameters that are required."""
    paths: dict[str, Any] = json.loads(served.ask("/openapi.json").body)["paths"]
    return sorted(path + examples(item["get"]["parameters"]) for path, item in paths.items())


def examples(parameters: list[dict[str, Any]]) -> str:
    required = (one for one in parameters if one["in"] == "query" and one["required"])
    given = [f"{one['name']}={one['schema']['examples'][0]}" for one in required]
    return "?" + "&".join(given) if given else ""


def test_nothing_below_the_root_is_made_changed_or_removed(
    served: Served, tree: Path, open_page: Open
) -> None:
    before = fingerprint(tree)
    assert len(before) > 100
    clicks, page = 0, open_page(f"{served.url}/about")
    for row in PAGES:
        page.goto(served.url + filled(row.path))
        page.get_by_text("connected", exact=True).wait_for()
        clicks += page.locator(f"main {CLICKABLE}").evaluate_all(CLICK)
    clicks += page.locator(f".shell {CLICKABLE}").evaluate_all(CLICK)
    asked = [
        served.ask(filled(path)).status for path in listed_paths(served) if "stream" not in path
    ]
    assert clicks > 5
    assert len(asked) > 25
    assert max(asked) in {200, 404, 503}
    assert fingerprint(tree) == before
