"""`peak-trade snapshot`: the bytes of the routes, whole files, and exit codes for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from contract.tree import HOSTILE, NOW, Tree, alert, rich_tree, telemetry
from preloaded import finish
from serving import PATIENCE, PEAK_TRADE, clean_environment
from web.gated import Site

ROUTE = "/api/live/status/snapshot."


def run(root: Path, *options: str) -> CompletedProcess[str]:
    command = [*PEAK_TRADE, "snapshot", *options]
    environment = clean_environment({"PEAK_TRADE_NOW": NOW})
    return finish(command, root, environment, PATIENCE)


def take(root: Path, form: str, *options: str) -> bytes:
    """Return a snapshot that is all right."""
    done = run(root, "--format", form, "--out", "-", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.encode()


@pytest.mark.parametrize("form", ["json", "html"])
async def test_the_bytes_are_those_of_the_route(
    site: Site, tree: Tree, tmp_path_factory: pytest.TempPathFactory, form: str
) -> None:
    rich_tree(tree.root)
    out = tmp_path_factory.mktemp("out") / f"status.{form}"
    out.write_text("before")
    done = run(tree.root, "--format", form, "--out", str(out))
    assert (done.stdout, done.returncode) == ("", 2)  # an eighth of the sampled lines is bad
    body = (await site.ask(f"{ROUTE}{form}")).body
    assert (
        out.read_bytes() == body == run(tree.root, "--format", form, "--out", "-").stdout.encode()
    )
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_page_escapes_all_text_and_holds_no_script(tree: Tree) -> None:
    tree.session(HOSTILE, "s", symbol=HOSTILE, status="started", metrics={"exposure": 5})
    tree.alerts("2026-01-15", alert(NOW, HOSTILE, severity="CRITICAL", body="</pre><script>x"))
    done = run(tree.root, "--format", "html", "--out", "-")
    assert done.returncode == 2
    text = done.stdout
    assert "&lt;img src=x" in text
    for markup in ("<img", "<script", "<form", "javascript:", "http:", "https:"):
        assert markup not in text


def test_exit_codes_tell_the_worst_panel(tree: Tree) -> None:
    take(tree.root, "json")
    tree.log("log", *[telemetry(NOW, "intent")] * 9, "bad")
    assert run(tree.root, "--format", "json", "--out", "-").returncode == 2
    check = {"allowed": False, "severity": "breach"}
    tree.session("s", status="started", metrics={"risk_check": check})
    assert run(tree.root, "--format", "json", "--out", "-").returncode == 3


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "xml", "--out", "-"),
        ("--format", "json"),
        ("--nobody", "1"),
        ("--format", "json", "--out", "missing/status.json"),
        ("--format", "json", "--out", "."),
        ("--format", "json", "--out", "-", "--config", "missing.toml"),
    ],
)
def test_what_cannot_be_done_is_1(tree: Tree, options: tuple[str, ...]) -> None:
    done = run(tree.root, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert list(tree.root.iterdir()) == []


@pytest.mark.parametrize(
    "out",
    [
        "live_runs/r/status.json",
        "live_runs/../live_runs/status.json",
        "live_runs/alerts/x.json",
        "reports/experiments/live_sessions/status.json",
        "logs/execution/status.json",
        "logs/telemetry_alerts.jsonl",
        "link/status.json",
    ],
)
def test_nothing_is_written_among_the_artifacts(tree: Tree, out: str) -> None:
    rich_tree(tree.root)
    (tree.root / "link").symlink_to(tree.runs)
    before = sorted(tree.root.rglob("*"))
    done = run(tree.root, "--format", "json", "--out", out)
    assert done.returncode == 1
    assert "among the artifacts" in done.stderr
    assert sorted(tree.root.rglob("*")) == before


def test_the_places_are_options_as_of_serve(tree: Tree, tmp_path: Path) -> None:
    tree.session("s", status="started")
    named = take(Path("/"), "json", "--root", str(tree.root))
    panels = {panel["id"]: panel for panel in json.loads(named)["panels"]}
    assert panels["live_sessions"]["details"]["active_sessions"] == 1
    elsewhere = take(tree.root, "json", "--sessions-dir", "nowhere")
    assert b'"active_sessions":0' in elsewhere
