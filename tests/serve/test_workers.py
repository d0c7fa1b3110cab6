"""Several processes of one command: all serve the same, and end and come back as they should."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import Start
from contract.streams.test_run_events import append, frames, seqs
from contract.tree import Tree, event
from preloaded import finish
from serve.page_client import PageClient, first_message, token_of
from serving import PATIENCE, PEAK_TRADE, Served, clean_environment, find_free_port, wait_until
from several import TWO, Worker, workers_of

FOLLOW = "/api/v0/runs/r/events?sse=1&follow=1&max_seconds=1"
METRICS = {"PEAK_TRADE_PROMETHEUS_ENABLED": "1"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("root"))
    tree.run("r", [event(step) for step in (1, 2, 3)])
    return tree


@pytest.fixture(scope="module")
def parent(server: Start, root: Tree) -> Served:
    return server(root.root, TWO, env=METRICS, ports=2)


@pytest.fixture(scope="module")
def workers(parent: Served) -> list[Worker]:
    return workers_of(parent)


def test_each_tells_of_all(workers: list[Worker], parent: Served) -> None:
    told = [worker.ask("/health").json for worker in workers]
    assert [one["worker"] for one in told] == [1, 2]
    assert told[0]["workers"] == told[1]["workers"]
    assert [one["port"] for one in told[0]["workers"]] == [parent.port, parent.port + 1]
    asked = "INFO worker 2 peak_trade.access: GET /health"
    wait_until(lambda: asked in parent.log.read_text())  # it is written after the answer
    addresses = re.findall(r"^Peak_Trade console: (\S+)/ ", parent.log.read_text(), re.MULTILINE)
    assert addresses == [worker.url for worker in workers]


async def test_a_page_of_one_goes_on_at_the_other(workers: list[Worker]) -> None:
    page = workers[0].ask("/watch/runs/r")
    clients = [await PageClient.enter(worker, "/watch/runs/r", page) for worker in workers]
    assert clients[0].document["title"] == clients[1].document["title"]
    roots = [len(client.document["roots"]) for client in clients]
    assert roots[0] == roots[1] > 0, "scripts find the places of roots by their order"
    for client in clients:
        await client.leave()


async def test_a_page_of_another_parent_does_not(
    workers: list[Worker], server: Start, tree: Path
) -> None:
    token = token_of(server(tree).ask("/about").body)
    with pytest.raises(Exception, match="403"):
        await first_message(workers[0], "/about", token)


def test_a_follower_goes_on_at_the_other(workers: list[Worker], root: Tree) -> None:
    got, epochs = b"", set()
    for turn in range(4):
        worker = workers[turn % 2]
        headers = {"Last-Event-ID": str(seqs(got)[-1])} if got else {}
        got += worker.ask(FOLLOW, headers=headers).body
        epochs.add(worker.ask("/api/v0/runs/r/events").json["epoch"])
        append(root.runs / "r", 4 + turn)  # nobody follows meanwhile
    assert seqs(got) == list(range(6))
    assert len(frames(got)) == 6
    assert len(epochs) == 1


def test_metrics_can_be_summed(workers: list[Worker]) -> None:
    for worker, count in zip(workers, (2, 3), strict=True):
        for _ in range(count):
            worker.ask("/livez")
    wait_until(lambda: "peak_trade_runs" in workers[0].ask("/metrics").body.decode())
    scraped = [
        list(text_string_to_metric_families(worker.ask("/metrics").body.decode()))
        for worker in workers
    ]
    samples = [sample for families in scraped for family in families for sample in family.samples]
    assert {sample.labels["worker"] for sample in samples} == {"1", "2"}
    asked = [
        sample.value
        for sample in samples
        if sample.name == "peak_trade_http_requests_total" and sample.labels["route"] == "/livez"
    ]
    assert asked == [2, 3]
    first, second = ({family.name for family in families} for families in scraped)
    assert second < first
    for name in ("artifacts", "runs", "alerts_last_hour", "read_errors", "directory_up"):
        assert f"peak_trade_{name}" in first - second
    for name in ("open_pages", "sse_followers", "read_bytes", "loop_lag_seconds"):
        assert f"peak_trade_{name}" in second


def test_one_that_is_killed_comes_back_and_is_told_once(workers: list[Worker]) -> None:
    first, second = workers
    second.own.kill()
    wait_until(lambda: first.told(second)["restarts"] == 1)
    wait_until(lambda: first.told(second)["state"] == "up")
    assert second.ask("/health").json["worker"] == 2
    assert first.told(first)["restarts"] == 0
    assert first.log.read_text().count("worker 2 ended with SIGKILL") == 1


def test_one_that_hangs_is_told(workers: list[Worker]) -> None:
    first, second = workers
    process = second.own
    process.suspend()
    wait_until(lambda: first.told(second)["state"] == "silent")
    process.resume()
    wait_until(lambda: second.told(second)["state"] == "up")


def test_another_one_tells_of_the_artifacts_once_one_is_down(workers: list[Worker]) -> None:
    def telling(asked: list[Worker]) -> list[Worker]:
        family = "peak_trade_alerts_last_hour{"
        return [one for one in asked if family in one.ask("/metrics").body.decode()]

    [speaker] = telling(workers)
    [other] = [one for one in workers if one is not speaker]
    restarts = other.told(speaker)["restarts"]
    speaker.own.kill()
    wait_until(lambda: telling([other]))
    wait_until(lambda: other.told(speaker)["restarts"] > restarts)
    wait_until(lambda: other.told(speaker)["state"] == "up")
    assert telling(workers) == [other], "it does not go back"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all(server: Start, tree: Path, number: signal.Signals) -> None:
    parent = server(tree, TWO, ports=2)
    processes = [worker.own for worker in workers_of(parent)]
    for _ in range(2):
        parent.process.send_signal(number)
    assert parent.process.wait(PATIENCE) == 0
    assert not [process for process in processes if process.is_running()]
    assert "Traceback" not in parent.log.read_text()


def test_none_outlives_its_parent(server: Start, tree: Path) -> None:
    parent = server(tree, TWO, ports=2)
    processes = [worker.own for worker in workers_of(parent)]
    parent.process.kill()
    parent.process.wait(PATIENCE)
    _, alive = psutil.wait_procs(processes, PATIENCE)
    assert alive == []


@pytest.mark.parametrize(
    ("port", "env", "code", "told"),
    [
        ("0", {}, 2, "--workers 2 takes 2 ports from --port upwards: from 0 there are none"),
        ("65535", {}, 2, "from 65535 there are none"),
        ("{taken}", {}, 1, "port {next} on 127.0.0.1 is in use; choose another with --port"),
        ("{taken}0", {}, 2, "web_ui.port"),
        ("{free}", {"BOKEH_COOKIE_SECRET": "x"}, 1, "error: leave out BOKEH_COOKIE_SECRET"),
    ],
)
def test_what_cannot_start_says_why(
    tmp_path: Path, port: str, env: dict[str, str], code: int, told: str
) -> None:
    free = find_free_port(2)
    names = {"{taken}": str(free), "{free}": str(free), "{next}": str(free + 1)}
    for name, value in names.items():
        port, told = port.replace(name, value), told.replace(name, value)
    with socket.socket() as other:
        if "in use" in told:
            other.bind(("127.0.0.1", free + 1))
            other.listen()
        words = [*PEAK_TRADE, "serve", "--workers", "2", "--port", port]
        done = finish(words, tmp_path, clean_environment(env), PATIENCE)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
