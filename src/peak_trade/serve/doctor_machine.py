"""Checks of the doctor that concern the machine: versions, directories, watching, clock, port."""

from __future__ import annotations

import http.client
import os
import platform
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import islice
from pathlib import Path
from typing import Final

import watchfiles
from packaging.requirements import Requirement

from peak_trade import clock, jsonio
from peak_trade.artifacts.files import is_directory, shown
from peak_trade.contract.pages.about import DISTRIBUTION
from peak_trade.errors import PeakTradeError
from peak_trade.serve.findings import Finding, Status
from peak_trade.serve.ports import check_port, is_public, netloc
from peak_trade.settings import Settings
from peak_trade.store.directories import MISSING
from peak_trade.store.local import LocalStore
from peak_trade.store.paths import Paths, watched
from peak_trade.store.roots import Root
from peak_trade.store.watch import are_few

MAX_FILES: Final = 100_000
"""Files whose permissions are looked at."""

ASK_SECONDS: Final = 3.0
FAMILIES: Final = {
    "runs": "shadow_paper_logging.base_dir",
    "sessions": "dashboard.sessions_dir",
    "alerts": "dashboard.alerts_dir",
    "telemetry": "dashboard.telemetry_dir",
}
"""Directories by what is in them, with the setting of each."""


def own_version() -> str:
    """Return the version of the product."""
    return version(DISTRIBUTION)


def versions(_: Settings) -> Iterator[Finding]:
    """Check that what is installed is what the package asks for."""
    names = ("panel", "bokeh", "tornado", "pyarrow")
    found = ", ".join(f"{name} {version(name)}" for name in names)
    yield Finding(
        Status.OK,
        f"Peak_Trade {own_version()}, Python {platform.python_version()}, {found}",
    )
    for wanted in map(Requirement, requires(DISTRIBUTION) or ()):
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        have = _installed(wanted.name)
        if have is None or not wanted.specifier.contains(have, prereleases=True):
            mend = f'Install it again: pip install "{wanted}"'
            yield Finding(Status.ERROR, f"{wanted} is needed, installed: {have or 'none'}", mend)


def directories(settings: Settings) -> Iterator[Finding]:
    """Check that there is something to watch where the settings point."""
    for root in Root.all_of(settings):
        for finding in _away(root) or _directories(root):
            told = f"{root.name}: {finding.text}" if root.name else finding.text
            yield replace(finding, text=told)


def _away(root: Root) -> list[Finding]:
    """Return what is to be said of a root that is gone, in place of its directories."""
    where, mend = str(root.paths.root), "Mount it, or correct its path in [[roots]]"
    if root.mirror is not None:
        root.mirror.bring()
        where, mend = root.mirror.url, "Mend what it names, or correct the address"
    elif not root.name:
        return []
    away = root.away(None)
    status = Status.WARN if root.name else Status.ERROR
    told = f"{mend}; what was known of it is shown"
    return [Finding(status, f"{where}: {away.reason}", told)] if away else []


def _directories(root: Root) -> Iterator[Finding]:
    local = LocalStore(root.paths, several=[replace(root, name="", is_first=True)])
    faults = local.refresh_directories().faults
    for family, setting in FAMILIES.items():
        path: Path = getattr(local.paths, family)
        if family in faults:
            mend = f"Let --root or the setting {setting} name a directory that can be read"
            bad = Status.WARN if faults[family].kind == MISSING else Status.ERROR
            yield Finding(bad, f"{family}: {path}: {faults[family].reason}", mend)
        elif is_directory(path):
            yield Finding(Status.OK, f"{family}: {path}")
        elif family == "runs":
            mend = f"Start where the trading system runs, give --root, or set {setting}"
            yield Finding(Status.WARN, f"{family}: {path} does not exist", mend)
        else:
            yield Finding(Status.OK, f"{family}: {path} does not exist yet")


def permissions(settings: Settings) -> Iterator[Finding]:
    """Check that all artifacts may be read."""
    files = list(islice(_all_files(settings), MAX_FILES + 1))
    denied = [path for path in files[:MAX_FILES] if not _may_read(path)]
    beyond = f" (the first {MAX_FILES} were looked at)" if len(files) > MAX_FILES else ""
    if denied:
        first = shown(str(denied[0]))
        text = f"{len(denied)} files or directories may not be read{beyond}, such as {first}"
        mend = "Let the user of the server read them: chmod -R g+rX, and membership in their group"
        yield Finding(Status.ERROR, text, mend)
    else:
        yield Finding(Status.OK, f"{min(len(files), MAX_FILES)} files may be read{beyond}")


def watching(settings: Settings) -> Iterator[Finding]:
    """Check that file-system events work for the directories that are there."""
    roots = [str(path) for path in _family_directories(settings) if is_directory(path)]
    if not roots:
        yield Finding(Status.OK, "nothing to watch yet")
        return
    try:
        below = are_few(Path(os.path.realpath(root)) for root in roots)
        changes = watchfiles.watch(*roots, recursive=below, rust_timeout=1, yield_on_timeout=True)
        with closing(changes):
            next(changes)
    except (OSError, RuntimeError):
        text = f"file-system events do not work, polling does instead; {_limits()}"
        mend = "Raise the limits: sysctl fs.inotify.max_user_watches=524288 max_user_instances=1024"
        yield Finding(Status.WARN, text, mend)
    else:
        yield Finding(Status.OK, f"file-system events work; {_limits()}")


def wall_clock(_: Settings) -> Iterator[Finding]:
    """Check that ages can be believed."""
    if clock.is_frozen():
        text = f"the clock stands still at {clock.now().isoformat()}"
        yield Finding(Status.WARN, text, "Unset PEAK_TRADE_NOW; it is for reproducible answers")
    else:
        yield Finding(Status.OK, f"it is {clock.now().isoformat(timespec='seconds')}")


def port(settings: Settings) -> Iterator[Finding]:
    """Check that the server can listen, or does already."""
    host, number = settings.web_ui.host, settings.web_ui.port
    place = netloc(host, number)
    try:
        check_port(host, number, public=True)
    except PeakTradeError as error:
        if _console_answers(settings):
            yield Finding(Status.OK, f"a Peak_Trade console answers on {place}")
        else:
            mend = "End what listens there, or choose another with --port or web_ui.port"
            yield Finding(Status.ERROR, str(error), mend)
    else:
        yield Finding(Status.OK, f"{place} is free")
    if is_public(host):
        text = f"{place} can be reached from other machines, and there is no log-in"
        yield Finding(Status.WARN, text, "Listen on 127.0.0.1 behind a proxy that has one")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _all_files(settings: Settings) -> Iterator[Path]:
    """Yield all directories and files but links, which count where they lead."""
    for root in _family_directories(settings):
        if is_directory(root):
            yield root
        for directory, directories, names in os.walk(root):
            found = (Path(directory, name) for name in (*directories, *names))
            yield from (path for path in found if not path.is_symlink())
    yield from (path for path in watched(settings) if os.path.isfile(path))  # noqa: PTH113  it never raises


def _family_directories(settings: Settings) -> Iterator[Path]:
    for its in settings.by_root.values():
        paths = Paths.of(its)
        yield from (getattr(paths, family) for family in FAMILIES)


def _may_read(path: Path) -> bool:
    return os.access(path, os.R_OK | (os.X_OK if is_directory(path) else 0))


def _limits() -> str:
    names = ("max_user_watches", "max_user_instances")
    files = {name: Path("/proc/sys/fs/inotify") / name for name in names}
    found = [f"{name} {file.read_text().strip()}" for name, file in files.items() if file.exists()]
    return ", ".join(found) or "this system has no inotify limits"


def _console_answers(settings: Settings) -> bool:
    web_ui = settings.web_ui
    connection = http.client.HTTPConnection(web_ui.host, web_ui.port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", f"{web_ui.prefix}/health")
        answer = jsonio.loads(connection.getresponse().read(10_000))
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return isinstance(answer, dict) and "contract_version" in answer
