"""Why a store does not give what is asked for: its kind is told, and no text of its answer."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from contract.manners import strict_json
from peak_trade.fleets import cli as fleet
from peak_trade.serve.doctor import examine
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings, load
from peak_trade.storage.mirror import Mirror
from serving import wait_until
from web.gated import close_site, serve

ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>a secret</Message></Error>"
TORN = "its answer is torn, or not that of such a store"
ACCEPTED = "the credentials are not accepted"
ANSWERS = {
    (503, "SlowDown"): "it asks to slow down (503 SlowDown)",
    (429, "TooManyRequests"): "it asks to slow down (429 TooManyRequests)",
    (403, "AccessDenied"): "access is refused (403 AccessDenied)",
    (403, "InvalidAccessKeyId"): f"{ACCEPTED} (403 InvalidAccessKeyId)",
    (403, "SignatureDoesNotMatch"): f"{ACCEPTED} (403 SignatureDoesNotMatch)",
    (400, "ExpiredToken"): f"{ACCEPTED} (400 ExpiredToken)",
    (404, "NoSuchBucket"): "the bucket does not exist (404 NoSuchBucket)",
    (500, "InternalError"): "it answers with an error (500 InternalError)",
    (500, "a secret"): "it answers with an error (500)",
    (200, "<html>a secret</html>"): TORN,
    (200, "short"): TORN,
    (200, ERROR.format("SlowDown")): "it asks to slow down (SlowDown)",
}
"""Status and name of an error, or a body that is sent as such, and what is told of it."""


class Answering(BaseHTTPRequestHandler):
    """Answers each request in the same way; `short` lacks some of what it announces."""

    answer = (503, "SlowDown")

    def do_GET(self) -> None:
        status, text = self.answer
        body = (text if status == 200 else ERROR.format(text)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + 9 * (text == "short")))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pytest.importorskip("s3fs")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def settings(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setattr(Answering, "answer", (503, "SlowDown"))
    given = {"dashboard.root": "s3://desk/a", "storage.cache": str(tmp_path / "cache")}
    return load(None, given, by_address=True).settings


def told_of(settings: Settings) -> str:
    mirror = Mirror.of(settings)
    assert mirror is not None
    mirror.bring()
    return mirror.told().fault.partition(": ")[2]


@pytest.mark.parametrize(("answer", "told"), ANSWERS.items())
def test_what_a_store_answers_is_told_by_its_kind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str], told: str
) -> None:
    monkeypatch.setattr(Answering, "answer", answer)
    assert told_of(settings) == told


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("http://store.invalid", "its name does not resolve"),
        ("http://127.0.0.1:9", "no connection can be made"),
    ],
)
def test_where_nothing_answers_it_is_told_why(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, place: str, told: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", place)
    assert told_of(settings) == told


def test_commands_say_it(settings: Settings, tmp_path: Path) -> None:
    said = ANSWERS[503, "SlowDown"]
    config = tmp_path / "config.toml"
    config.write_text(
        f'[dashboard]\nroot = "s3://desk/a"\n[storage]\ncache = "{tmp_path / "cache"}"\n'
    )
    options = ["build", "--config", str(config), "--out", str(tmp_path / "fleet")]
    built = CliRunner().invoke(fleet.app, options)
    assert built.exit_code != 0
    assert said in f"{built.output}{built.exception}"
    found = examine(config, {})
    assert "settings" in found
    (told,) = found["directories"]
    assert told.text == f"s3://desk/a: {said}"


async def test_the_console_says_it_and_when_it_is_tried_again(
    settings: Settings, tmp_path: Path
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    runtime = Runtime(settings)
    runtime.store.start()
    site = serve(runtime, assets)
    mirror = runtime.store.local.roots[0].mirror
    assert mirror is not None
    wait_until(lambda: bool(mirror.state.away_since))
    said = f"{ANSWERS[503, 'SlowDown']}; tried again in "
    for path in ("/readyz", "/health/detailed", "/runs"):
        answer = (await site.ask(path)).body
        assert said in str(strict_json(answer))
    await close_site(site)
