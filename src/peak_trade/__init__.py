"""Watch-only console for a Kraken/CCXT trading system: pages, JSON and frames from artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peak_trade.library import Library

__all__ = ["open"]


def open(root: str | Path = ".", config: str | Path | None = None) -> Library:  # noqa: A001
    """Return the artifacts below `root` as frames, for a notebook or a script.

    Parameters
    ----------
    root
        Directory that relative artifact directories are resolved against.
    config
        TOML file with settings; by default `config/config.toml` if it is there.

    Raises
    ------
    SettingsError
        If the configuration file or a `PEAK_TRADE_*` variable cannot be used.
    """
    from peak_trade.library import open_library

    return open_library(Path(root), Path(config) if config else None)
