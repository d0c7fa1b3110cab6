"""A Prometheus for tests: the shipped scrape example and rules, with short intervals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

from ops.programs import find, started
from serving import PATIENCE, REPO, find_free_port, wait_until

FILES = REPO / "docs" / "webui" / "observability"
SCRAPE = FILES / "PROMETHEUS_SCRAPE_EXAMPLE.yml"
RULES = FILES / "PEAK_TRADE_ALERT_RULES.yml"
DASHBOARD = FILES / "GRAFANA_DASHBOARD_PEAK_TRADE_WATCH_ONLY.json"

SHORT = {r"\b15s\b": "1s", r"\[15m:1m\]": "[20s:1s]", r"for: \d+m": "for: 1s", r"\[5m\]": "[20s]"}


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus, asked over its API."""

    url: str

    def is_ready(self) -> bool:
        """Say whether it answers queries; `OSError` while it does not."""
        with urlopen(f"{self.url}/-/ready", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)

    def get(self, path: str, **parameters: str) -> Any:
        with urlopen(f"{self.url}/{path}?{urlencode(parameters)}", timeout=PATIENCE) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the current result; an expression that is wrong fails."""
        try:
            found: list[dict[str, Any]] = self.get("api/v1/query", query=expression)["result"]
        except HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from error
        return found

    def firing(self) -> dict[str, dict[str, str]]:
        """Return the labels of the alerts that fire, by name."""
        return {labels["alertname"]: labels for labels in self.alerts()}

    def alerts(self) -> list[dict[str, str]]:
        """Return the labels of each alert that fires."""
        found = self.get("api/v1/alerts")["alerts"]
        return [alert["labels"] for alert in found if alert["state"] == "firing"]


def shortened(text: str) -> str:
    """Return the text of a shipped file with intervals that a test can wait for."""
    for long, short in SHORT.items():
        text = re.sub(long, short, text)
    return text


@contextmanager
def running(directory: Path, *ports: int) -> Iterator[Prometheus]:
    """Run Prometheus on the shipped files while the context lasts; it scrapes these ports."""
    (directory / RULES.name).write_text(shortened(RULES.read_text()))
    targets = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    config = shortened(SCRAPE.read_text()).replace('"127.0.0.1:8000"', targets)
    (directory / SCRAPE.name).write_text(config)
    address = f"127.0.0.1:{find_free_port()}"
    command = [
        *(find("prometheus"), f"--config.file={SCRAPE.name}", "--storage.tsdb.path=data"),
        f"--web.listen-address={address}",
    ]
    with started(command, directory) as process:
        prometheus = Prometheus(f"http://{address}")

        def ready() -> bool:
            assert process.poll() is None, (directory / "log").read_text()
            try:
                return prometheus.is_ready()
            except OSError:  # it does not listen yet, or answers 503 while it loads its storage
                return False

        wait_until(ready, "Prometheus to be ready")
        wait_until(lambda: len(prometheus.query("up")) == len(ports), "the first scrapes")
        yield prometheus
