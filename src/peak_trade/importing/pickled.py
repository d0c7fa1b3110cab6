"""Pickles of tables, read without running what is in them.

Assumes pickles by pandas of series and frames. Guarantees that only the functions named here are
called; every other class or function of a pickle becomes an empty object.
"""

from __future__ import annotations

import pickle
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

_KNOWN: Final = {
    "pandas": {"DataFrame", "Series", "Index", "RangeIndex", "DatetimeIndex", "StringDtype"},
    "pandas.core.frame": {"DataFrame"},
    "pandas.core.series": {"Series"},
    "pandas.core.internals.managers": {"BlockManager", "SingleBlockManager"},
    "pandas.core.indexes.base": {"Index", "_new_Index"},
    "pandas.core.indexes.range": {"RangeIndex"},
    "pandas.core.indexes.datetimes": {"DatetimeIndex", "_new_DatetimeIndex"},
    "pandas.arrays": {"ArrowStringArray", "DatetimeArray", "StringArray", "TimedeltaArray"},
    "pandas.core.arrays.datetimes": {"DatetimeArray"},
    "pandas.core.arrays.timedeltas": {"TimedeltaArray"},
    "pandas.core.arrays.string_": {"StringArray", "StringDtype"},
    "pandas.core.arrays.string_arrow": {"ArrowStringArray"},
    "pandas._libs.arrays": {"__pyx_unpickle_NDArrayBacked"},
    "pandas._libs.internals": {"_unpickle_block"},
    "pandas._libs.tslibs.nattype": {"_nat_unpickle"},
    "pandas._libs.tslibs.timedeltas": {"_timedelta_unpickle"},
    "pandas._libs.tslibs.timestamps": {"_unpickle_timestamp"},
    "pyarrow.lib": {"_restore_array", "py_buffer", "type_for_alias", "chunked_array"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.multiarray": {"scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "builtins": {"slice", "complex", "set", "frozenset", "range", "bytearray"},
    "_codecs": {"encode"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
}
_OFFSETS: Final = "pandas._libs.tslibs.offsets"
_ARRAY_STATE: Final = 5
_SERIES: Final = ("backtesting._stats", "_Stats")


class Unknown:
    """Stands for whatever a pickle has that is no table."""

    def __new__(cls, *_arguments: object, **_options: object) -> Self:
        """Take anything."""
        return object.__new__(cls)

    def __init__(self, *_arguments: object, **_options: object) -> None:
        pass

    def __call__(self, *_arguments: object, **_options: object) -> Unknown:
        """Take anything."""
        return Unknown()

    def __setstate__(self, _state: object) -> None:
        pass

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def append(self, _item: object) -> None:
        """Take anything."""


class _Array(np.ndarray):
    """An array of any class: what a class adds to the state of an array is left out."""

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state[:_ARRAY_STATE])


def _reconstruct(_kind: object, shape: Any, code: Any) -> Any:
    """Make an empty array for its content."""
    return np.ndarray.__new__(_Array, shape, code)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == _SERIES:
            module, name = "pandas", "Series"
        if name == "_reconstruct" and module.startswith("numpy."):
            return _reconstruct
        is_offset = module == _OFFSETS and name.isidentifier() and not name.startswith("_")
        if name in _KNOWN.get(module, ()) or is_offset:
            return getattr(import_module(module), name, Unknown)
        return Unknown


def load_tables(path: Path) -> Any:
    """Return the object of a pickle, with `Unknown` for what is no table.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no pickle, or not one of tables.
    """
    with path.open("rb") as stream:
        try:
            return _Unpickler(stream).load()
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - damaged bytes can raise anything
            raise ValueError(type(error).__name__) from None
