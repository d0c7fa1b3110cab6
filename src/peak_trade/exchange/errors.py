"""What can go wrong with an exchange: each error names the exchange, what failed, and what to do.

Guarantees that no message holds a key, an answer of the exchange or text of a library, but a code
of a few letters.
"""

from __future__ import annotations

from peak_trade.errors import PeakTradeError, SettingsError


class ExchangeError(PeakTradeError):
    """A call to an exchange failed, and another try would fail as well."""


class ExchangeUnavailableError(ExchangeError):
    """The exchange does not answer, or not now; it may later.

    `reason` is why, in a few words; `retry_after` is for how many seconds the exchange wants no
    other request, 0: it does not tell.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = 0.0


class CircuitOpenError(ExchangeUnavailableError):
    """Too many calls failed in a row: the exchange is left in peace for a while."""


class RefusedError(ExchangeError):
    """The exchange refused a request at once; `code` is its own word for why, if it gave one."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class CredentialsError(ExchangeError):
    """The exchange wants keys, or other keys."""


class ReadOnlyError(ExchangeError):
    """Something tried to send a request that no reading method made."""


class UnknownExchangeError(ExchangeError, SettingsError):
    """There is no exchange of this name."""


class UnknownMarketError(ExchangeError, SettingsError):
    """The exchange has no market of this name, or no candles of this length."""
