"""The command `peak-trade`, some of whose pages cannot be built.

`python broken_page.py VIEW.METHOD,... arguments...`; those methods raise an error.
"""

from __future__ import annotations

import sys
from pkgutil import resolve_name
from typing import Any

from peak_trade.cli import main


def broken(*_: Any, **__: Any) -> Any:
    """Raise an error."""
    raise RuntimeError("an error of the program")


if __name__ == "__main__":
    for name in sys.argv.pop(1).split(","):
        view, method = name.rsplit(".", 1)
        setattr(resolve_name(view), method, broken)
    main()
