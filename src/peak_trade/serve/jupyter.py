"""The console inside Jupyter: an entry for jupyter-server-proxy, at `<base url>peak-trade/`.

It watches below the directory that Jupyter was started in, unless a setting says otherwise. The
console sees requests as if they came from this machine, because Jupyter has checked who sends them.
"""

from __future__ import annotations

import sys

HERE = "127.0.0.1:{port}"


def server() -> dict[str, object]:
    """Return how jupyter-server-proxy starts the console and passes requests to it."""
    command = [sys.executable, "-P", "-m", "peak_trade", "serve"]
    return {
        "command": [*command, "--port", "{port}", "--prefix", "{base_url}peak-trade"],
        "absolute_url": True,
        "timeout": 60,
        "request_headers_override": {"Host": HERE, "Origin": f"http://{HERE}"},
        "launcher_entry": {"title": "Peak_Trade"},
    }
