"""Catalogues of texts: complete, current, and with the placeholders of the English text."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from peak_trade.i18n import DEFAULT, LANGUAGES
from serving import REPO

LOCALE = REPO / "src" / "peak_trade" / "locale"
MARKERS = frozenset({"_", "gettext", "ngettext", "mark", "plural", "table", "Column"})
OTHERS = sorted(set(LANGUAGES) - {DEFAULT})


def catalogue(file: Path, language: str | None = None) -> Catalog:
    with file.open("rb") as lines:
        return read_po(lines, locale=language)


def ids(texts: Catalog) -> set[object]:
    return {message.id for message in texts if message.id}


def is_translated(message: Message) -> bool:
    texts = message.string
    return all(texts) if isinstance(texts, tuple | list) else bool(texts)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The texts of the sources, as `make texts` finds them."""
    file = tmp_path_factory.mktemp("texts") / "messages.pot"
    recipe = subprocess.run(
        ["make", "-s", "-n", "texts"], cwd=REPO, capture_output=True, text=True, check=True
    )
    words = next(
        line for line in recipe.stdout.replace("\\\n", " ").splitlines() if " extract " in line
    ).split()[1:]
    words[words.index("-o") + 1] = str(file)
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *words], cwd=REPO, check=True)
    return catalogue(file)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_none_is_left_over(found: Catalog, language: str) -> None:
    texts = catalogue(LOCALE / language / "LC_MESSAGES" / "peak_trade.po", language)
    assert ids(texts) == ids(found)
    assert [message.id for message in texts if message.id and not is_translated(message)] == []
    assert [m.id for m in texts if m.fuzzy and m.id] == []


def marked(within: ast.AST, names: frozenset[str] = MARKERS) -> Iterator[ast.Call]:
    """Yield the calls that name a text."""
    calls = (node for node in ast.walk(within) if isinstance(node, ast.Call))
    yield from (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in names)


def words(parts: Iterable[ast.AST]) -> bool:
    """Whether text stands somewhere in the parts."""
    return any(
        isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
        for part in parts
        for leaf in ast.walk(part)
    )


def misread(tree: ast.AST) -> Iterator[int]:
    """Yield the lines where Babel sees other texts than we.

    In an f-string it sees none with Python 3.11, and a key (`_(row["name"])`) is a text to it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from (call.lineno for call in marked(node) if words(call.args))
    for call in marked(tree, frozenset({"_", "gettext", "mark"})):
        if words(part.slice for part in ast.walk(call) if isinstance(part, ast.Subscript)):
            yield call.lineno


def test_every_version_of_python_extracts_the_same_texts() -> None:
    assert [
        f"{path.relative_to(REPO)}:{line}"
        for path in sorted((REPO / "src").rglob("*.py"))
        for line in misread(ast.parse(path.read_text()))
    ] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_placeholders_of_their_texts(language: str) -> None:
    texts = catalogue(LOCALE / language / "LC_MESSAGES" / "peak_trade.po", language)
    faults = [(message.id, str(error)) for message, errors in texts.check() for error in errors]
    assert faults == []


def test_no_text_is_marked_where_it_is_not_found(found: Catalog) -> None:
    """Before Python 3.12 what stands inside of an f-string is one token."""
    marked = {
        call.args[0].value
        for file in (REPO / "src").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_", "mark"}
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(marked) > 100
    assert marked <= ids(found)


def test_the_sources_have_texts(found: Catalog) -> None:
    assert {"Console", "Follow live", ("%s run", "%s runs")} <= ids(found)
