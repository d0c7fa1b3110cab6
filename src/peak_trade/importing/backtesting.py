"""The result of backtesting.py, pickled with `stats.to_pickle(path)`, as a run.

Assumes the tables `_equity_curve` and `_trades` of the result. Guarantees that nothing in the
pickle is executed. Open positions that the result does not list as trades are in the equity alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peak_trade.importing.fills import Account, Fill, SourceError, imported_run
from peak_trade.importing.pickled import load_tables
from peak_trade.writing import RunWriter, Subject


def import_backtesting(path: Path, runs: Path, subject: Subject, run_id: str | None = None) -> str:
    """Write a result as a run with an event a bar; return its id.

    Raises
    ------
    SourceError
        If the file is no pickled result.
    """
    curve, trades = _tables(path)
    times = [_time(moment) for moment in curve.index]
    equities = [float(value) for value in curve["Equity"]]
    fills: dict[int, list[Fill]] = {}
    for number, trade in enumerate(trades.to_dict("records"), start=1):
        try:
            for bar, fill in _fills(number, trade, times):
                fills.setdefault(bar, []).append(fill)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise SourceError(
                f"{path.name}: trade {number} cannot be understood: {error}"
            ) from None
    source = {"source": "backtesting.py", "file": path.name}
    span = (times[0], times[-1])
    with imported_run(runs, subject, run_id, source, equities[0], span) as run:
        _write(run, times, equities, fills)
    return run.run_id


def _tables(path: Path) -> tuple[Any, Any]:
    try:
        stats = load_tables(path)
        curve, trades = stats["_equity_curve"], stats["_trades"]
        if len(curve) and {"Equity"} <= set(curve) and {"EntryBar", "ExitBar"} <= set(trades):
            return curve, trades
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise SourceError(
        f"{path.name} is no result of backtesting.py; write one with stats.to_pickle(path)"
    )


def _time(moment: Any) -> datetime:
    if not isinstance(moment, datetime):
        raise SourceError("the result has no times: its data had no DatetimeIndex")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _fills(number: int, trade: Mapping[str, Any], times: list[datetime]) -> list[tuple[int, Fill]]:
    """Return entry and exit of a trade with their bars; its commission by their notionals."""
    size, prices = float(trade["Size"]), (float(trade["EntryPrice"]), float(trade["ExitPrice"]))
    fee = float(trade.get("Commission") or 0)
    fee = 0.0 if math.isnan(fee) else fee
    bars = (int(trade["EntryBar"]), int(trade["ExitBar"]))
    found = []
    for name, bar, price, is_buy in zip(
        ("entry", "exit"), bars, prices, (size > 0, size < 0), strict=True
    ):
        share = fee * price / sum(prices)
        side: Any = "buy" if is_buy else "sell"
        found.append((bar, Fill(times[bar], side, abs(size), price, share, f"{number}-{name}")))
    return found


def _write(
    run: RunWriter, times: list[datetime], equities: list[float], fills: dict[int, list[Fill]]
) -> None:
    account = Account(equities[0])
    for bar, (time, equity) in enumerate(zip(times, equities, strict=True)):
        here = fills.get(bar, [])
        for fill in here:
            account.take(fill)
            run.append_trade(fill.row(bar + 1))
        worth = (equity - account.cash) / account.position if account.position else None
        price = worth if worth is not None else (here[-1].price if here else None)
        run.append(
            {
                "step": bar + 1,
                "ts_bar": time,
                "ts_event": time,
                "price": price,
                "position_size": account.position,
                "cash": account.cash,
                "equity": equity,
                "realized_pnl": account.realized,
                "unrealized_pnl": equity - equities[0] - account.realized,
                "signal": (account.position > 0) - (account.position < 0),
                "orders_generated": len(here),
                "orders_filled": len(here),
            }
        )
