"""Run by `panel serve apps/` before the server is built: makes it ours."""

import peak_trade.serve.plugin  # noqa: F401
