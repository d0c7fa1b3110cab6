"""`peak-trade doctor`: what would keep the console from showing everything, and how to mend it.

Assumes nothing of the machine. Guarantees: reads only; every check gives at least one finding; a
finding that is not ok says what to do. Text of artifacts is shown with its control characters
escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from peak_trade import jsonio
from peak_trade.errors import NotInstalledError, SettingsError
from peak_trade.plain import escaped
from peak_trade.serve import doctor_artifacts, doctor_machine
from peak_trade.serve.findings import Finding, Status
from peak_trade.settings import Settings, load
from peak_trade.settings_text import ignored

Check = Callable[[Settings], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "versions": doctor_machine.versions,
    "directories": doctor_machine.directories,
    "permissions": doctor_machine.permissions,
    "watching": doctor_machine.watching,
    "clock": doctor_machine.wall_clock,
    "port": doctor_machine.port,
    "artifacts": doctor_artifacts.artifacts,
}
EXIT_CODES = {Status.OK: 0, Status.WARN: 2, Status.ERROR: 1}


def examine(config: Path | None, overrides: Mapping[str, object]) -> dict[str, list[Finding]]:
    """Return the findings of every check; of settings alone if they cannot be used."""
    try:
        settings = load(config, overrides, by_address=True).settings
    except SettingsError as error:
        mend = "Correct the setting; docs/settings.md has all of them"
        lines = str(error).splitlines()
        return {"settings": [Finding(Status.ERROR, line, mend) for line in lines]}
    return {"settings": list(_names(settings))} | {
        name: _findings(check, settings) for name, check in CHECKS.items()
    }


def _findings(check: Check, settings: Settings) -> list[Finding]:
    """Return what a check finds; that it failed, whatever it met."""
    found: list[Finding] = []
    try:
        found += check(settings)
    except NotInstalledError as error:
        found.append(Finding(Status.ERROR, str(error), "Install what it names"))
    except Exception as error:  # noqa: BLE001  the other checks tell more than a traceback
        text = f"the check ended early: {type(error).__name__}"
        reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        mend = "Mend what the other checks name; if all is well there, this is a fault of doctor"
        found.append(Finding(Status.ERROR, text + reason, mend))
    return found


def _names(settings: Settings) -> Iterator[Finding]:
    mend = "Correct the name or the value, or take it out; docs/settings.md has all settings"
    yield from (Finding(Status.WARN, line, mend) for line in settings.warnings)
    if not settings.warnings:
        yield Finding(Status.OK, "all settings can be used")
    for line in ignored(settings):
        yield Finding(Status.OK, f"names of the trading system are ignored, {line}")


def worst(found: dict[str, list[Finding]]) -> Status:
    """Return the worst status of all findings."""
    return max(finding.status for findings in found.values() for finding in findings)


def as_text(found: dict[str, list[Finding]]) -> str:
    """Return the findings as lines, each bad one with its mend below."""
    lines = []
    for name, findings in found.items():
        for finding in findings:
            lines.append(f"{finding.status.label:<5}  {name:<11}  {escaped(finding.text)}")
            lines += [f"{'':20}{finding.mend}"] if finding.mend else []
    return "\n".join([*lines, f"{worst(found).label}: overall"]) + "\n"


def as_json(found: dict[str, list[Finding]]) -> str:
    """Return the findings as a JSON object."""
    document = {
        "status": worst(found).label,
        "checks": {
            name: [
                {"status": item.status.label, "text": item.text, "mend": item.mend or None}
                for item in findings
            ]
            for name, findings in found.items()
        },
    }
    return jsonio.dumps(document, indent=True).decode() + "\n"
