"""Metrics: what is always there, what a flag adds, and what is answered when they fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import Start
from contract.manners import BUILT, has_id
from contract.tree import NOW, Tree, event, rich_tree
from peak_trade.contract.pages.quality import KINDS
from peak_trade.contract.registry.pages import PAGES
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.web.metrics import FALLBACK, REQUIRED
from serving import REPO, Served, wait_until
from web.gated import make_settings, serve

HTTP = {
    "peak_trade_http_requests_total",
    "peak_trade_http_request_duration_seconds",
    "peak_trade_http_in_flight_requests",
}
OURS = "peak_trade_"
STREAMS = {"/api/v0/stream"}
PATHS = [page.path for page in PAGES if "{" not in page.path] + [
    route.path
    for route in Runtime(Settings()).routes
    if not has_id(route) and route.path not in BUILT | STREAMS
]
"""All pages and routes without ids; a stream does not end."""
ENABLED = {
    "PEAK_TRADE_PROMETHEUS_ENABLED": "1",
    "PEAK_TRADE_WEB_UI__TRADING_METRICS_LIMIT": "10",
    "PEAK_TRADE_NOW": NOW,
}


@pytest.fixture(scope="module")
def enabled(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    return server(rich_tree(tmp_path_factory.mktemp("tree")).root, env=ENABLED)


def types(text: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))


def requests_by_labels(text: str) -> dict[tuple[str, ...], float]:
    return {
        (
            sample.labels["method"],
            sample.labels["route"],
            sample.labels["status_code"],
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "peak_trade_http_requests_total"
    }


def test_requests_count_under_template_method_and_status(enabled: Served) -> None:
    asked = {
        ("GET", "/runs/{run_id}/snapshot", "200"): "/runs/known/snapshot",
        ("GET", "/runs/{run_id}/snapshot", "404"): "/runs/nobody/snapshot",
        ("GET", "/runs/{run_id}/tail", "422"): "/runs/known/tail?limit=0",
        ("POST", "/runs/{run_id}/tail", "405"): "/runs/known/tail",
        ("POST", "/api/v0/runs", "405"): "/api/v0/runs",
        ("HEAD", "/docs", "200"): "/docs",
        ("GET", "/openapi.json", "200"): "/openapi.json",
        ("GET", "/static/{path}", "404"): "/static/peak_trade/nobody.css",
        ("GET", "__unknown__", "404"): "/nobody/known",
        ("__other__", "/runs", "405"): "/runs",
        ("GET", "/watch/runs/{run_id}", "404"): "/watch/runs/nobody",
    }
    for (method, _, status), path in asked.items():
        answer = enabled.ask(path, "BREW" if method == "__other__" else method)
        assert answer.status == int(status), path
    text = enabled.ask("/metrics").body.decode()
    counted = requests_by_labels(text)
    assert {labels: counted.get(labels) for labels in asked} == dict.fromkeys(asked, 1)
    assert not [route for _, route, _ in counted if "/known" in route]


def test_the_scrape_itself_is_counted_and_nothing_else_changes(enabled: Served) -> None:
    key = ("GET", "/metrics", "200")

    def scrape() -> tuple[float, list[str]]:
        text = enabled.ask("/metrics").body.decode()
        own = ("peak_trade_http", "peak_trade_loop_lag", "peak_trade_read_bytes_total")
        volatile = ("process_", "python_gc", *own)
        kept = [line for line in text.splitlines() if not line.startswith(volatile)]
        return requests_by_labels(text).get(key, 0), kept

    scrape()
    (first, before), (second, after) = scrape(), scrape()
    assert second == first + 1
    assert before == after


def test_the_three_families_of_requests(enabled: Served) -> None:
    enabled.ask("/metrics")  # which is counted once it is answered
    text = enabled.ask("/metrics").body.decode()
    found = types(text)
    assert set(found) >= HTTP
    assert found["peak_trade_http_requests_total"] == "counter"
    assert found["peak_trade_http_request_duration_seconds"] == "histogram"
    assert found["peak_trade_http_in_flight_requests"] == "gauge"
    assert "\npeak_trade_http_in_flight_requests 1.0\n" in text
    bounds = re.findall(r'_seconds_bucket\{le="([^"]+)",method="GET",route="/metrics"', text)
    wanted = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    assert [float(bound) for bound in bounds[:-1]] == wanted
    assert bounds[-1] == "+Inf"


def test_without_the_flag_the_store_is_still_there(tmp_path: Path, server: Start) -> None:
    for value in ("0", "true", ""):
        served = server(tmp_path, env={"PEAK_TRADE_PROMETHEUS_ENABLED": value})
        answer = served.ask("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=")
        found = types(answer.body.decode())
        assert not set(found) & HTTP
        assert "peak_trade_artifacts" in found
        assert "process_resident_memory_bytes" in found
        served.stop()


def read_errors_told(served: Served) -> dict[str, dict[str, float]]:
    families = text_string_to_metric_families(served.ask("/metrics").body.decode())
    samples = [sample for family in families for sample in family.samples]
    names = ("peak_trade_read_errors_total", "peak_trade_losses")
    return {
        name: {sample.labels["kind"]: sample.value for sample in samples if sample.name == name}
        for name in names
    }


def test_read_errors_are_a_counter_that_never_falls(tmp_path: Path, server: Start) -> None:
    tree = Tree(tmp_path)
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    at_first = read_errors_told(served)
    assert at_first == {
        "peak_trade_read_errors_total": dict.fromkeys(KINDS, 0),
        "peak_trade_losses": {},
    }
    for number in (1, 2, 1):
        for path in tree.sessions.glob("torn*.json"):
            path.unlink()
        for name in range(number):
            tree.write(tree.sessions / f"torn{name}.json", "{")
        assert served.ask("/api/live_sessions").status == 200
        told = read_errors_told(served)
        assert told["peak_trade_losses"] == {"unusable_session": number}
    assert told["peak_trade_read_errors_total"]["unusable_session"] == 2
    (tree.sessions / "torn0.json").unlink()
    served.ask("/api/live_sessions")
    told = read_errors_told(served)
    assert told["peak_trade_losses"] == {}
    assert told["peak_trade_read_errors_total"] == at_first["peak_trade_read_errors_total"] | {
        "unusable_session": 2
    }


def test_the_old_family_says_what_to_use(enabled: Served) -> None:
    text = enabled.ask("/metrics").body.decode()
    assert types(text)["peak_trade_read_errors_total"] == "counter"
    assert types(text)["peak_trade_losses"] == "gauge"
    assert "# HELP peak_trade_losses deprecated, use peak_trade_read_errors_total" in text


@pytest.mark.parametrize("required", [False, True])
async def test_when_metrics_cannot_be_produced(
    tmp_path: Path, required: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: LiveStore) -> None:
        raise RuntimeError("secret text")

    settings = make_settings(tmp_path).model_copy(update={"require_prometheus_client": required})
    runtime = Runtime(settings)
    monkeypatch.setattr(LiveStore, "directories", broken)
    site = serve(runtime, tmp_path)
    answer = await site.ask("/metrics")
    if required:
        assert (answer.code, answer.body) == (503, REQUIRED)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    else:
        assert (answer.code, answer.body) == (200, FALLBACK)
        kind = "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["Content-Type"] == kind
        assert types(FALLBACK.decode()) == {"peak_trade_metrics_fallback": "gauge"}
    site.server.stop()
    await runtime.stop()


@pytest.fixture(scope="module", params=[False, True], ids=["optional", "required"])
def without_library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Start
) -> tuple[Served, bool]:
    """A server in whose process the client library cannot be imported, and if it is required."""
    first = tmp_path_factory.mktemp("path")
    (first / "prometheus_client.py").write_text('raise ImportError("there is no such library")\n')
    env = ENABLED | {"PYTHONPATH": str(first), "REQUIRE_PROMETHEUS_CLIENT": str(int(request.param))}
    root = rich_tree(tmp_path_factory.mktemp("tree")).root
    return server(root, env=env, preloaded=False), request.param


@pytest.mark.parametrize("path", ["/metrics", "/health/prometheus"])
def test_without_the_client_library(without_library: tuple[Served, bool], path: str) -> None:
    served, required = without_library
    for headers in ({}, {"Accept": "application/openmetrics-text"}):
        answer = served.ask(path, headers=headers)
        expected = (503, REQUIRED) if required else (200, FALLBACK)
        assert (answer.status, answer.body) == expected
        version = "" if required else "version=0.0.4; "
        assert answer.headers["content-type"] == f"text/plain; {version}charset=utf-8"
    assert served.log.read_text().count("prometheus_client cannot be imported") == 1


def test_health_says_that_the_library_is_missing(without_library: tuple[Served, bool]) -> None:
    served, required = without_library
    assert served.ask("/health/metrics").json["prometheus_available"] is False
    detailed, ready = served.ask("/health/detailed"), served.ask("/readyz")
    check = detailed.json["checks"]["metrics"]
    assert check["healthy"] is not required
    assert "install" in check["message"]
    assert detailed.json["metrics"]["prometheus_available"] is False
    assert (detailed.status, ready.status) == ((503, 503) if required else (200, 200))
    assert served.ask("/health").json["status"] == "ok"
    assert served.ask("/health", "POST").status == 405


def test_all_else_works_without_the_library(without_library: tuple[Served, bool]) -> None:
    served, required = without_library
    expected = dict.fromkeys(PATHS, 200)
    if required:
        expected |= dict.fromkeys(("/metrics", "/health/prometheus"), 503)
        expected |= dict.fromkeys(("/health/detailed", "/readyz"), 503)
    assert {path: served.ask(path).status for path in PATHS} == expected


def test_the_documentation_lists_what_is_exported(enabled: Served) -> None:
    exported = {name for name in types(enabled.ask("/metrics").body.decode()) if OURS in name}
    exported |= set(types(FALLBACK.decode()))
    text = (REPO / "docs" / "metrics.md").read_text(encoding="utf-8")
    section = text.split("## Families")[1].split("\n## ")[0]
    documented = set(re.findall(r"^\| `(peak_trade_\w+)`", section, re.MULTILINE))
    of_several = set(
        re.findall(r"^\| `(peak_trade_\w+)` .* of several roots:", section, re.MULTILINE)
    )
    assert of_several  # this server has one
    exported = {name for name in exported if not name.endswith("_created")}
    assert exported == documented - of_several


def coverage_told(served: Served) -> tuple[dict[str, float], dict[str, float]]:
    """Return of how many artifacts read errors are counted, and how many there are."""
    samples = [
        sample
        for family in text_string_to_metric_families(served.ask("/metrics").body.decode())
        for sample in family.samples
    ]
    covered, listed = (
        {sample.labels["family"]: sample.value for sample in samples if sample.name == name}
        for name in ("peak_trade_read_errors_covered", "peak_trade_read_errors_listed")
    )
    return covered, listed


def test_read_errors_are_counted_without_a_visit_and_no_visit_changes_them(
    tmp_path: Path, server: Start
) -> None:
    tree = Tree(tmp_path)
    for number in range(4):
        directory = tree.run(f"run{number}", [event(1)])
        tree.write(directory / "alerts.jsonl", "junk\n" * number)
    tree.write(tree.runs / "alerts" / "alerts_2024-01-01.jsonl", "junk\n")
    tree.write(tree.logs / "execution" / "log.jsonl", "junk\n" * 3)
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    wanted = {"runs": 4.0, "alerts": 1.0, "telemetry": 1.0}
    wait_until(lambda: coverage_told(served) == (wanted, wanted))
    told = served.ask("/health/detailed").json["read_errors"]
    assert told["by_kind"] == {"bad_line": 10}
    assert told["coverage"] == {
        "complete": True,
        "text": "in all of 4 runs, 1 alert files and 1 telemetry logs",
        "runs_read": 4,
        "runs_listed": 4,
        "alert_files_read": 1,
        "alert_files_listed": 1,
        "logs_read": 1,
        "logs_listed": 1,
    }
    metrics = read_errors_told(served)
    for run_id in ("run0", "run1", "run2", "run3"):
        for page in ("dashboard", "api/v0/runs"):
            assert served.ask(f"/{page}/{run_id}").status in {200, 404}
    for path in ("/api/v0/quality", "/api/live/execution/log", "/api/live/alerts?hours=168"):
        assert served.ask(path).status == 200
    assert served.ask("/health/detailed").json["read_errors"]["total"] == told["total"]
    assert served.ask("/api/v0/quality").json["read_errors"] == told["total"]
    assert read_errors_told(served) == metrics
