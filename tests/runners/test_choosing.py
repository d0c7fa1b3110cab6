"""Which strategy a run uses: from the table or a file, with settings that are checked first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from peak_trade.errors import SettingsError
from peak_trade.runners.choosing import GROUP, described, find_strategy, make_strategy
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


@pytest.fixture
def package(tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package that has one strategy and promises two that are none."""
    place = tmp_path / "site"
    about = place / "breakouts-1.0.dist-info"
    about.mkdir(parents=True)
    mine.rename(place / "breakouts.py")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: breakouts\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        f"[{GROUP}]\nrising = breakouts:Up\nlost = breakouts:Gone\nodd = breakouts:other\n"
        "ma_crossover = breakouts:Up\n"
    )
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "breakouts", raising=False)
    return place


def test_a_strategy_of_an_installed_package_is_used_by_its_name(
    tmp_path: Path, package: Path
) -> None:
    words = ["shadow", "--root", str(tmp_path), "--bars", "50", "--strategy", "rising"]
    assert CliRunner().invoke(app, [*words, "--param", "least=0.99"]).exit_code == 0
    tree = Tree(tmp_path)
    assert tree.meta["config_snapshot"]["strategy"] == {
        "key": "up",
        "least": 0.99,
        "inverted": False,
    }
    assert find_strategy("ma_crossover") is MaCrossover, "no package takes a name of the program"
    for name, message in {
        "risin": "did you mean 'rising'",
        "lost": "'lost' cannot be loaded: AttributeError",
        "odd": "odd is no strategy",
    }.items():
        with pytest.raises(SettingsError, match=message):
            find_strategy(name)


def test_the_list_has_those_of_packages_and_what_is_wrong_with_them(package: Path) -> None:
    result = CliRunner().invoke(app, ["strategies"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines.count(f"{'ma_crossover':<15}  {MaCrossover.summary}") == 1
    at = lines.index(f"{'rising':<15}  long after a bar that rose")
    assert lines[at + 1].split(maxsplit=1) == ["least=1.0,", "inverted=False"]
    assert any(line.startswith("lost ") and "cannot be loaded" in line for line in lines)
    assert any(line.startswith("odd ") and "is no strategy" in line for line in lines)


MADE = """
from dataclasses import dataclass
from typing import ClassVar
from peak_trade.runners.strategies import Strategy

@dataclass
class Needy(Strategy):
    key: ClassVar[str] = "needy"
    summary: ClassVar[str] = "has a setting without a default"
    size: int
    def on_bar(self, bar):
        return 0

@dataclass
class Picky(Needy):
    size: int = 0
    def __post_init__(self):
        raise ValueError("never right")

class Unfinished(Strategy):
    key = "unfinished"
    summary = "gives no signal"
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Needy", "missing 1 required positional argument: 'size'"),
        ("Picky", "ValueError: never right"),
        ("Unfinished", "abstract"),
    ],
)
def test_a_strategy_that_cannot_be_made_is_told(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "made.py").write_text(MADE)
    kind = find_strategy(f"{tmp_path / 'made.py'}:{name}")
    with pytest.raises(SettingsError, match=f"cannot be made: .*{message}"):
        make_strategy(kind, {}, [])
    assert described(kind) == {"Needy": "size (has to be given)", "Picky": "size=0"}.get(name, "")


@pytest.mark.parametrize("text", ["raise ValueError('no')", "def"])
def test_a_file_that_cannot_be_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(SettingsError, match=r"bad\.py cannot be run: "):
        find_strategy(f"{tmp_path / 'bad.py'}:Up")
