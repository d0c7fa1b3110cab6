"""The risk gate: which orders may go out, and how near each limit is.

Assumes that `mark` is called with every price that the account is valued at, in time order; days
and minutes are those of the bars, in UTC, so that a replay gives the same verdicts at any speed.
Guarantees that an order which reduces the position is never blocked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from peak_trade.derive.digits import size
from peak_trade.errors import SettingsError

_WARNING_RATIO: Final = 0.8
_MINUTE: Final = timedelta(minutes=1)
_CALM_RATIO: Final = 0.9
"""Part of a border that a value has to fall below before it counts as back."""
_CALM_TIME: Final = timedelta(hours=1)
"""How long, in the time of the bars, values have to be back before that is told."""


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Limits of one account; None: no limit.

    Parameters
    ----------
    max_position
        Notional of the position after an order, in account currency.
    max_drawdown
        Loss from the highest equity, as a fraction of it.
    max_daily_loss
        Loss since the beginning of the UTC day, in account currency.
    max_orders_per_minute
        Orders within sixty seconds.
    max_order_notional
        Notional of one buy, in account currency.
    max_daily_loss_pct
        Loss since the beginning of the UTC day, in percent of the equity then.
    """

    max_position: float | None = None
    max_drawdown: float | None = None
    max_daily_loss: float | None = None
    max_orders_per_minute: float | None = None
    max_order_notional: float | None = None
    max_daily_loss_pct: float | None = None

    def __post_init__(self) -> None:
        for name, limit in self.given().items():
            if not limit > 0:
                raise SettingsError(f"limit {name} is {limit}; it has to be above 0")
        if self.max_drawdown is not None and self.max_drawdown > 1:
            percent, fraction = f"{self.max_drawdown:g}", f"{self.max_drawdown / 100:g}"
            raise SettingsError(
                f"limit max_drawdown is {percent}; it is a fraction: {percent} % is {fraction}"
            )

    def given(self) -> dict[str, float]:
        """Return the limits that are set, by name."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: limit for name, limit in values.items() if limit is not None}


class RiskSeverity(StrEnum):
    """How near the nearest limit is."""

    OK = "ok"
    WARNING = "warning"
    BREACH = "breach"

    @property
    def light(self) -> str:
        """The same as a traffic light."""
        return {"ok": "green", "warning": "yellow", "breach": "red"}[self]


_RANKS: Final = {severity: rank for rank, severity in enumerate(RiskSeverity)}


@dataclass(frozen=True, slots=True)
class LimitDetail:
    """One limit and what it is compared with, in the unit of the limit."""

    limit_name: str
    current_value: float
    limit_value: float

    @property
    def severity(self) -> RiskSeverity:
        """Warning from four fifths of the limit on, breach above it."""
        return self._severity_within(self.limit_value)

    @property
    def calm_severity(self) -> RiskSeverity:
        """The same with all borders a tenth lower: what is still there is not over."""
        return self._severity_within(_CALM_RATIO * self.limit_value)

    def _severity_within(self, limit: float) -> RiskSeverity:
        if self.current_value > limit:
            return RiskSeverity.BREACH
        near = self.current_value >= _WARNING_RATIO * limit
        return RiskSeverity.WARNING if near else RiskSeverity.OK

    @property
    def reason(self) -> str:
        """What to tell of a breach."""
        return f"{self.limit_name}: {size(self.current_value)} above {size(self.limit_value)}"

    def as_record(self) -> dict[str, object]:
        """Return the detail as the session registry keeps it."""
        return {
            "limit_name": self.limit_name,
            "current_value": self.current_value,
            "limit_value": self.limit_value,
            "ratio": self.current_value / self.limit_value,
            "severity": self.severity,
        }


def worst(severities: Iterable[RiskSeverity]) -> RiskSeverity:
    """Return the worst severity, OK if there is none."""
    return max(severities, key=_RANKS.__getitem__, default=RiskSeverity.OK)


class ToldSeverity:
    """The severity as it is told: worse at once, better when it has been so for an hour.

    A value that swings around a border, or a position that comes and goes, is told once. Better
    means a tenth below the border, all the time.
    """

    def __init__(self) -> None:
        self.current = RiskSeverity.OK
        self._calm_since: datetime | None = None
        self._calm = RiskSeverity.OK

    def take(self, moment: datetime, details: Sequence[LimitDetail]) -> RiskSeverity:
        """Take how near the limits are at a moment of the bars; return what is to be told."""
        now = worst(detail.severity for detail in details)
        calm = worst(detail.calm_severity for detail in details)
        if _RANKS[now] > _RANKS[self.current]:
            self.current = now
        if _RANKS[calm] >= _RANKS[self.current]:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since, self._calm = moment, calm
        else:
            self._calm = worst((self._calm, calm))
            if moment - self._calm_since >= _CALM_TIME:
                self.current, self._calm_since = self._calm, None
        return self.current


class RiskGate:
    """Compares one account with its limits."""

    def __init__(self, limits: RiskLimits, equity: float) -> None:
        self._limits = limits.given()
        self._equity = self._peak = self._day_equity = equity
        self._exposure = 0.0
        self._day: date | None = None
        self._moment: datetime | None = None
        self._orders: deque[datetime] = deque()

    @property
    def has_limits(self) -> bool:
        """There is something to compare the account with."""
        return bool(self._limits)

    def mark(self, moment: datetime, equity: float, exposure: float) -> None:
        """Take the value of the account and of its position, both in account currency."""
        if moment.date() != self._day:
            self._day, self._day_equity = moment.date(), self._equity
        while self._orders and self._orders[0] <= moment - _MINUTE:
            self._orders.popleft()
        self._moment, self._equity, self._exposure = moment, equity, exposure
        self._peak = max(self._peak, equity)

    def check(self, notional: float) -> list[LimitDetail]:
        """Return the limits that forbid to buy for that much now; none: the order may go out."""
        return [
            detail
            for detail in self._details(notional, orders=1)
            if detail.severity is RiskSeverity.BREACH
        ]

    def ordered(self) -> None:
        """Count an order that goes out now."""
        if self._moment is not None:
            self._orders.append(self._moment)

    def details(self) -> list[LimitDetail]:
        """Return how near the account is to each of its limits."""
        return self._details(0.0, orders=0)

    def severity(self) -> RiskSeverity:
        """Return the worst severity among the limits."""
        return worst(detail.severity for detail in self.details())

    def _details(self, notional: float, orders: int) -> list[LimitDetail]:
        if not self._limits:
            return []
        loss = max(0.0, self._day_equity - self._equity)
        current = {
            "max_position": self._exposure + notional,
            "max_drawdown": 1 - self._equity / self._peak,
            "max_daily_loss": loss,
            "max_daily_loss_pct": 100 * loss / self._day_equity if self._day_equity else 0.0,
            "max_order_notional": notional,
            "max_orders_per_minute": float(len(self._orders) + orders),
        }
        return [LimitDetail(name, current[name], limit) for name, limit in self._limits.items()]
