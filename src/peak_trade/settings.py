"""Every setting of the product: one typed table, and where each value came from.

Sources, weakest first: default, TOML file, environment, command line. A name is written
`section.key`; its variable is `PEAK_TRADE_SECTION__KEY`. The file is the one given, else the one
named by `PEAK_TRADE_CONFIG_PATH`, else `config/config.toml` under the current directory if it is
there.

Guarantees: configuration files of the trading system load (its sections are known, those that the
product does not use are ignored); any other name and any value that cannot be used is refused, all
of them at once, each with its place and the nearest valid name.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from peak_trade.clock import FREEZE_VARIABLE
from peak_trade.errors import SettingsError
from peak_trade.settings_ignored import IGNORED, OPEN_SECTIONS
from peak_trade.settings_sections import (
    Dashboard,
    Exchange,
    Section,
    ShadowPaperLogging,
    Store,
    Switch,
    WebUi,
)

PREFIX = "PEAK_TRADE_"
CONFIG_VARIABLE = "PEAK_TRADE_CONFIG_PATH"
DEFAULT_FILE = Path("config/config.toml")


class Settings(BaseSettings):
    """The table; made by `load`, which also knows the file and refuses unknown names."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        populate_by_name=True,
    )

    prometheus_enabled: Switch = Field(
        False,
        description="Count HTTP requests in `/metrics`; in the environment only `1` switches on.",
    )
    require_prometheus_client: Switch = Field(
        False,
        validation_alias="REQUIRE_PROMETHEUS_CLIENT",
        description="Answer `/metrics` with 503 where metrics cannot be produced;"
        " in the environment only `1` switches on.",
    )
    web_ui: WebUi = WebUi()
    shadow_paper_logging: ShadowPaperLogging = ShadowPaperLogging()
    dashboard: Dashboard = Dashboard()
    store: Store = Store()
    exchange: Exchange = Exchange()

    @cached_property
    def origins(self) -> dict[str, str]:
        """Where the value of each setting (`section.key`) came from; filled by `load`."""
        return dict.fromkeys(table(), "default")

    @classmethod
    def settings_customise_sources(
        cls, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the caller alone: `load` merges the sources and keeps the origins."""
        return (sources["init_settings"],)

    def _path(self, text: str) -> Path:
        return (Path(self.dashboard.root).expanduser() / Path(text).expanduser()).resolve()

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
    alias = getattr(Settings.model_fields.get(name), "validation_alias", None)
    return alias if isinstance(alias, str) else PREFIX + name.replace(".", "__").upper()


def load(config: Path | None = None, overrides: Mapping[str, object] | None = None) -> Loaded:
    """Merge default, file, environment and command line.

    Parameters
    ----------
    config
        The TOML file, as given on the command line.
    overrides
        Values of the command line by `section.key`; None means not given.

    Raises
    ------
    SettingsError
        If a name is unknown, a value cannot be used, or the file cannot be read; one line for
        each problem.
    """
    file, data = _read_file(config)
    problems = [_unknown_in_file(file, name) for name in _unknown(data)]
    problems += _unknown_variables()
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    merged: dict[str, tuple[object, str]] = {}
    for origin, values in (
        (str(file), _flat(data)),
        ("environment", _flat(EnvSettingsSource(Settings)())),
        ("command line", given),
    ):
        merged.update({name: (values[name], origin) for name in table() if name in values})
    try:
        settings = Settings(**_nested({name: value for name, (value, _) in merged.items()}))
    except ValidationError as error:
        problems += _bad_values(error, merged)
    if problems:
        raise SettingsError("\n".join(problems))
    settings.origins.update({name: origin for name, (_, origin) in merged.items()})
    return Loaded(settings)


def _read_file(config: Path | None) -> tuple[Path, dict[str, Any]]:
    named = os.environ.get(CONFIG_VARIABLE)
    file = config or (Path(named) if named else DEFAULT_FILE)
    try:
        return file, tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not config and not named:
            return file, {}
        origin = "--config" if config else CONFIG_VARIABLE
        raise SettingsError(f"{file}: no such configuration file (given by {origin})") from None
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{file}: not a TOML file: {error}") from None


def _flat(data: Mapping[str, Any], section: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in data.items():
        name = _aliases().get(key, key) if not section else f"{section}.{key}"
        if isinstance(value, dict) and name not in table():
            flat.update(_flat(value, name))
        else:
            flat[name] = value
    return flat


def _aliases() -> dict[str, str]:
    return {variable(name): name for name in Settings.model_fields}


def _nested(flat: Mapping[str, object]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        section, _, key = name.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[key] = value
    return nested


def _known_names() -> set[str]:
    return {*table(), *(f"{s}.{key}" for s, keys in IGNORED.items() for key in keys)}


def _known_sections() -> set[str]:
    return {name.rpartition(".")[0] for name in table()} | set(IGNORED) | OPEN_SECTIONS


def _unknown(data: Mapping[str, Any], section: str = "") -> Iterator[str]:
    for key, value in data.items():
        name = f"{section}.{key}" if section else key
        if isinstance(value, dict) and name in OPEN_SECTIONS:
            continue
        if isinstance(value, dict) and name in _known_sections():
            yield from _unknown(value, name)
        elif name not in _known_names():
            yield name


def _unknown_in_file(file: Path, name: str) -> str:
    section, _, key = name.rpartition(".")
    if not section:
        sections = {known.partition(".")[0] for known in _known_sections() | set(table())}
        return f"{file}: [{key}] is not known{_nearest(key, sections)}"
    siblings = {n.rpartition(".")[2] for n in _known_names() if n.rpartition(".")[0] == section}
    elsewhere = {known for known in table() if known.endswith(f".{key}")}
    hint = _nearest(key, siblings) or _nearest(name, elsewhere)
    return f"{file}: [{section}] {key} is not known{hint}"


def _unknown_variables() -> list[str]:
    known = {variable(name) for name in _known_names()} | {FREEZE_VARIABLE, CONFIG_VARIABLE}
    is_open = tuple(variable(section) + "__" for section in OPEN_SECTIONS)
    return [
        f"environment: {name} is not known{_nearest(name.upper(), known)}"
        for name in sorted(os.environ)
        if name.upper().startswith(PREFIX)
        and name.upper() not in known
        and not name.upper().startswith(is_open)
    ]


def _nearest(name: str, names: set[str]) -> str:
    found = difflib.get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _bad_values(error: ValidationError, merged: dict[str, tuple[object, str]]) -> Iterator[str]:
    for item in error.errors(include_url=False):
        loc = [str(part) for part in item["loc"]]
        name = ".".join([_aliases().get(loc[0], loc[0]), *loc[1:2]])
        value, origin = merged.get(name, (item["input"], "settings"))
        place = variable(name) if origin == "environment" else name
        yield f"{origin}: {place} = {value!r}: {item['msg'][0].lower()}{item['msg'][1:]}"
