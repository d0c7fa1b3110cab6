"""The systemd unit and the container file: what they promise, as far as tools can tell."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ops.programs import find, run
from serving import REPO

UNIT = REPO / "config" / "systemd" / "peak-trade.service"
CONTAINER = REPO / "config" / "container" / "Containerfile"
BINARY = "/opt/peak_trade/bin/peak-trade"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the command of this environment, which systemd wants to find."""
    text = UNIT.read_text()
    assert BINARY in text
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace(BINARY, str(Path(sys.executable).with_name("peak-trade"))))
    return copy


@pytest.mark.ops
def test_systemd_accepts_the_unit(unit: Path) -> None:
    assert run(find("systemd-analyze"), "verify", unit) == ""


@pytest.mark.ops
def test_the_unit_can_do_little(unit: Path) -> None:
    told = run(find("systemd-analyze"), "security", "--offline=true", "--no-pager", unit)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert level
    assert float(level[1]) < 1.5


def test_the_unit_writes_nothing() -> None:
    lines = UNIT.read_text().splitlines()
    wanted = {"ProtectSystem=strict", "NoNewPrivileges=yes", "DynamicUser=yes", "ReadOnlyPaths=/"}
    assert wanted <= set(lines)
    assert not [line for line in lines if line.startswith(("ReadWritePaths", "StateDirectory"))]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the container file with their arguments, lines joined."""
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text(), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_container_runs_as_nobody_and_is_asked_how_it_is() -> None:
    found = instructions()
    last = found[max(i for i, (name, _) in enumerate(found) if name == "FROM") :]
    values = dict(last)
    user, _, group = values["USER"].partition(":")
    assert int(user) > 0 < int(group)
    assert "/livez" in values["HEALTHCHECK"]
    assert values["CMD"] == '["peak-trade", "serve"]'
    assert "RUN" not in values
    assert "ADD" not in dict(found)


def test_the_container_is_made_of_what_is_there() -> None:
    sources = [
        word
        for name, text in instructions()
        if name == "COPY" and not text.startswith("--from")
        for word in text.split()[:-1]
    ]
    assert len(sources) > 4
    assert [name for name in sources if not (REPO / name).exists()] == []


@pytest.mark.ops
def test_the_linter_finds_nothing() -> None:
    assert run(find("hadolint"), CONTAINER) == ""


def test_base_images_have_a_version() -> None:
    images = [text.split()[0] for name, text in instructions() if name == "FROM"]
    assert images
    assert all(re.fullmatch(r"python:3\.\d+-slim", image) for image in images)
