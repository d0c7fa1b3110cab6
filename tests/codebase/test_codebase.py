"""Rules that the code keeps: who imports whom, who asks for the time, how long things are."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from peak_trade.contract.registry.pages import PAGES
from serving import PANEL, REPO, start

PACKAGE = REPO / "src" / "peak_trade"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((REPO / "tests").rglob("*.py"))
APPS = sorted((REPO / "apps").glob("*.py"))

COMMON = {
    "addresses",
    "errors",
    "clock",
    "i18n",
    "progress",
    "marked",
    "frozen",
    "jsonio",
    "settings",
    "settings_text",
    "settings_sources",
    "settings_roots",
    "settings_sections",
    "schemas",
    "seldom",
    "search_path",
    "guarded",
    "plain",
    "output",
    "cli_options",
}
"""Modules that every room may use; they use each other alone."""

READERS = {"artifacts", "derive", "store", "contract"}
MAY_IMPORT = {
    "derive": set(),
    "artifacts": {"derive"},  # facts come in the shape that their check wants
    "storage": {"artifacts"},
    "store": {"artifacts", "derive", "storage"},
    "library": READERS | {"models", "views", "reports"},
    "contract": {"artifacts", "derive", "store"},
    "web": READERS | {"storage"},
    "models": READERS,
    "views": READERS | {"models"},
    "reports": READERS | {"views"},  # of the views, how numbers are written
    "terminal": READERS | {"reports", "views"},
    "serve": READERS | {"models", "views", "web", "reports"},
    "writing": {"derive"},
    "exchange": set(),
    "runners": {"derive", "exchange", "writing"},
    "importing": {"derive", "writing"},
    "checking": {"artifacts"},
    "fleets": READERS | {"storage", "terminal", "views"},  # of the views, how numbers are written
    "cli": {"fleets", "serve", "runners", "importing", "checking", "web", "terminal"},
    "__main__": {"cli"},
    "__init__": {"library"},
    "apps": READERS | {"models", "views", "serve"},
}
"""Room to the rooms it may use, besides itself and the common modules."""

ALSO = {"runners/telemetry_cli.py": {"artifacts"}}
"""The health command measures the logs with the function that the console uses."""

SUBJECTS = {
    "runs": set(),
    "sessions": set(),
    "alerts": set(),
    "execution": set(),
    "telemetry": {"execution"},  # an event is described in one way
    "service": {"sessions", "alerts", "telemetry"},  # the status panels sum them up
    "streams": {"runs"},
    "fleet": set(),
}
"""Subject of the contract to the subjects it may use."""

VIEWED = {page.view.split(".")[2] for page in PAGES}
"""Folders of `views` that hold a page each."""

FOLDERS = {
    "contract": {
        "base": set(),
        **{subject: {"base", *others} for subject, others in SUBJECTS.items()},
        "pages": {"base", *SUBJECTS},
        "registry": {"base", *SUBJECTS, "pages"},
    },
    "views": {
        "kit": set(),
        "charts": {"kit"},
        "judged": {"kit"},
        **{page: {"kit", "charts", "judged"} for page in VIEWED},
        "notebook": {"kit", *VIEWED},
    },
}
"""Folder of a room to the folders of that room that it may use, besides itself."""

LAZY_ONLY = {"cli": {"runners", "importing", "serve.server", "serve.demo"}, "__init__": {"library"}}
"""What these import inside of functions alone."""

MAX_FUNCTION, MAX_FILE = 60, 400
TOP_LEVEL = {
    *("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "src", "apps", "notebooks"),
    *("config", "tests", "docs", "bench", ".ci", ".gitignore", ".gitattributes", "LICENSE"),
    ".pre-commit-config.yaml",
}


def room(path: Path) -> str:
    """Return the room of a file: the directory or module below the package, or apps."""
    if path.is_relative_to(PACKAGE):
        return path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "apps"


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of each module of ours that is imported anywhere in `tree`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def rooms_used(tree: ast.AST) -> set[str]:
    names = [name.split(".") for name in imported(tree)]
    return {parts[1] for parts in names if parts[0] == "peak_trade" and len(parts) > 1}


def forbidden(path: Path, text: str) -> set[str]:
    """Return the rooms that `path` must not import, but does."""
    here = room(path)
    if here in COMMON:
        return rooms_used(ast.parse(text)) - COMMON
    also = next((rooms for name, rooms in ALSO.items() if path == PACKAGE / name), set())
    return rooms_used(ast.parse(text)) - MAY_IMPORT[here] - COMMON - {here} - also


def test_import_direction() -> None:
    files = [*SOURCES, *APPS]
    assert len(files) > 20
    found = {str(path): forbidden(path, path.read_text()) for path in files}
    assert {path: rooms for path, rooms in found.items() if rooms} == {}


@pytest.mark.parametrize(
    ("file", "text", "rooms"),
    [
        ("web/x.py", "from peak_trade.views import frame", {"views"}),
        ("artifacts/x.py", "def f():\n    import peak_trade.store.live", {"store"}),
        ("views/x.py", "from peak_trade import web", {"web"}),
        ("serve/x.py", "from peak_trade.runners.cli import app", {"runners"}),
        ("derive/x.py", "from peak_trade.artifacts.events import read", {"artifacts"}),
        ("runners/x.py", "from peak_trade.schemas import KINDS", set()),
        ("runners/x.py", "from peak_trade.artifacts import files", {"artifacts"}),
        ("schemas.py", "import peak_trade.artifacts.files", {"artifacts"}),
        ("clock.py", "from peak_trade.settings import load\nimport peak_trade.store", {"store"}),
    ],
)
def test_import_direction_is_seen(file: str, text: str, rooms: set[str]) -> None:
    assert forbidden(PACKAGE / file, text) == rooms


def folders_forbidden(path: Path, text: str) -> set[str]:
    """Return the folders of its own room that `path` must not import, but does."""
    here, folder = path.relative_to(PACKAGE).parts[:2]
    names = [name.split(".") for name in imported(ast.parse(text))]
    used = {parts[2] for parts in names if parts[:2] == ["peak_trade", here] and len(parts) > 2}
    return used - FOLDERS[here][folder] - {folder}


@pytest.mark.parametrize("name", FOLDERS)
def test_import_direction_inside_a_room(name: str) -> None:
    files = [
        path for path in (PACKAGE / name).rglob("*.py") if path != PACKAGE / name / "__init__.py"
    ]
    assert {path.relative_to(PACKAGE / name).parts[0] for path in files} == set(FOLDERS[name])
    found = {str(path): folders_forbidden(path, path.read_text()) for path in files}
    assert {path: folders for path, folders in found.items() if folders} == {}


@pytest.mark.parametrize(
    ("file", "text", "folders"),
    [
        ("contract/base/x.py", "from peak_trade.contract.runs import schema", {"runs"}),
        ("contract/runs/x.py", "from peak_trade.contract.pages.run import RunPayload", {"pages"}),
        ("contract/runs/x.py", "from peak_trade.contract.alerts import items", {"alerts"}),
        ("contract/service/x.py", "from peak_trade.contract.alerts import items", set()),
        ("contract/pages/x.py", "from peak_trade.contract import registry", {"registry"}),
        ("contract/registry/x.py", "import peak_trade.contract.pages.run", set()),
        ("views/kit/x.py", "def f():\n    import peak_trade.views.charts.price", {"charts"}),
        ("views/charts/x.py", "from peak_trade.views.run.page import RunPage", {"run"}),
        ("views/run/x.py", "from peak_trade.views.session import facts", {"session"}),
        ("views/run/x.py", "from peak_trade.views.charts import price", set()),
    ],
)
def test_import_direction_inside_a_room_is_seen(file: str, text: str, folders: set[str]) -> None:
    assert folders_forbidden(PACKAGE / file, text) == folders


def test_web_and_views_do_not_know_each_other() -> None:
    assert "views" not in MAY_IMPORT["web"]
    assert "web" not in MAY_IMPORT["views"]


def test_heavy_imports_are_lazy() -> None:
    for here, modules in LAZY_ONLY.items():
        tree = ast.parse((PACKAGE / f"{here}.py").read_text())
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = list(chain.from_iterable(imported(node) for node in top))
        for module in modules:
            assert not [name for name in names if name.startswith(f"peak_trade.{module}")]


def test_only_the_clock_asks_for_the_time() -> None:
    asks = re.compile(
        r"\btime\.(time|monotonic|perf_counter)\w*\(|\b(datetime|date)\.(now|utcnow|today)\("
        r"|Timestamp\.(now|utcnow|today)\(|from time import|\bloop\.time\("
    )
    found = {path.name for path in SOURCES if asks.search(path.read_text())}
    assert found == {"clock.py"}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_sizes() -> None:
    files = [*SOURCES, *TESTS, *APPS]
    lengths = list(chain.from_iterable(map(functions, files)))
    assert [(name, n) for name, n in lengths if n > MAX_FUNCTION] == []
    ordered = sorted(chain.from_iterable((n for _, n in functions(path)) for path in SOURCES))
    assert ordered[int(len(ordered) * 0.9)] <= 30
    assert [str(p) for p in files if len(p.read_text().splitlines()) > MAX_FILE] == []
    assert [str(p) for p in APPS if len(p.read_text().splitlines()) > 20] == []


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=REPO, check=True, capture_output=True, text=True
    )
    return listing.stdout.splitlines()


def test_top_level() -> None:
    names = {name.partition("/")[0] for name in tracked()}
    assert len(names) > 5
    assert names <= TOP_LEVEL


def test_no_addresses_of_hosts_and_registries() -> None:
    words = ("pypi." + "org", "index" + "-url", "/root" + "/", "file:" + "//", "/ho" + "me/")
    ours = [name for name in tracked() if "/swagger/" not in name and (REPO / name).is_file()]
    texts = {name: (REPO / name).read_bytes() for name in ours}
    assert len(texts) > 50
    found = [(n, w) for n, text in texts.items() for w in words if w.encode() in text]
    assert found == []


def test_the_web_process_imports_no_write_side(tmp_path: Path) -> None:
    command = [*PANEL, "serve", str(REPO / "apps"), "--port", "{port}"]
    profile = {"PYTHONPROFILEIMPORTTIME": "1"}  # each import is a line of the log
    served = start(command, tmp_path, tmp_path / "log", env=profile)
    for path in ("/", "/dashboard", "/runs", "/health"):
        assert served.ask(path).status == 200
    served.stop()
    modules = set(re.findall(r"\|\s+([\w.]+)$", served.log.read_text(), re.MULTILINE))
    assert "peak_trade.store.live" in modules
    unwanted = ("ccxt", "dask", "distributed", "peak_trade.runners", "peak_trade.exchange")
    assert [name for name in modules if name.startswith(unwanted)] == []


def test_the_picture_of_the_house_is_current() -> None:
    house = runpy.run_path(str(REPO / "docs" / "house.py"))
    picture = house["picture"]()
    assert (
        house["BEGIN"] + picture + house["END"] in (REPO / "docs" / "architecture.md").read_text()
    )
    drawn = [line for line in picture.splitlines() if not line.startswith(" ")]
    assert set(drawn) == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
