"""Watch-only console for a Kraken/CCXT trading system: pages, JSON and frames from artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peak_trade.library import Comparison, Fleet, Library, Run

__all__ = ["compare", "fleet", "open"]


def open(  # noqa: A001
    root: str | Path | Iterable[str | Path] | Mapping[str, str | Path] | None = None,
    config: str | Path | None = None,
) -> Library:
    """Return the artifacts below `root` as frames, for a notebook or a script.

    Parameters
    ----------
    root
        Directory that relative artifact directories are resolved against, or an address such as
        `s3://bucket/desk`, of which a copy is read. Several of them are read as one: a list of
        them, which are called by the last part of their path, or a mapping of names to them.
        Without it, those of `[[roots]]` in the settings, else the current directory.
    config
        TOML file with settings; by default `config.toml` and `config/config.toml` below `root`,
        else below the current directory, if they are there.

    Raises
    ------
    NotFoundError
        If `root` is one path, and no directory.
    SettingsError
        If a configuration file cannot be read or the value of a setting cannot be used.
    NotInstalledError
        If packages are missing that an address needs.
    """
    from peak_trade.library import open_library

    return open_library(root, Path(config) if config else None)


def compare(*runs: Run) -> Comparison:
    """Return two to six runs side by side.

    Raises
    ------
    ValueError
        If there are fewer or more.
    """
    from peak_trade.library.comparison import compare

    return compare(*runs)


def fleet(path: str | Path) -> Fleet:
    """Return the dataset of all runs that `peak-trade fleet build` made.

    Parameters
    ----------
    path
        The dataset, as given to `--out`.

    Raises
    ------
    NotFoundError
        If there is none.
    FleetError
        If it cannot be read.
    """
    from peak_trade.library import Fleet

    return Fleet(Path(path))
