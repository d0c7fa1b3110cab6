"""What a trading process writes about, and the names of its run and session.

Guarantees that generated ids can be names of files.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from peak_trade.errors import SettingsError

_ID_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Subject:
    """What is traded and how, as every artifact names it.

    Parameters
    ----------
    mode
        Such as `paper`, `shadow`, `testnet`, `live`.
    strategy, symbol
        Such as `breakout` and `BTC/EUR`; the part of the symbol behind the last `/` is the account
        currency.
    timeframe
        Length of a bar, such as `1m`, `4h`; what lives is judged by it.
    place
        `local`, or the exchange, with a host that is not its own (`kraken via 127.0.0.1`).
    """

    mode: str
    strategy: str
    symbol: str
    timeframe: str
    place: str = "local"

    def run_ids(self, started_at: datetime) -> Iterator[str]:
        """Yield ids for a run that starts then: first without, then with a number behind it."""
        strategy, symbol = (
            text.replace("/", "-").replace(" ", "_") for text in (self.strategy, self.symbol)
        )
        first = f"{started_at:%Y%m%d_%H%M%S}_{self.mode}_{strategy}_{symbol}_{self.timeframe}"
        yield first
        yield from (f"{first}_{number}" for number in count(2))

    def session_id(self, started_at: datetime) -> str:
        """Return an id for a session that starts then; no two are the same."""
        return f"session_{started_at:%Y%m%d_%H%M%S}_{self.mode}_{secrets.token_hex(3)}"


def check_run_id(run_id: str) -> str:
    """Return the id if it can be the name of a run directory.

    Raises
    ------
    SettingsError
        If it is longer than 200 characters, holds a separator or a control character, or is the
        name of something else under the root.
    """
    unsafe = any(char in "/\\" or not char.isprintable() for char in run_id)
    if unsafe or not 1 <= len(run_id) <= _ID_LENGTH or run_id in {".", "..", "alerts"}:
        raise SettingsError(
            f"run id {run_id!r} cannot name a run: 1 to {_ID_LENGTH} characters, no '/', '\\' or "
            "control characters, not 'alerts'"
        )
    return run_id
