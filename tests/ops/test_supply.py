"""What the program runs on: pip takes the lock by its hashes, and the bill of it can be written."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from ops.programs import run
from serving import REPO

pytestmark = [pytest.mark.ops, pytest.mark.long]

LOCK = REPO / "config" / "locked" / "exchange.txt"


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_pip_takes_what_is_locked_by_its_hashes(tmp_path: Path, python: str) -> None:
    """On the newer end, pip evaluates markers of the running Python: so the packages alone."""
    here = python == "{}.{}".format(*sys.version_info)
    lines = LOCK.read_text()
    if not here:
        lines = re.sub(r"(?m)^(\S+) ; python_full_version < '3.12' (\\\n(?:    .*\n)+)", "", lines)
        lines = re.sub(r" ; python_full_version >= '3.12'", "", lines)
    lock = tmp_path / "locked.txt"
    lock.write_text(lines)
    pip = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes")
    options = () if here else ("--python-version", python, "--only-binary", ":all:")
    run(*pip, *options, "-r", lock, "-d", tmp_path / "wheels")
    assert len(list((tmp_path / "wheels").iterdir())) > 50


def test_the_bill_names_every_locked_package(tmp_path: Path) -> None:
    run("sh", REPO / ".ci" / "bill", sys.prefix, tmp_path, cwd=REPO)
    names = set(re.findall(r"^(\S+)==", LOCK.read_text(), re.MULTILINE))
    bill = json.loads((tmp_path / "sbom.cdx.json").read_text())
    assert {component["name"] for component in bill["components"]} == names
    licences = (tmp_path / "licences.md").read_text()
    assert "tornado" in licences
    assert "Apache" in licences


def test_a_soaked_server_stays_as_it_is(free_port: int) -> None:
    command = (sys.executable, REPO / "bench" / "soak.py", "--minutes", "0.5")
    assert "read errors" in run(*command, "--port", str(free_port))
