"""Which strategy a run uses: from the table or a file, with settings that are checked first."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from peak_trade.errors import SettingsError
from peak_trade.runners.choosing import find_strategy, make_strategy
from peak_trade.runners.cli import app
from peak_trade.runners.strategies import MaCrossover

from .support import Tree

MINE = """
from dataclasses import dataclass, field
from typing import ClassVar
from peak_trade.runners.strategies import Strategy

@dataclass(slots=True)
class Up(Strategy):
    key: ClassVar[str] = "up"
    summary: ClassVar[str] = "long after a bar that rose"
    indicator_names: ClassVar[tuple[str, ...]] = ("rise",)
    least: float = 1.0
    inverted: bool = False
    last: float = field(default=1.0, init=False)

    def on_bar(self, bar):
        self.last = bar.close / bar.open
        return int((bar.close > bar.open * self.least) != self.inverted)

    def indicators(self):
        return (self.last,)

other = 1
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def test_settings_are_typed_and_kept_and_shown_in_the_events(tmp_path: Path, mine: Path) -> None:
    words = ["shadow", "--root", str(tmp_path), "--bars", "50", "--strategy", f"{mine}:Up"]
    words += ["--param", "least=0.99", "--param", "inverted=true"]
    assert CliRunner().invoke(app, words).exit_code == 0
    tree = Tree(tmp_path)
    stored = {"key": "up", "least": 0.99, "inverted": True}
    assert tree.meta["config_snapshot"]["strategy"] == stored
    assert tree.meta["strategy_name"] == "up"
    given = tree.session["cli_args"]
    assert [given[at + 1] for at, word in enumerate(given) if word == "--param"] == [
        *("least=0.99", "inverted=true"),
    ]
    header, row, *_ = (tree.run / "events.csv").read_text().splitlines()
    assert header.endswith(",extra_rise")
    assert 0.9 < float(row.rpartition(",")[2]) < 1.1


def test_the_configuration_gives_settings_and_options_are_stronger(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[strategy.ma_crossover]\nfast = 3\nslow = 12\n")
    words = ["shadow", "--root", str(tmp_path), "--bars", "50", "--param", "slow=9"]
    assert CliRunner().invoke(app, words).exit_code == 0
    stored = {"key": "ma_crossover", "fast": 3, "slow": 9}
    assert Tree(tmp_path).meta["config_snapshot"]["strategy"] == stored


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("fsat=1", "no setting 'fsat'; did you mean 'fast'"),
        ("fast", "'fast' is not a name and a value"),
        ("fast=x", "fast = 'x' is not a whole number"),
        ("fast=1.5", "fast = '1.5' is not a whole number"),
        ("fast=0", "fast = 0 is not from 1 to 99999"),
        ("fast=24", "fast 24 is not below slow 24"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(given: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        make_strategy(MaCrossover, {}, [given])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ma_cross", "did you mean 'ma_crossover'"),
        ("{}:Upp", "has no 'Upp'; did you mean 'Up'"),
        ("{}:other", "is no strategy: a subclass of"),
        ("{}.missing:Up", "does not exist"),
    ],
)
def test_a_strategy_that_is_none_is_told_before_any_file_is_read(
    tmp_path: Path, mine: Path, name: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        find_strategy(name.format(mine))
    words = ["shadow", "--root", str(tmp_path), "--strategy", name.format(mine)]
    result = CliRunner().invoke(app, [*words, "--data", str(tmp_path / "missing.csv")])
    assert result.exit_code == 2
    assert "missing.csv" not in result.output


@pytest.mark.parametrize("text", ["raise ValueError('no')", "def"])
def test_a_file_that_cannot_be_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(SettingsError, match=r"bad\.py cannot be run: "):
        find_strategy(f"{tmp_path / 'bad.py'}:Up")
