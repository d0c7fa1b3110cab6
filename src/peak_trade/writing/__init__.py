"""Writing artifacts that the console shows: for the runners, and for a trading system of one's own.

Assumes nothing of the rest of the package but its common modules and `derive.symbols`; loads
neither pandas, Arrow nor Panel (Arrow where Parquet is asked for). Guarantees what the data
contract asks of a writer. `docs/your_own_bot.md` shows its use.
"""

from __future__ import annotations

from peak_trade.errors import ArtifactError, SettingsError
from peak_trade.writing.alerts import Alert, AlertWriter, Category, Severity
from peak_trade.writing.recorder import Output, Recorder
from peak_trade.writing.run import LogFormat, RunExistsError, RunWriter
from peak_trade.writing.session import SessionRecord
from peak_trade.writing.subject import Subject
from peak_trade.writing.telemetry import TelemetryWriter

__all__ = [
    "Alert",
    "AlertWriter",
    "ArtifactError",
    "Category",
    "LogFormat",
    "Output",
    "Recorder",
    "RunExistsError",
    "RunWriter",
    "SessionRecord",
    "SettingsError",
    "Severity",
    "Subject",
    "TelemetryWriter",
]
