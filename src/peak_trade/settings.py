"""Every setting of the product: one typed table, and where each value came from.

Sources, weakest first: default, TOML files, environment, command line. A name is written
`section.key`; its variable is `PEAK_TRADE_SECTION__KEY`. The file is the one given, else the one
named by `PEAK_TRADE_CONFIG_PATH`, else `config.toml` and then `config/config.toml`, below the root
if that is given and has one, else below the current directory.

Guarantees: files and environment of a trading system load, whatever else is in them. A value of a
setting that cannot be used is refused, all of them at once, each with its place; a name that is no
setting ends nothing, but is a warning if a setting may be meant.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from peak_trade.addresses import masked, scheme
from peak_trade.errors import SettingsError
from peak_trade.settings_roots import Roots, WatchedRoot, chosen, with_first
from peak_trade.settings_sections import (
    NESTED,
    OF_RUNNERS,
    SHARED,
    Dashboard,
    Exchange,
    Fleet,
    Freshness,
    LiveRisk,
    Section,
    ShadowPaper,
    ShadowPaperLogging,
    Storage,
    Store,
    Switch,
    TelemetryRetention,
    WebUi,
)
from peak_trade.settings_sources import (
    ENVIRONMENT,
    PREFIX,
    Foreign,
    Source,
    is_named,
    read_environment,
    read_files,
)

log: Final = logging.getLogger(__name__)

NAMED_ONLY: Final = frozenset({"dashboard.pages"})
"""Settings that let code run: whoever may write below a watched directory must not set them."""

MANY: Final = 2
"""Roots from which on their names are shown."""

_VARIABLES: Final = {"require_prometheus_client": "REQUIRE_PROMETHEUS_CLIENT"}
"""Settings whose variable has a name of its own."""


class Settings(BaseModel):
    """The table; made by `load`, which also knows the sources."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prometheus_enabled: Switch = Field(
        False,
        description="Count HTTP requests in `/metrics`; in the environment only `1` switches on.",
    )
    require_prometheus_client: Switch = Field(
        False,
        description="Answer `/metrics` with 503 where metrics cannot be produced;"
        " in the environment only `1` switches on.",
    )
    strategy: dict[str, Any] = Field(
        {},
        description="Settings of strategies for runners, each in a section of its own, such as"
        " `[strategy.ma_crossover]` with `fast = 10`.",
    )
    roots: Roots = Field(
        (),
        description="Several roots that are watched together, each in a section `[[roots]]` with"
        " `name`, `path` and, if wanted, `label` and `time_zone`; in place of `dashboard.root`.",
    )
    web_ui: WebUi = WebUi()
    shadow_paper_logging: ShadowPaperLogging = ShadowPaperLogging()
    shadow_paper: ShadowPaper = ShadowPaper()
    live_risk: LiveRisk = LiveRisk()
    telemetry_retention: TelemetryRetention = TelemetryRetention()
    dashboard: Dashboard = Dashboard()
    store: Store = Store()
    storage: Storage = Storage()
    fleet: Fleet = Fleet()
    exchange: Exchange = Exchange()
    freshness: Freshness = Freshness()

    @cached_property
    def origins(self) -> dict[str, str]:
        """Where the value of each setting (`section.key`) came from; filled by `load`."""
        return dict.fromkeys(table(), "default")

    @cached_property
    def foreign(self) -> list[Foreign]:
        """Names of the sources that are no settings; filled by `load`."""
        return []

    @cached_property
    def warnings(self) -> list[str]:
        """What the writer of the sources has to be told; filled by `load`."""
        return []

    @cached_property
    def by_root(self) -> dict[str, Settings]:
        """The settings of each of several roots alone, by its name; of one root, these."""
        if not self.several:
            return {self.roots[0].name if self.roots else "": self}
        fields = {name: getattr(self, name) for name in Settings.model_fields}
        return {root.name: Settings(**{**fields, **self._alone(root)}) for root in self.roots}

    @property
    def several(self) -> bool:
        """Several roots are watched together, so that pages and lists say which."""
        return len(self.roots) >= MANY

    @property
    def root_labels(self) -> dict[str, str]:
        """What pages call each of several roots, by its name; nothing of one alone."""
        return {root.name: root.shown for root in self.roots} if self.several else {}

    def _alone(self, root: WatchedRoot) -> dict[str, object]:
        return {
            "roots": (root,),
            "dashboard": self.dashboard.model_copy(update={"root": root.path}),
        }

    def log_warnings(self) -> None:
        """Log what the writer of the sources has to be told."""
        for line in self.warnings:
            log.warning("%s", line)

    @cached_property
    def root_path(self) -> Path:
        """What relative directories are resolved against; of a root by address, its copy.

        Found once: a working directory that vanishes and comes back has the same name.
        """
        if self.copy_path is not None:
            return self.copy_path / "root"
        try:
            return Path(self.dashboard.root).expanduser().resolve()
        except FileNotFoundError:
            text = (
                "The working directory does not exist any more; change to another, or give --root"
            )
            raise SettingsError(text) from None

    @property
    def root_shown(self) -> str:
        """The root as it is shown: the directory, or the address; of several, their names."""
        if self.several:
            return ", ".join(self.root_labels)
        return str(self.root_path) if self.copy_path is None else self.dashboard.root

    @cached_property
    def copy_path(self) -> Path | None:
        """Directory of the copy of a root by address, one for each; None for a root by path."""
        url = self.dashboard.root
        if not scheme(url):
            return None
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        cache = Path(self.storage.cache or f"{base}/peak-trade").expanduser().resolve()
        places = (
            self.dashboard.model_dump(exclude={"root", "pages"}),
            self.shadow_paper_logging.base_dir,
        )
        return cache / hashlib.sha256(f"{url.rstrip('/')} {places}".encode()).hexdigest()[:32]

    def _path(self, text: str) -> Path:
        path = (self.root_path / Path(text).expanduser()).resolve()
        if self.copy_path is not None and not path.is_relative_to(self.root_path):
            raise SettingsError(f"{text}: with a root by address, directories lie below it")
        return path

    @property
    def runs_path(self) -> Path:
        """Directory of the run directories."""
        return self._path(self.shadow_paper_logging.base_dir)

    @property
    def sessions_path(self) -> Path:
        """Directory of the session records."""
        return self._path(self.dashboard.sessions_dir)

    @property
    def alerts_path(self) -> Path:
        """Directory of the daily alert files."""
        return (
            self._path(self.dashboard.alerts_dir)
            if self.dashboard.alerts_dir
            else (self.runs_path / "alerts")
        )

    @property
    def telemetry_path(self) -> Path:
        """Directory of the execution telemetry logs."""
        return self._path(self.dashboard.telemetry_dir)

    @property
    def health_snapshots_path(self) -> Path:
        """File of telemetry health snapshots."""
        return self._path(self.dashboard.health_snapshots)

    @property
    def telemetry_alerts_path(self) -> Path:
        """File of telemetry rule alerts."""
        return self._path(self.dashboard.telemetry_alerts)

    @property
    def fleet_path(self) -> Path | None:
        """The dataset of all runs, a link that is not followed; None if there is to be none."""
        text = self.fleet.path
        base = self.root_path if self.copy_path is None else Path.cwd()
        return base / Path(text).expanduser() if text else None


@dataclass(frozen=True)
class Loaded:
    """Settings as merged from all sources."""

    settings: Settings

    @property
    def origins(self) -> dict[str, str]:
        """For each setting (`section.key`) the source it came from."""
        return self.settings.origins

    def rows(self) -> Iterator[tuple[str, object, str]]:
        """Yield name, value and origin of every setting, in the order of the table."""
        for name in table():
            yield name, value_of(self.settings, name), self.origins[name]


def table() -> dict[str, FieldInfo]:
    """Return every setting by its name `section.key`; those without section come first."""
    fields: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            inner = field.annotation.model_fields.items()
            fields.update({f"{name}.{key}": item for key, item in inner})
        else:
            fields[name] = field
    return fields


def value_of(settings: Settings, name: str) -> object:
    """Return the value of the setting called `name`."""
    value: object = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


def variable(name: str) -> str:
    """Return the environment variable of the setting called `name`."""
    return _VARIABLES.get(name) or PREFIX + name.replace(".", "__").upper()


def load(
    config: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    *,
    needs: Collection[str] = (),
    by_address: bool = False,
) -> Loaded:
    """Merge default, files, environment and command line.

    Parameters
    ----------
    config
        The TOML file, as given on the command line.
    overrides
        Values of the command line by `section.key`; None means not given.
    needs
        Sections of `OF_RUNNERS` that are used. In the others a value that cannot be used is a
        warning and its default is taken: the trading system writes them for itself.
    by_address
        The root may be an address: what is asked for reads artifacts and writes none.

    Raises
    ------
    SettingsError
        If a value cannot be used or a file cannot be read; one line for each problem.
    """
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    environment = read_environment({variable(name): name for name in table()})
    root = given.get("dashboard.root") or environment.values.get("dashboard.root")
    files = read_files(config, root, list(table()), SHARED, NESTED)
    sources = [*files, environment, Source("command line", given)]
    named = [source.origin for source in files] if is_named(config) else []
    merged: dict[str, tuple[object, str]] = {}
    refused: list[str] = []
    for source in sources:
        for name, value in source.values.items():
            if name not in NAMED_ONLY or source.origin in named:
                merged[name] = (value, source.origin)
            elif value:
                refused.append(f"{source.origin}: {name} counts in a file named by --config alone")
    merged, put_aside = chosen(merged, {source.origin: rank for rank, source in enumerate(sources)})
    unusable = _unusable(merged)
    unused = OF_RUNNERS.difference(needs)
    optional = [name for name in unusable if name.partition(".")[0] in unused]
    warnings = [f"{unusable.pop(name)}; the default is taken" for name in optional]
    if unusable:
        raise SettingsError("\n".join(unusable.values()))
    usable = with_first({name: merged[name] for name in merged if name not in optional})
    settings = Settings(**_nested(usable))
    if scheme(settings.dashboard.root) and not by_address:
        raise SettingsError(f"{settings.dashboard.root}: this needs a root that is a directory")
    settings.origins.update({name: origin for name, (_, origin) in usable.items()})
    settings.foreign.extend(foreign for source in sources for foreign in source.foreign)
    told = (str(item) for item in settings.foreign if item.told)
    settings.warnings.extend([*told, *warnings, *refused, *put_aside])
    return Loaded(settings)


def _nested(merged: Mapping[str, tuple[object, str]]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, (value, _) in merged.items():
        section, _, key = name.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[key] = value
    return nested


def _unusable(merged: Mapping[str, tuple[object, str]]) -> dict[str, str]:
    """Return what is wrong with each setting whose value cannot be used."""
    try:
        Settings(**_nested(merged))
    except ValidationError as error:
        return dict(_problems(error, merged))
    return {}


def _problems(
    error: ValidationError, merged: Mapping[str, tuple[object, str]]
) -> Iterator[tuple[str, str]]:
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"][:2])
        name = name if name in merged else str(item["loc"][0])
        value, origin = merged[name]
        place = variable(name) if origin == ENVIRONMENT else name
        reason = f"{item['msg'][0].lower()}{item['msg'][1:]}"
        if name == "roots" and len(item["loc"]) > 1:
            key = "".join(f", {part}" for part in item["loc"][2:])
            reason = f"root {int(item['loc'][1]) + 1}{key}: {reason}"
        yield name, f"{origin}: {place} = {masked(repr(value))}: {reason}"
