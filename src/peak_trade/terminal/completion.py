"""The ids of runs and sessions for the shell, which asks at each press of Tab."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from peak_trade.cli_options import places
from peak_trade.errors import PeakTradeError
from peak_trade.settings import load
from peak_trade.store.local import LocalStore

MAX_IDS: Final = 200
ONE_WORD: Final = re.compile(r"\w[\w@%+=:,./-]*")
"""What each shell takes as it stands: what is inserted is run when Enter is pressed."""


def ids(params: Mapping[str, Any], incomplete: str) -> list[str]:
    """Return the ids that begin with `incomplete`, the last ones by name first.

    `params` are the options that were typed so far. An id that means something else to a shell,
    such as one with a space or a quote, is left out.
    """
    given = [params.get(name) for name in ("root", "base_runs_dir", "sessions_dir")]
    with suppress(PeakTradeError, OSError):
        settings = load(params.get("config"), places(*given), by_address=True).settings
        store = LocalStore.of(settings)
        names = {*store.run_names(), *store.refresh_sessions().by_id}
        plain = (n for n in names if n.startswith(incomplete) and ONE_WORD.fullmatch(n))
        return sorted(plain, reverse=True)[:MAX_IDS]
    return []
