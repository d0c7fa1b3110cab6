"""Options of `panel serve` that the console cannot keep: refused at the start, never ignored.

Each would give pages that are wrong, or protect only a part of what is served.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import panel as pn
from panel.io.liveness import LivenessHandler
from panel.io.server import AuthenticatedStaticFileHandler, ComponentResourceHandler, WSHandler
from tornado.web import RequestHandler

from peak_trade.errors import PeakTradeError

ONE_PROCESS: Final = "--num-procs: what was read is held by one process"

_HANDLERS: Final[Mapping[type[RequestHandler], str]] = {
    AuthenticatedStaticFileHandler: "--static-dirs: files of the console alone are served",
    LivenessHandler: "--liveness: /health and /livez tell whether the console is alive",
    WSHandler: "--admin: nothing is administered here; /metrics and /about tell the state",
}


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse what cannot be kept of the options of a Bokeh application and of Panel's settings.

    Raises
    ------
    PeakTradeError
        Names the first such option, why it cannot be kept, and says to leave it out.
    """
    for problem in _problems(options):
        raise refusal(problem)


def refusal(problem: str) -> PeakTradeError:
    """Return the error for an option, given as `--option: reason`."""
    option, _, reason = problem.partition(": ")
    return PeakTradeError(f"leave out {option}: {reason}")


def _problems(options: Mapping[str, Any]) -> Iterator[str]:
    auth = options.get("auth_provider")
    if auth is not None and (auth.get_user or auth.get_user_async or auth.endpoints):
        yield (
            "--basic-auth, --oauth-provider and --auth-module: they would protect pages alone, not"
            " the data; put a proxy with a log-in in front"
        )
    if pn.config.nthreads is not None:
        yield "--num-threads: pages are built by the thread that holds what was read"
    if pn.config.reuse_sessions:
        yield "--reuse-sessions: each page has a view of its own"
    if not options.get("generate_session_ids", True):
        yield "--session-ids external-signed: the server alone chooses the ids of sessions"
    for pattern, handler, *_ in options.get("extra_patterns") or ():
        if handler is not ComponentResourceHandler:
            other = f"the option that adds {pattern}: the console serves nothing of others"
            yield _HANDLERS.get(handler, other)
