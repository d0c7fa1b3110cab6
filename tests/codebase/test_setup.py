"""The set-up: pinned versions for both version sets, and clear words where it cannot work."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from serving import REPO

CONSTRAINTS = REPO / "config" / "constraints.txt"
SETUP = REPO / ".ci" / "setup"
BROWSER = REPO / ".ci" / "browser"
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())
SETS = ("demo", "test", "check", "docs", "ops")

OLD_PYTHON = """#!/bin/sh
case "$*" in
    "-c ") exit 0 ;;
    "-V") echo "Python 3.10.1" ;;
    *) exit 1 ;;
esac
"""


def versions() -> list[str]:
    """Return the supported versions of Python, as the package names them."""
    found = [re.fullmatch(r".*:: (\d\.\d+)", line) for line in PROJECT["project"]["classifiers"]]
    return [match[1] for match in found if match]


def pins(version: str) -> list[Requirement]:
    """Return the pins that hold for a version of Python."""
    lines = CONSTRAINTS.read_text().splitlines()
    every = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return [
        pin
        for pin in every
        if pin.marker is None or pin.marker.evaluate({"python_version": version})
    ]


def wanted() -> list[Requirement]:
    """Return what the project asks for, in all sets."""
    project = PROJECT["project"]
    lists = [
        PROJECT["build-system"]["requires"],
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    return [Requirement(item) for items in lists for item in items if isinstance(item, str)]


def test_every_dependency_is_pinned_for_every_version() -> None:
    assert len(wanted()) > 40
    for version in versions():
        usable = pins(version)
        names = [canonicalize_name(pin.name) for pin in usable]
        assert len(names) == len(set(names))
        for requirement in wanted():
            (pin,) = [p for p in usable if canonicalize_name(p.name) == requirement.name.lower()]
            (exact,) = pin.specifier
            assert exact.operator == "=="
            assert requirement.specifier.contains(exact.version)


@pytest.mark.ops
@pytest.mark.long
@pytest.mark.parametrize("version", versions())
def test_every_pin_can_be_installed_on_the_first_patch_of_every_version(
    version: str, tmp_path: Path
) -> None:
    """pip itself resolves all pins for that Python, from wheels alone: nothing is built."""
    exact = tmp_path / "pins.txt"
    exact.write_text("".join(f"{pin.name}{pin.specifier}\n" for pin in pins(version)))
    options = "--dry-run --no-deps --ignore-installed --only-binary :all:"
    pip = [sys.executable, "-m", "pip", "install", "-q", *options.split()]
    target = ["--python-version", f"{version}.0", "--target", str(tmp_path / "nowhere")]
    command = [*pip, *target, "-r", str(exact)]
    done = subprocess.run(command, capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
    assert (done.returncode, errors) == (0, []), done.stderr[-2000:]


def test_the_demo_installs_what_it_runs_on_alone() -> None:
    """Tools of development stay out of the package that is installed and of its extras."""
    tools = {
        requirement.name
        for group in PROJECT["dependency-groups"].values()
        for requirement in map(Requirement, (item for item in group if isinstance(item, str)))
    }
    project = PROJECT["project"]
    shipped = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    assert tools
    assert tools.isdisjoint(Requirement(item).name for item in shipped)
    stores = {"azure", "gcs", "s3"}
    assert set(project["optional-dependencies"]) == stores | {
        "exchange",
        "fleet",
        "jupyter",
        "report",
    }


def test_every_target_of_make_knows_its_set() -> None:
    made = set(re.findall(r"\$\(READY\)(\w+)", (REPO / "Makefile").read_text()))
    known = set(re.findall(r"^    ([a-z |]+)\) wanted=", SETUP.read_text(), re.MULTILINE))
    assert made == set(SETS)
    assert {name for names in known for name in names.split(" | ")} == made


def test_constraints_are_names_and_versions_alone() -> None:
    line = re.compile(r'[A-Za-z0-9_.-]+==[\w.]+( ; python_version (<|>=) "3\.12")?|# .*')
    lines = CONSTRAINTS.read_text().splitlines()
    assert [text for text in lines if not line.fullmatch(text)] == []


def setup(tmp_path: Path, python: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(SETUP), str(tmp_path / "venv"), python, "demo"]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True)


def test_an_old_python_is_told(tmp_path: Path) -> None:
    stub = tmp_path / "python3"
    stub.write_text(OLD_PYTHON)
    stub.chmod(0o755)
    done = setup(tmp_path, str(stub))
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "is Python 3.10.1" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = setup(tmp_path, "no-such-python")
    assert done.returncode == 1
    assert done.stderr == "setup: no-such-python does not run; Python 3.11 or newer is needed\n"


def test_no_text_installs_this_program_from_an_index() -> None:
    """It is in none: what has its name there would be somebody else's."""
    listed = ["git", "ls-files", "-z", "README.md", "docs", "src", "apps", "config", "notebooks"]
    files = subprocess.run(listed, cwd=REPO, capture_output=True, text=True, check=True).stdout
    commands = [
        (name, command)
        for name in files.rstrip("\0").split("\0")
        for command in re.findall(
            r"pip3? install ([^\n`]+)", (REPO / name).read_text(errors="replace")
        )
    ]
    assert len(commands) > 5
    by_name = re.compile(r"""(?:^|[ "'])peak[-_]trade(?![^ "']*\.whl)""")
    assert [found for found in commands if by_name.search(found[1])] == []


def programs(folder: Path, **texts: str) -> Path:
    """Make a folder of programs: each a script of the shell."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


NO_NODE = "echo 'node: error while loading shared libraries: libatomic.so.1' >&2; exit 127"


@pytest.mark.parametrize(
    ("python", "path", "needed"),
    [
        (NO_NODE, {"chromium": "exit 0"}, "libatomic1"),
        (NO_NODE, {}, "chromium libatomic1"),
        ('[ "$3" = --version ]', {}, "chromium"),
    ],
)
def test_what_the_browser_tests_need_is_told(
    tmp_path: Path, python: str, path: dict[str, str], needed: str
) -> None:
    programs(tmp_path / "venv" / "bin", python=python)
    folder = programs(tmp_path / "path", id="echo 1000", **path)
    done = subprocess.run(
        ["/bin/sh", str(BROWSER), str(tmp_path / "venv")],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    quickest = needed.replace("chromium", "chromium-headless-shell")
    assert done.stderr.splitlines()[-1] == (
        f"browser: the tests need {needed}; install it first "
        f"(Debian, as root: apt-get install {quickest})"
    )


@pytest.mark.parametrize("name", ["chromium", "chromium-headless-shell"])
def test_a_browser_that_is_there_is_taken(tmp_path: Path, name: str) -> None:
    programs(tmp_path / "venv" / "bin", python="exit 0")
    folder = programs(tmp_path / "path", **{name: "exit 0"})
    command = ["/bin/sh", str(BROWSER), str(tmp_path / "venv")]
    done = subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_as_root_the_browser_without_windows_is_installed_if_it_can_be_had(tmp_path: Path) -> None:
    programs(tmp_path / "venv" / "bin", python="exit 0")
    asked = tmp_path / "asked"
    for answer in (0, 100):
        apt = f'echo "$*" >> {asked}; exit {answer}'
        folder = programs(tmp_path / "path", chromium="exit 0", id="echo 0", **{"apt-get": apt})
        command = ["/bin/sh", str(BROWSER), str(tmp_path / "venv")]
        done = subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    update, install = "update -qq", "install -y -qq chromium-headless-shell"
    assert asked.read_text().splitlines() == [update, install, update]


PIP = """
import sys
print("Looking in indexes: https://index.example/simple")
print("Collecting pandas>=3.0 (from peak-trade-dashboard==0.1.0)")
print("  Downloading pandas-3.1.1-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (19 kB)")
print("  Downloading pandas-3.1.1-cp311-cp311-manylinux_2_28_x86_64.whl (12.4 MB)")
print("Progress 0 of 200")
print("Progress 50 of 200")
print("  Using cached jinja2-3.1.6-py3-none-any.whl (134 kB)")
print("WARNING: Location '/a' is ignored", file=sys.stderr)
print("WARNING: Retrying (Retry(total=4)) after connection broken by 'x': /simple", file=sys.stderr)
print("Processing /wheels/six-1.17.0-py2.py3-none-any.whl")
print("Installing collected packages: six, jinja2, pandas")
"""
CONFLICT = "print('The conflict is caused by:'); sys.exit('ERROR: ResolutionImpossible')"


def progress(script: str) -> list[str]:
    command = [str(REPO / ".ci" / "progress.py"), "packages", sys.executable, "-u", "-c", script]
    return [sys.executable, *command]


def test_progress_is_a_line_for_a_package() -> None:
    done = subprocess.run(progress(PIP), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "packages ...",
        "  1: pandas 3.1.1, 12.4 MB",
        "  2: jinja2 3.1.6, 134 kB",
        "  the package index does not answer; trying again",
        "  3: six 1.17.0",
        "  unpacking: 3",
    ]


def test_progress_on_a_terminal_is_one_line() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(progress(PIP), stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # how a terminal says on Linux that its other end is closed
            while part := os.read(ours, 4096):
                shown += part
    os.close(ours)
    assert process.returncode == 0
    first, rest = shown.decode().split("\r\n", 1)
    assert first == "packages ..."
    assert "\n" not in rest
    assert "1: pandas 3.1.1, 12.4 MB, 25 %" in rest
    assert rest.endswith("\r\x1b[K")


def test_a_failure_is_told_with_all_that_pip_said() -> None:
    done = subprocess.run(progress(PIP + CONFLICT), capture_output=True, text=True)
    assert done.returncode == 1
    assert "The conflict is caused by:" in done.stderr
    assert "ERROR: ResolutionImpossible" in done.stderr
    assert "Progress" not in done.stderr
    assert done.stderr.endswith("setup: packages failed; the reason is above\n")
