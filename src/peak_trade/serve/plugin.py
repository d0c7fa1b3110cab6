"""For `panel serve apps/*.py --plugins peak_trade.serve.plugin`.

Importing it makes the server ours; settings that cannot be used end the program with their text.
"""

from __future__ import annotations

import sys
from typing import Any

from peak_trade.search_path import leave_out_working_directory

# Panel imports plugins with the working directory on the path, and takes it off itself afterwards.
of_panel = list(sys.path)
leave_out_working_directory()

from peak_trade.serve.install import install_or_exit  # noqa: E402  nothing from that directory

try:
    install_or_exit()
finally:
    sys.path[:] = of_panel

ROUTES: list[tuple[Any, ...]] = []
"""Panel asks a plugin for routes; ours come from the route table."""
