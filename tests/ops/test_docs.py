"""The documentation: the site is whole, loads nothing from elsewhere, and its examples are true."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from documents import DOCS, read
from ops.programs import run
from peak_trade.contract.registry.page_routes import PATH
from peak_trade.contract.registry.pages import NAMED, PAGES
from serving import REPO

OF_THE_TRADING_SYSTEM = {"src/data/exchange_client.py"}
"""Files that documents name although they are not ours."""


class Found(HTMLParser):
    """What a page loads, where it leads, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.places |= {values["id"]} if "id" in values else set()
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif "src" in values or (tag == "link" and values.get("rel") != "canonical"):
            self.loaded.append(values.get("src") or values.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Found]:
    """The pages of the site, as `make docs` builds them, by their files."""
    into = tmp_path_factory.mktemp("site")
    config = REPO / "config" / "mkdocs.yml"
    run(sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f", config, "-d", into)
    return {path: Found(path.read_text()) for path in sorted(into.rglob("*.html"))}


@pytest.mark.ops
def test_every_document_is_a_page(site: dict[Path, Found]) -> None:
    names = {path.stem for path in site}
    sources = {path.stem for path in DOCS.rglob("*.md")} - {"README"}
    assert len(sources) > 15
    assert sources <= names


@pytest.mark.ops
def test_nothing_is_loaded_from_elsewhere(site: dict[Path, Found]) -> None:
    loaded = {name for page in site.values() for name in page.loaded}
    assert loaded
    assert [name for name in loaded if urlsplit(name).netloc] == []


def targets(site: dict[Path, Found]) -> Iterator[tuple[Path, str, Path, str]]:
    for path, page in site.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            yield path, link, target, unquote(parts.fragment)


@pytest.mark.ops
def test_links_lead_somewhere(site: dict[Path, Found]) -> None:
    followed = [item for item in targets(site) if item[0].name != "404.html"]
    assert len(followed) > 100
    lost = [(path.name, link) for path, link, target, _ in followed if not target.exists()]
    assert lost == []
    lost = [
        (path.name, link)
        for path, link, target, place in followed
        if place and target in site and place not in site[target].places
    ]
    assert lost == []


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (REPO / "README.md").read_text()
    links = re.findall(r"\]\(([^)#]+)", text)
    local = [link for link in links if not urlsplit(link).scheme]
    assert len(local) > 2
    assert [link for link in local if not (REPO / link).exists()] == []


def test_files_that_the_documents_name_are_there() -> None:
    for path in DOCS.rglob("*.md"):
        named = re.findall(r"`((?:config|docs|src|tests)/[\w./-]+)`", path.read_text())
        lost = {name for name in named if not (REPO / name).exists()}
        assert lost <= OF_THE_TRADING_SYSTEM, path.name


def test_every_page_has_its_pictures() -> None:
    text = (DOCS / "webui" / "PAGES.md").read_text()
    shown = re.findall(r"\(\.\./images/(\w+_(?:dark|light)\.png)\)", text)
    assert sorted(shown) == sorted(path.name for path in (DOCS / "images").glob("*.png"))
    assert set(shown) == {f"{name}_{theme}.png" for name in NAMED for theme in ("dark", "light")}


def test_pages_are_listed_as_in_their_table() -> None:
    text = (DOCS / "webui" / "PAGES.md").read_text()
    listed = [line for line in text.splitlines() if re.match(r"\| \w+ \| `/", line)]
    keys = {page.name: f"`{page.key}`" if page.key else "" for page in PAGES}
    assert listed == [
        f"| {page.title} | `{page.path}` | {keys[page.name]} | "
        f"`{PATH.format(name=page.name)}` | {page.summary} |"
        for page in PAGES
    ]
    described = re.findall(r"`(/[^`?]*)", text.partition("\n## ")[2])
    assert {page.path for page in PAGES} <= set(described)


def test_the_index_leads_to_every_document() -> None:
    linked = re.findall(r"\]\(([\w./-]+\.md)\)", read("index.md"))
    documents = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert set(linked) == documents - {"index.md"}


def test_pre_commit_runs_what_the_checks_run() -> None:
    config = yaml.safe_load((REPO / ".pre-commit-config.yaml").read_text())
    (repo,) = config["repos"]
    assert repo["repo"] == "local"
    tools = {re.sub(r"^\.venv/bin/(\S+).*", r"\1", hook["entry"]) for hook in repo["hooks"]}
    checks = re.findall(r"\$\(BIN\)/(ruff|mypy)", (REPO / "Makefile").read_text())
    assert tools == set(checks)
