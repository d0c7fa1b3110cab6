"""Options of Panel and Bokeh that the console cannot keep: refused at the start, never ignored.

Each would give pages that are wrong, or protect only a part of what is served.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import panel as pn
from bokeh.settings import settings as bokeh
from panel.io.liveness import LivenessHandler
from panel.io.server import AuthenticatedStaticFileHandler, ComponentResourceHandler, WSHandler
from tornado.web import RequestHandler

from peak_trade.errors import PeakTradeError

ONE_PROCESS: Final = (
    "--num-procs: what was read is held by one process; `peak-trade serve --workers 2` starts two"
)

_LOG_IN: Final = (
    "a log-in of Panel or Bokeh would protect pages alone, not the data; put a proxy with a log-in"
    " in front"
)
_LOG_IN_WORDS: Final = tuple(
    f"--{start}"
    for start in ("auth-", "basic-", "oauth-", "login-", "logout-", "cookie-", "enable-xsrf")
)
_LOG_IN_VARIABLES: Final = ("PANEL_BASIC_AUTH", "PANEL_OAUTH_", "PANEL_COOKIE_")
_LOG_IN_SETTINGS: Final = ("auth", "basic_auth", "oauth_", "cookie_")
"""How names begin that have to do with a log-in: options of a command line, variables of Panel,
settings of Panel."""

_PROVIDERS: Final[Mapping[str, str]] = {
    "BasicAuthProvider": "basic_auth",
    "OAuthProvider": "oauth_provider",
    "AuthModule": "auth_module",
}

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
    check_log_in(options)
    for problem in _problems(options):
        raise refusal(problem)


def check_log_in(options: Mapping[str, Any] | None = None) -> None:
    """Refuse what would make Panel or Bokeh ask for a log-in, and what belongs to one.

    Parameters
    ----------
    options
        Those of a Bokeh application, once there are some. Command line, environment and settings
        are looked at without them, before Panel complains about what else a log-in needs.

    Raises
    ------
    PeakTradeError
        Names all that is set, under the name that it was set by.
    """
    for found in (_words(), _variables(), _panel_settings(), _application(options or {})):
        if names := ", ".join(found):
            raise refusal(f"{names}: {_LOG_IN}")


def _words() -> Iterator[str]:
    """Yield options of the command lines of Panel and Bokeh; those of other programs are theirs."""
    before = Path()
    words = iter(sys.orig_argv)  # `sys.argv` is that of the app file while one is run
    for word in words:
        if word == "serve" and before.stem in {"panel", "bokeh"}:
            break
        before = Path(word)
    for word in words:
        if word == "--args":  # what follows is for the pages
            return
        if word.startswith(_LOG_IN_WORDS):
            yield word.partition("=")[0]


def _variables() -> Iterator[str]:
    """Yield variables of the environment; Bokeh's settings may be in a file, too."""
    for name in sorted(os.environ):
        if name.startswith(_LOG_IN_VARIABLES) and os.environ[name]:
            yield name
    for setting in (bokeh.auth_module, bokeh.cookie_secret, bokeh.xsrf_cookies):
        if setting():
            yield str(setting.env_var)


def _panel_settings() -> Iterator[str]:
    """Yield what is set in `pn.config`; of some it keeps what was set under a second name."""
    for parameter in pn.config.param.objects().values():
        name = parameter.name.strip("_")
        if name.startswith(_LOG_IN_SETTINGS):
            second = getattr(pn.config, f"_{name}_", None)
            if second is not None or getattr(pn.config, parameter.name) != parameter.default:
                yield f"pn.config.{name}"


def _application(options: Mapping[str, Any]) -> Iterator[str]:
    auth = options.get("auth_provider")
    if auth is not None and (auth.get_user or auth.get_user_async or auth.endpoints):
        yield _PROVIDERS.get(type(auth).__name__, "auth_provider")
    yield from (name for name in ("cookie_secret", "xsrf_cookies") if options.get(name))


def refusal(problem: str) -> PeakTradeError:
    """Return the error for an option, given as `--option: reason`."""
    option, _, reason = problem.partition(": ")
    return PeakTradeError(f"leave out {option}: {reason}")


def _problems(options: Mapping[str, Any]) -> Iterator[str]:
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
