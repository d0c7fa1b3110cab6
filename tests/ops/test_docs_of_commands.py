"""The documents name commands, options and addresses that exist; both languages say the same."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from documents import DOCS, codes, read, rows, section
from peak_trade.cli import app
from peak_trade.contract.registry.pages import PAGES
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from serving import REPO

OLD = "webui/FROM_THE_OLD_COMMANDS.md"
GROUPS = {"fleet", "run", "telemetry"}
GERMAN = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.de.md"))
TEXTS = {path.relative_to(REPO).as_posix(): path.read_text() for path in DOCS.rglob("*.md")}
TEXTS["README.md"] = (REPO / "README.md").read_text()

Words = tuple[str, ...]


def named(text: str) -> dict[Words, set[str]]:
    """Return the commands of ours that a text names, with their options."""
    found: defaultdict[Words, set[str]] = defaultdict(set)
    for line in re.findall(r"(?<![\w/-])peak-trade ([^`|;&<>()\n]*)", text):
        words = line.split()
        if words and re.fullmatch("[a-z]+", words[0]):
            size = 2 if words[0] in GROUPS and len(words) > 1 and words[1].islower() else 1
            options = {word for word in words[size:] if re.fullmatch("--[a-z-]+", word)}
            found[tuple(words[:size])] |= options
    return found


@cache
def options_of(command: Words) -> frozenset[str]:
    """Return the options that `--help` lists."""
    asked = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "300"})
    assert asked.exit_code == 0, f"{command}: {asked.output}"
    return frozenset(re.findall(r"--[a-z-]+", asked.output))


def codes_of_commands(text: str) -> str:
    """Return what may be a command: inline code and console blocks, not prose."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*codes(text), *blocks])


@pytest.mark.parametrize("document", TEXTS)
def test_commands_and_options_are_there(document: str) -> None:
    for command, options in named(codes_of_commands(TEXTS[document])).items():
        assert options <= options_of(command), command


def test_commands_are_found_in_the_documents() -> None:
    found = {command for text in TEXTS.values() for command in named(codes_of_commands(text))}
    assert {("serve",), ("run", "shadow"), ("telemetry", "health")} <= found


def test_every_old_command_leads_to_ours() -> None:
    first = rows(read(OLD).split("\n## ")[0])
    assert [codes(row[0])[0].split()[-1].rpartition("/")[2] for row in first] == [
        "src.webui.app:app",
        "run_web_dashboard.py",
        "live_web_server.py",
        "run_shadow_execution.py",
        "run_execution_session.py",
        "exchange_client.py",
    ]
    for row in first[:-1]:
        (command,) = named(row[1])
        assert options_of(command)


def test_the_exchange_client_is_where_the_documents_say() -> None:
    imported = re.search("`(from peak_trade[^`]*)`", section(OLD, "The exchange client"))
    assert imported
    exec(imported[1], {})  # the line of the document itself


def addresses(text: str) -> list[str]:
    """Return the paths of addresses that a text names in code, queries left out."""
    found = [code.partition("?")[0] for code in codes(text) if code.startswith("/")]
    return [path for path in found if re.fullmatch(r"/[\w/{}.-]*", path)]


def test_addresses_are_routes_or_pages() -> None:
    paths = [*(route.path for route in Runtime(Settings()).routes), *(page.path for page in PAGES)]
    known = {re.sub(r"\{\w+\}", "{}", path) for path in paths}
    last = {path[path.rindex("/") :] for path in known}  # as `…/trades`, `/signals`
    others = {"/api/", "/api/...", "/api/v0", "/peak", "/peak/", "/static/{}"}
    lost = [
        (document, path)
        for document, text in TEXTS.items()
        for path in addresses(text)
        if re.sub(r"\{\w+\}", "{}", path) not in known | last | others
    ]
    assert lost == []


def blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)


def levels(text: str) -> list[int]:
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]


def links(text: str) -> list[str]:
    """Return the documents that a text leads to, whatever their language."""
    found = re.findall(r"\]\(([^)#]+\.\w+)", text)
    return sorted(Path(name).name.replace(".de.md", ".md") for name in found)


def test_overview_and_runbook_are_in_german() -> None:
    stems = {Path(name).name.removesuffix(".de.md") for name in GERMAN}
    assert {"DASHBOARD_OVERVIEW", "RUNBOOK_DASHBOARD_WATCH_ONLY_START_TO_FINISH"} <= stems


@pytest.mark.parametrize("german", GERMAN)
def test_both_languages_say_the_same(german: str) -> None:
    english = german.replace(".de.md", ".md")
    here, there = read(german), read(english)
    assert f"[English]({Path(english).name})" in here
    assert f"[Deutsch]({Path(german).name})" in there
    assert blocks(here) == blocks(there)
    assert levels(here) == levels(there)
    assert [len(row) for row in rows(here)] == [len(row) for row in rows(there)]
    assert links(here) == links(there)
    assert set(codes(here)) == set(codes(there))
