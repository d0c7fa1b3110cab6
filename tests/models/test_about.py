"""The about page: its proofs exist, its settings are those in force, its secrets are hidden."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from peak_trade.contract.pages.about import PROOFS, setting, versions
from peak_trade.models.about import AboutModel
from peak_trade.settings import Settings, load, table
from peak_trade.store.live import LiveStore
from serving import REPO


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof["claim"])
def test_each_proof_is_a_test_that_exists(proof: dict[str, str]) -> None:
    file, _, name = proof["test"].partition("::")
    tree = ast.parse((REPO / file).read_text())
    found = [node for node in ast.walk(tree) if getattr(node, "name", "") == name]
    assert len(found) == 1
    assert name.startswith("test_")


async def test_settings_come_with_their_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "some.toml"
    file.write_text("[store]\nread_threads = 3\n")
    monkeypatch.setenv("PEAK_TRADE_STORE__MAX_WAITING", "9")
    settings = load(file, {"dashboard.root": str(tmp_path), "web_ui.port": 1}).settings
    store = LiveStore(settings)
    model = AboutModel(store, settings)
    await model.refresh()
    await store.stop()
    assert model.payload is not None
    shown = {item["name"]: (item["value"], item["origin"]) for item in model.payload["settings"]}
    assert list(shown) == list(table())
    assert shown["store.read_threads"] == ("3", "some.toml")
    assert shown["store.max_waiting"] == ("9", "environment")
    assert shown["web_ui.port"] == ("1", "command line")
    assert shown["web_ui.host"] == ('"127.0.0.1"', "default")


def test_names_in_addresses_are_hidden() -> None:
    address = "https://user:xyzzy@example.org"
    settings = Settings.model_validate({"exchange": {"base_url": address}})
    assert setting(settings, "exchange.base_url")["value"] == '"https://***@example.org"'


def test_versions_name_what_runs() -> None:
    names = ["peak-trade", "python", "panel", "bokeh", "tornado", "pandas", "pyarrow"]
    assert list(versions()) == names
