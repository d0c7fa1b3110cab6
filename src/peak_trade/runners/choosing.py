"""Which strategy a run uses, and with what settings: from the table, a package, or a file.

Assumes that a file or package which is named may be executed. Guarantees that a name or a value
which cannot be used is told, with the nearest one, before any market data are read.
"""

from __future__ import annotations

import math
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, get_type_hints

from peak_trade.errors import SettingsError
from peak_trade.runners.strategies import STRATEGIES, Strategy

GROUP: Final = "peak_trade.strategies"
"""Entry points of packages that have strategies."""

_WORDS: Final = {"true", "false"}


def strategy_names() -> list[str]:
    """Return the names of the strategies of the program, then those of installed packages."""
    return [*STRATEGIES, *sorted(entry_points(group=GROUP).names.difference(STRATEGIES))]


def described(kind: type[Strategy]) -> str:
    """Return the settings of a strategy with their defaults; one without has to be given."""
    return ", ".join(map(_with_default, filter(lambda one: one.init, fields(kind))))


def _with_default(setting: Field[Any]) -> str:
    if setting.default is not MISSING:
        return f"{setting.name}={setting.default}"
    if setting.default_factory is not MISSING:
        return f"{setting.name}={setting.default_factory()}"
    return f"{setting.name} (has to be given)"


def find_strategy(name: str) -> type[Strategy]:
    """Return a strategy by its key, by an entry point, or as `file.py:Class`.

    Raises
    ------
    SettingsError
        If there is none, or it cannot be loaded.
    """
    file, _, word = name.rpartition(":")
    if file:
        return _from_file(Path(file), word)
    if name in STRATEGIES:
        return STRATEGIES[name]
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        nearest = get_close_matches(name, strategy_names(), n=1, cutoff=0.0)[0]
        raise SettingsError(f"no strategy {name!r}; did you mean {nearest!r}?")
    try:
        kind = found.load()
    except Exception as error:
        raise SettingsError(f"strategy {name!r} cannot be loaded: {_told(error)}") from error
    return _checked(kind, name)


def make_strategy(
    kind: type[Strategy], configured: Mapping[str, object], given: Sequence[str]
) -> Strategy:
    """Return a fresh strategy with its settings.

    Parameters
    ----------
    configured
        Settings by name, from the configuration.
    given
        Settings as `name=value`, from the command line; they are stronger.

    Raises
    ------
    SettingsError
        If a setting is not known, is missing, or its value cannot be used.
    """
    values: dict[str, object] = dict(configured)
    for text in given:
        name, sign, told = text.partition("=")
        if not sign:
            raise SettingsError(f"--param {text!r} is not a name and a value, such as fast=10")
        values[name.strip()] = told.strip()
    hints = get_type_hints(kind)
    known = [one.name for one in fields(kind) if one.init]
    settings: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0.0)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ", and has none"
            raise SettingsError(f"strategy {kind.key!r} has no setting {name!r}{hint}")
        settings[name] = _value(kind, name, value, hints[name])
    try:
        return kind(**settings)
    except SettingsError:
        raise
    except Exception as error:
        raise SettingsError(f"strategy {kind.key!r} cannot be made: {_told(error)}") from error


def _value(kind: type[Strategy], name: str, value: object, wanted: Any) -> Any:
    """Return a value in the type of its setting."""
    try:
        typed = _typed(value, wanted)
    except (ValueError, TypeError, OverflowError):
        word = {int: "a whole number", float: "a number", bool: "true or false"}.get(wanted)
        raise SettingsError(
            f"strategy {kind.key!r}: {name} = {value!r} is not {word or wanted}"
        ) from None
    least, most = kind.ranges.get(name, (-math.inf, math.inf))
    if wanted in {int, float} and not least <= typed <= most:
        raise SettingsError(
            f"strategy {kind.key!r}: {name} = {typed} is not from {least:g} to {most:g}"
        )
    return typed


def _typed(value: object, wanted: Any) -> Any:
    text = str(value)
    if wanted is bool:
        return text.lower() == "true" if text.lower() in _WORDS else _no()
    if wanted is int:
        return int(text)
    if wanted is float:
        number = float(text)
        return number if math.isfinite(number) else _no()
    return text if wanted is str else _no()


def _no() -> Any:
    raise ValueError


def _from_file(path: Path, word: str) -> type[Strategy]:
    try:
        names = runpy.run_path(str(path))
    except FileNotFoundError:
        raise SettingsError(f"strategy file {path} does not exist") from None
    except Exception as error:
        raise SettingsError(f"strategy file {path} cannot be run: {_told(error)}") from error
    if word not in names:
        kinds = [name for name, one in names.items() if _is_strategy(one)]
        nearest = get_close_matches(word, kinds, n=1, cutoff=0.0)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ", nor any other strategy"
        raise SettingsError(f"strategy file {path} has no {word!r}{hint}")
    return _checked(names[word], f"{path}:{word}")


def _is_strategy(kind: object) -> bool:
    is_kind = isinstance(kind, type) and issubclass(kind, Strategy)
    return is_kind and hasattr(kind, "key") and hasattr(kind, "summary")


def _checked(kind: Any, name: str) -> type[Strategy]:
    if not _is_strategy(kind):
        raise SettingsError(
            f"{name} is no strategy: a subclass of peak_trade.runners.strategies.Strategy with a "
            "`key` and a `summary`"
        )
    found: type[Strategy] = kind
    return found


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
