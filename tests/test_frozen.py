"""What is shared cannot be changed, and is otherwise what it was."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from peak_trade import jsonio
from peak_trade.derive.candles import Candles
from peak_trade.frozen import frozen


def value() -> dict[str, Any]:
    times = np.arange(3).astype("datetime64[us]")
    candles = Candles(times, *(np.arange(3.0) for _ in range(5)))
    return {"rows": [{"a": [1, 2]}], "array": np.arange(3.0), "pair": (1, [2]), "candles": candles}


CHANGES: dict[str, Callable[[Any], object]] = {
    "a key is set": lambda v: v.__setitem__("rows", 1),
    "a key is deleted": lambda v: v.pop("rows"),
    "keys are merged": lambda v: v.update(rows=1),
    "keys are merged in place": lambda v: v.__ior__({"rows": 1}),
    "a list grows": lambda v: v["rows"].append(1),
    "a list grows in place": lambda v: v["rows"].__iadd__([1]),
    "a list in a dict in a list": lambda v: v["rows"][0]["a"].__setitem__(0, 666),
    "a list in a tuple": lambda v: v["pair"][1].sort(),
    "a number of an array": lambda v: v["array"].__setitem__(0, 666),
    "a part of an array": lambda v: v["array"][1:].__iadd__(1),
    "an array of a data class": lambda v: v["candles"].close.__setitem__(0, 666),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_an_error_and_changes_nothing(change: Callable[[Any], object]) -> None:
    shared = frozen(value())
    with pytest.raises((TypeError, ValueError), match=r"shared|read-only"):
        change(shared)
    np.testing.assert_equal(copy.deepcopy(shared["array"]), value()["array"])
    assert shared["rows"] == value()["rows"]
    assert shared["candles"].close.tolist() == [0.0, 1.0, 2.0]


def test_it_reads_and_is_written_as_what_it_was() -> None:
    plain: dict[str, Any] = {"rows": [{"a": [1, 2]}], "array": np.arange(3.0)}
    shared = frozen(plain)
    assert jsonio.dumps(shared) == jsonio.dumps({"rows": [{"a": [1, 2]}], "array": [0.0, 1.0, 2.0]})
    assert isinstance(shared, dict)
    assert isinstance(shared["rows"], list)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_can_be_changed(copied: Callable[[Any], Any]) -> None:
    shared = frozen({"rows": [{"a": [1, 2]}]})
    own = copied(shared)
    own["rows"][0]["a"].append(3)
    own["more"] = 1
    assert shared == {"rows": [{"a": [1, 2]}]}
