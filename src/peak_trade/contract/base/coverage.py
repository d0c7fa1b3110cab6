"""What a count of read errors covers: the artifacts that were read, of those that there are."""

from __future__ import annotations

from typing import Annotated, Final

from typing_extensions import TypedDict

from peak_trade.contract.base.fields import about
from peak_trade.i18n import mark
from peak_trade.store.tally import Coverage

PARTLY: Final = mark(
    "in %(runs_read)s of %(runs_listed)s runs, %(alert_files_read)s of %(alert_files_listed)s alert"
    " files and %(logs_read)s of %(logs_listed)s telemetry logs read so far"
)
WHOLLY: Final = (
    "in all of %(runs_listed)s runs, %(alert_files_listed)s alert files and %(logs_listed)s"
    " telemetry logs"
)


class ReadErrorCoverage(TypedDict):
    """What a count of read errors covers. The rest is read in the background, and counts then."""

    complete: Annotated[bool, about("All that is listed has been read", False)]
    text: Annotated[str, about("The same in words", "in 12 of 55 runs read so far")]
    runs_read: Annotated[int, about("Runs that were read: events, alerts and trades", 12)]
    runs_listed: Annotated[int, about("Runs that there are", 55)]
    alert_files_read: Annotated[int, about("Day files of the alert store that were read", 9)]
    alert_files_listed: Annotated[int, about("Day files that there are", 9)]
    logs_read: Annotated[int, about("Telemetry logs that were read", 4)]
    logs_listed: Annotated[int, about("Telemetry logs that there are", 4)]


def read_error_coverage(known: Coverage) -> ReadErrorCoverage:
    """Return what a count covers, as it is answered."""
    found: ReadErrorCoverage = {
        "complete": known.complete,
        "text": "",
        "runs_read": known.runs.read,
        "runs_listed": known.runs.listed,
        "alert_files_read": known.alert_files.read,
        "alert_files_listed": known.alert_files.listed,
        "logs_read": known.logs.read,
        "logs_listed": known.logs.listed,
    }
    return {**found, "text": sentence(found) % found}


def sentence(coverage: ReadErrorCoverage) -> str:
    """Return the words for it, whose placeholders are its keys."""
    return WHOLLY if coverage["complete"] else PARTLY
