"""Memory that does not suffice to read a file: a fault of this file alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

import pyarrow as pa

from peak_trade.artifacts.files import UnusableError
from peak_trade.errors import is_shortage

P = ParamSpec("P")
T = TypeVar("T")

NO_MEMORY: Final = "larger than the memory that is left"


def sufficing(read: Callable[Concatenate[Path, P], T]) -> Callable[Concatenate[Path, P], T]:
    """Let a reader of a file tell that memory does not suffice, as any reason why it is unusable.

    What was read until then is given back before: allocators keep it for the thread that read.
    """

    @wraps(read)
    def sufficed(path: Path, /, *args: P.args, **options: P.kwargs) -> T:
        try:
            return read(path, *args, **options)
        except Exception as error:
            if not is_shortage(error):
                raise
            # below, when no frame of the reader holds anything any more
        pa.default_memory_pool().release_unused()
        raise UnusableError(path, NO_MEMORY)

    return sufficed
