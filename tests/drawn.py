"""Strategies of Hypothesis that reach every size: a list alone is short, whatever it may be."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def lists(
    items: st.SearchStrategy[T], max_size: int, min_size: int = 0
) -> st.SearchStrategy[list[T]]:
    """Return lists whose length is drawn first, each as likely as another."""
    lengths = st.integers(min_size, max_size)
    return lengths.flatmap(lambda n: st.lists(items, min_size=n, max_size=n))


def binary(max_size: int) -> st.SearchStrategy[bytes]:
    """Return bytes whose length is drawn first."""
    return st.integers(0, max_size).flatmap(lambda n: st.binary(min_size=n, max_size=n))
