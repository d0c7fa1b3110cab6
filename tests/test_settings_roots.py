"""Several roots in the settings: `[[roots]]`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peak_trade.errors import SettingsError
from peak_trade.settings import load


def roots_file(tmp_path: Path, *paths: str, more: str = "") -> Path:
    """Write a file with a root for each path, called by it."""
    file = tmp_path / "desk.toml"
    roots = (f'[[roots]]\nname = "{path}"\npath = "{path}"\n' for path in paths)
    file.write_text("".join(roots) + more)
    return file


def test_the_first_of_several_roots_is_the_root(tmp_path: Path) -> None:
    settings = load(roots_file(tmp_path, "live", "paper"), by_address=True).settings
    assert settings.several
    assert settings.runs_path == Path.cwd() / "live" / "live_runs"
    assert settings.by_root["paper"].runs_path == Path.cwd() / "paper" / "live_runs"
    assert [list(one.by_root) for one in settings.by_root.values()] == [["live"], ["paper"]]


def test_a_root_that_is_given_is_the_only_one(tmp_path: Path) -> None:
    settings = load(roots_file(tmp_path, "live", "paper"), {"dashboard.root": "one"}).settings
    assert (settings.several, settings.root_path) == (False, Path.cwd() / "one")
    assert "[[roots]] has no effect: command line gives dashboard.root" in settings.warnings[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[roots]]\nname = "A b"\npath = "x"\n', "root 1, name: "),
        ('[[roots]]\nname = "a"\n', "root 1, path: field required"),
        ('[[roots]]\nname = "a"\npath = "s3://"\n', "root 1, path: "),
        ('[[roots]]\nname = "a"\npath = "x"\n' * 2, "two roots have the name a"),
        ('[[roots]]\nname = "a"\npath = "x"\n[dashboard]\nroot = "x"\n', "exclude each other"),
        ("roots = 3\n", "roots = 3: "),
    ],
)
def test_roots_that_cannot_be_used_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(reason)):
        load(file)


def test_roots_do_not_share_a_directory(tmp_path: Path) -> None:
    more = '[shadow_paper_logging]\nbase_dir = "/runs"\n'
    with pytest.raises(SettingsError, match=r"base_dir = /runs: .* it lies below each"):
        load(roots_file(tmp_path, "live", "paper", more=more))


def test_a_key_that_no_root_has_is_a_warning_and_a_zone_that_is_none_is_refused(
    tmp_path: Path,
) -> None:
    settings = load(roots_file(tmp_path, "live", "paper", more='colour = "y"\n')).settings
    assert settings.several
    assert settings.warnings == [
        f"{tmp_path / 'desk.toml'}: [[roots]] 2: 'colour' is not known and has no effect"
    ]
    with pytest.raises(SettingsError, match=r"root 2, time_zone: .* no time zone such as"):
        load(roots_file(tmp_path, "live", "paper", more='time_zone = "Mars/Olympus"\n'))
