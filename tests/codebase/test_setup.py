"""The set-up: pinned versions for both version sets, and clear words where it cannot work."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from serving import REPO

CONSTRAINTS = REPO / "config" / "constraints.txt"
VERSIONS = ("3.11", "3.12", "3.13")

OLD_PYTHON = """#!/bin/sh
case "$*" in
    "-c ") exit 0 ;;
    "-V") echo "Python 3.10.1" ;;
    *) exit 1 ;;
esac
"""


def pins() -> list[Requirement]:
    lines = CONSTRAINTS.read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_every_dependency_is_pinned_for_every_version() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert len(wanted) > 20
    for version in VERSIONS:
        usable = [
            pin
            for pin in pins()
            if pin.marker is None or pin.marker.evaluate({"python_version": version})
        ]
        names = [canonicalize_name(pin.name) for pin in usable]
        assert len(names) == len(set(names))
        for requirement in map(Requirement, wanted):
            (pin,) = [p for p in usable if canonicalize_name(p.name) == requirement.name.lower()]
            (exact,) = pin.specifier
            assert exact.operator == "=="
            assert requirement.specifier.contains(exact.version)


def test_constraints_are_names_and_versions_alone() -> None:
    line = re.compile(r'[A-Za-z0-9_.-]+==[\w.]+( ; python_version (<|>=) "3\.12")?|# .*')
    lines = CONSTRAINTS.read_text().splitlines()
    assert [text for text in lines if not line.fullmatch(text)] == []


def setup(tmp_path: Path, python: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(REPO / ".ci" / "setup"), str(tmp_path / "venv"), python]
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
