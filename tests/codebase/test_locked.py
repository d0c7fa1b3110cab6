"""The lock holds what the program runs on, as it is pinned, and each package with its hashes."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from serving import REPO

PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
PACKAGE = re.compile(
    r"^(\S+)==(\S+?)(?: ; (.+?))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
EXTRAS = {"demo": [], "exchange": PROJECT["optional-dependencies"]["exchange"]}
ENDS = ("3.11", "3.13")


def locked(name: str, python: str) -> dict[NormalizedName, str]:
    """Return the versions of a lock on Linux with this Python."""
    text = (REPO / "config" / "locked" / f"{name}.txt").read_text()
    packages = PACKAGE.findall(text)
    assert len(packages) == len(re.findall(r"^[^\s#]", text, re.MULTILINE)), "one has no hash"
    here = {"python_full_version": f"{python}.0", "python_version": python, "sys_platform": "linux"}
    return {
        canonicalize_name(package): version
        for package, version, marker, _ in packages
        if not marker or Marker(marker).evaluate(here)
    }


@pytest.mark.parametrize("python", ENDS)
@pytest.mark.parametrize("name", EXTRAS)
def test_a_lock_holds_what_is_asked_for_as_it_is_pinned(name: str, python: str) -> None:
    versions = locked(name, python)
    wanted = {Requirement(item).name for item in (*PROJECT["dependencies"], *EXTRAS[name])}
    assert {canonicalize_name(package) for package in wanted} <= versions.keys()
    pins = [
        Requirement(line)
        for line in (REPO / "config" / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    pinned = {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if not pin.marker or pin.marker.evaluate({"python_version": python})
    }
    assert {package: pinned.get(package) for package in versions} == versions
