"""Where settings are written: configuration files and the environment.

Assumes that both are shared with a trading system, which has names of its own there. Guarantees:
a name that is not ours ends nothing; it is kept as `Foreign`, without its value.
"""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from peak_trade.addresses import scheme
from peak_trade.clock import FREEZE_VARIABLE
from peak_trade.errors import SettingsError

PREFIX: Final = "PEAK_TRADE_"
CONFIG_VARIABLE: Final = "PEAK_TRADE_CONFIG_PATH"
ENVIRONMENT: Final = "environment"
SEARCHED: Final = ("config.toml", "config/config.toml")
"""Files that are found by themselves, the weakest first; the trading system has both."""

_SIMILAR: Final = 0.75
_MAX_BYTES: Final = 4 * 2**20
"""Of a file: thousands of times what there is to set; a device has no end."""
_EXTRA: Final = 2  # letters that a typing error adds or leaves out


@dataclass(frozen=True, slots=True)
class Foreign:
    """A name that is no setting: where it stands, and the setting that may be meant.

    `told` says that its writer has to be told: a setting is called like it, or its section is
    ours alone.
    """

    origin: str
    name: str
    hint: str = ""
    told: bool = False

    def __str__(self) -> str:
        """Return what to tell its writer."""
        hint = f"; did you mean {self.hint}?" if self.hint else ""
        return f"{self.origin}: {self.name} is not known and has no effect{hint}"


@dataclass(frozen=True, slots=True)
class Source:
    """What one place says: values by `section.key`, and names that are no settings."""

    origin: str
    values: dict[str, object]
    foreign: tuple[Foreign, ...] = ()


def read_files(
    config: Path | None,
    root: object,
    names: Collection[str],
    shared: Collection[str],
    nested: Mapping[str, tuple[str, str]],
) -> list[Source]:
    """Read the configuration files, the weakest first.

    Parameters
    ----------
    config
        The file given on the command line. Without it: the one that `PEAK_TRADE_CONFIG_PATH`
        names, else those of `SEARCHED` below `root`, else those below the current directory.
    root
        What relative directories are resolved against, if it is given; else None.
    names
        All settings, `section.key`.
    shared
        Sections of them that the trading system has, too.
    nested
        Sections that a file has inside of another one, and where.

    Raises
    ------
    SettingsError
        If a file cannot be read; one line for each.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if config is not None:
        found = {config: "given by --config"}
    elif named:
        found = {Path(named): f"given by {CONFIG_VARIABLE}"}
    else:
        found = dict.fromkeys(_search(root), "found; --config names another one")
    sources, problems = [], []
    for file, why in found.items():
        try:
            data = _lifted(tomllib.loads(_text(file)), nested)
        except FileNotFoundError:
            problems.append(f"{file}: no such configuration file ({why})")
        except OSError as error:
            problems.append(f"{file}: cannot be read: {error.strerror} ({why})")
        except (ValueError, RecursionError) as error:
            problems.append(f"{file}: not a TOML file: {error} ({why})")
        else:
            foreign = tuple(_foreign(str(file), data, names, shared))
            sources.append(Source(str(file), dict(_values(data, names)), foreign))
    if problems:
        raise SettingsError("\n".join(problems))
    return sources


def _text(file: Path) -> str:
    """Return what stands in a file, which may be a pipe.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is too long, or no UTF-8.
    """
    with file.open("rb") as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError(f"longer than {_MAX_BYTES // 2**20} MiB")
    return data.decode("utf-8-sig")


def is_named(config: Path | None) -> bool:
    """Tell whether the file was named, rather than found."""
    return config is not None or bool(os.environ.get(CONFIG_VARIABLE))


def read_environment(variables: Mapping[str, str]) -> Source:
    """Read the environment, whatever the case of its names; an empty variable is not there.

    Parameters
    ----------
    variables
        All settings, `section.key`, by their variable.
    """
    present = {name.upper(): text for name, text in sorted(os.environ.items(), reverse=True)}
    values: dict[str, object] = {
        name: present[key] for key, name in variables.items() if present.get(key)
    }
    known = {*variables, FREEZE_VARIABLE, CONFIG_VARIABLE}
    sections = {name.partition(".")[0] for name in variables.values() if "." in name}
    ours = tuple(f"{PREFIX}{section.upper()}__" for section in sections)
    words = {name.removeprefix(PREFIX).lower(): name for name in known}
    foreign = []
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            hint = words.get(_nearest(name.upper().removeprefix(PREFIX), words), "")
            told = bool(hint) or name.upper().startswith(ours)
            foreign.append(Foreign(ENVIRONMENT, _shown(name), hint, told))
    return Source(ENVIRONMENT, values, tuple(foreign))


def _search(root: object) -> list[Path]:
    is_path = root and not scheme(str(root))
    places = [Path(), *([Path(str(root)).expanduser()] if is_path else [])]
    for place in reversed(places):
        if not _is_searchable(place):
            continue  # what it holds is not known; the pages say that it cannot be read
        found = [place / name for name in SEARCHED if _is_there(place / name)]
        if found:
            return found
    return []


def _is_searchable(directory: Path) -> bool:
    try:
        (directory / "..").stat()  # what is asked for is below it; the answer does not matter
    except (PermissionError, ValueError):  # ValueError: no directory has this name
        return False
    except OSError:
        pass  # not there, or not a directory: nothing is found below it
    return True


def _is_there(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # reading it says what is wrong


def _lifted(data: dict[str, Any], nested: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the data with nested sections at the top."""
    for name, (outer, inner) in nested.items():
        section = data.get(outer)
        if isinstance(section, dict) and isinstance(section.get(inner), dict):
            rest = {key: value for key, value in section.items() if key != inner}
            data = {**data, outer: rest, name: section[inner]}
            if not rest:
                del data[outer]
    return data


def _values(data: Mapping[str, Any], names: Collection[str]) -> Iterator[tuple[str, object]]:
    for name in names:
        section, _, key = name.rpartition(".")
        keys = data.get(section) if section else data
        if isinstance(keys, dict) and key in keys:
            yield name, keys[key]


def _foreign(
    origin: str, data: Mapping[str, Any], names: Collection[str], shared: Collection[str]
) -> Iterator[Foreign]:
    sections = {name.partition(".")[0] for name in names if "." in name}
    plain = {name for name in names if "." not in name}
    for key, value in data.items():
        if key in sections and isinstance(value, dict):
            yield from _foreign_keys(origin, key, value, names, told=key not in shared)
        elif key not in plain:
            hint = _nearest(key, sections | plain)
            hint = f"[{hint}]" if hint in sections else hint
            if isinstance(value, dict):
                yield Foreign(origin, f"[{_shown(key)}]", hint, told=bool(hint))
            else:
                hint = hint or _elsewhere(key, names)
                yield Foreign(origin, _shown(key), hint, told=bool(hint))


def _foreign_keys(
    origin: str, section: str, keys: Mapping[str, Any], names: Collection[str], *, told: bool
) -> Iterator[Foreign]:
    siblings = [name.rpartition(".")[2] for name in names if name.startswith(f"{section}.")]
    for key in keys:
        if key not in siblings:
            hint = _nearest(key, siblings) or _elsewhere(key, names)
            yield Foreign(origin, f"[{section}] {_shown(key)}", hint, told or bool(hint))


def _elsewhere(key: str, names: Collection[str]) -> str:
    """Return the setting of another section that has this key, if it is one alone."""
    found = [name for name in names if name.endswith(f".{key}")]
    return found[0] if len(found) == 1 else ""


def _nearest(name: str, names: Collection[str]) -> str:
    """Return the name that this one may be a typing error of."""
    near = [known for known in names if abs(len(known) - len(name)) <= _EXTRA]
    return next(iter(difflib.get_close_matches(name.lower(), near, n=1, cutoff=_SIMILAR)), "")


def _shown(name: str) -> str:
    return name if name.isprintable() else ascii(name)
