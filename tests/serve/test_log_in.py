"""There is no log-in: whoever asks Panel or Bokeh for one is told so, however the server starts.

A public address is refused likewise, unless it is said that everybody may read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bokeh.command.subcommands.serve import Serve as BokehServe
from panel.command.serve import Serve as PanelServe

from serve.test_matrix import APPS, FILES
from serving import PATIENCE, clean_environment

pytestmark = pytest.mark.both

FORKED = Path(__file__).with_name("forked.py")
SENTENCE = (
    "leave out {}: a log-in of Panel or Bokeh would protect pages alone, not the data;"
    " put a proxy with a log-in in front"
)
PUBLIC = "0.0.0.0 can be reached from other machines, and there is no log-in"

AUTH = "auth.py"
AUTH_MODULE = "def get_user(handler):\n    return 'somebody'\n\nlogin_url = '/in'\n"
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
VALUES = {
    "--auth-module": AUTH,
    "--auth-template": AUTH,
    "--basic-login-template": AUTH,
    "--oauth-provider": "github",
    "--oauth-expiry-days": "2",
    "--oauth-extra-params": "{'a': 'b'}",
    "--oauth-encryption-key": KEY,
}
NO_VALUE = {"--oauth-refresh-tokens", "--oauth-optional", "--enable-xsrf-cookies"}
VARIABLES = {
    "BOKEH_AUTH_MODULE": AUTH,
    "BOKEH_COOKIE_SECRET": "x",
    "BOKEH_XSRF_COOKIES": "yes",
    "PANEL_BASIC_AUTH": "x",
    "PANEL_COOKIE_PATH": "/x",
    "PANEL_COOKIE_SECRET": "x",
    "PANEL_OAUTH_ENCRYPTION": KEY,
    "PANEL_OAUTH_EXPIRY": "2",
    "PANEL_OAUTH_EXTRA_PARAMS": "{'a': 'b'}",
    "PANEL_OAUTH_GUEST_ENDPOINTS": "['/x']",
    "PANEL_OAUTH_JWT_USER": "x",
    "PANEL_OAUTH_KEY": "x",
    "PANEL_OAUTH_OPTIONAL": "1",
    "PANEL_OAUTH_PROVIDER": "github",
    "PANEL_OAUTH_REDIRECT_URI": "x",
    "PANEL_OAUTH_REFRESH_TOKENS": "1",
    "PANEL_OAUTH_SECRET": "x",
}
SETTINGS: dict[str, object] = {
    "auth_template": AUTH,
    "basic_auth": {"user": "x"},
    "basic_auth_template": AUTH,
    "cookie_path": "/x",
    "cookie_secret": "x",
    "oauth_encryption_key": b"x",
    "oauth_expiry": 2,
    "oauth_extra_params": {"a": "b"},
    "oauth_guest_endpoints": ["/x"],
    "oauth_jwt_user": "x",
    "oauth_key": "x",
    "oauth_optional": True,
    "oauth_provider": "github",
    "oauth_redirect_uri": "x",
    "oauth_refresh_tokens": True,
    "oauth_secret": "x",
}
KEYWORDS: dict[str, object] = {
    "basic_auth": "x",
    "xsrf_cookies": True,
    **{name: SETTINGS[name] for name in SETTINGS if name.startswith(("cookie_", "oauth_"))},
}
del KEYWORDS["oauth_encryption_key"], KEYWORDS["oauth_expiry"]  # set in `pn.config` alone


def options_of(command: type[BokehServe]) -> dict[str, list[str]]:
    """Return each option of a command that has to do with a log-in, with a value it takes."""
    starts = ("auth-", "basic", "cookie", "enable-xsrf", "login", "logout", "oauth")
    names = sorted(name for name, _ in command.args if name.lstrip("-").startswith(starts))
    return {name: [name] if name in NO_VALUE else [name, VALUES.get(name, "x")] for name in names}


Program = tuple[str, list[str]]
WITH_PLUGIN = ["--port", "0", "--plugins", "peak_trade.serve.plugin"]
WAYS: dict[str, Program] = {
    "peak-trade serve": ("peak-trade", ["serve", "--port", "0"]),
    "panel serve apps/": ("panel", ["serve", f"{APPS}/", "--port", "0"]),
    "panel serve --plugins": ("panel", ["serve", *FILES[:2], *WITH_PLUGIN]),
    "bokeh serve apps/": ("bokeh", ["serve", f"{APPS}/", "--port", "0"]),
    "pn.serve": ("pn.serve", ["{}"]),
}
BEFORE_PLUGINS = {
    f"panel serve --plugins {name}" for name in ("--oauth-provider", "PANEL_OAUTH_PROVIDER")
}
OF_PANEL = "you must supply a valid cookie_secret"
"""What Panel 1.10 refuses itself, before it loads a plugin, and how."""

OPTIONS = {"panel": options_of(PanelServe), "bokeh": options_of(BokehServe)}

Start = tuple[str, str, list[str], dict[str, str]]
Cases = dict[str, tuple[Start, str]]


def with_options() -> Cases:
    """Return starts with every option of a command line; our own knows none of Panel's."""
    cases: Cases = {}
    for way, (program, words) in WAYS.items():
        unknown = {"peak-trade": "No such option: {}", "pn.serve": ""}.get(program, SENTENCE)
        for name, given in OPTIONS.get(program, OPTIONS["panel"]).items() if unknown else ():
            cases[f"{way} {name}"] = (program, "", [*words, *given], {}), unknown.format(name)
    program, words = WAYS["panel serve apps/"]
    given = ["--oauth-provider=github", "--oauth-key", "x", "--cookie-secret", "x"]
    named = SENTENCE.format("--oauth-provider, --oauth-key, --cookie-secret")
    return cases | {"all that is set is named": ((program, "", [*words, *given], {}), named)}


def with_variables() -> Cases:
    """Return starts with every variable of the environment."""
    return {
        f"{way} {name}": ((program, "", words, {name: value}), SENTENCE.format(name))
        for way, (program, words) in WAYS.items()
        for name, value in VARIABLES.items()
    }


def with_settings() -> Cases:
    """Return starts of a program that has set something in Panel."""
    lines = {name: f"pn.config.{name} = {value!r}" for name, value in SETTINGS.items()}
    lines["authorize_callback"] = "pn.config.authorize_callback = print"
    return {
        line: (("pn.serve", line, ["{}"], {}), SENTENCE.format(f"pn.config.{name}"))
        for name, line in lines.items()
    }


def with_keywords() -> Cases:
    """Return starts of a program that passes keywords to Panel."""
    direct = {"basic_auth", "xsrf_cookies"}
    return {
        f"pn.serve({name}=...)": (
            ("pn.serve", "", [json.dumps({name: value})], {}),
            SENTENCE.format(name if name in direct else f"pn.config.{name}"),
        )
        for name, value in KEYWORDS.items()
    }


def with_public_addresses() -> Cases:
    """Return starts at which other machines would be listened to."""
    given = ["--address", "0.0.0.0"]
    variable = {"PEAK_TRADE_WEB_UI__HOST": "0.0.0.0"}
    starts: dict[str, Start] = {
        way: (program, "", [*words, *given], {})
        for way, (program, words) in WAYS.items()
        if program in OPTIONS
    }
    starts["--host"] = ("peak-trade", "", ["serve", "--port", "0", "--host", "0.0.0.0"], {})
    starts["variable"] = ("peak-trade", "", ["serve", "--port", "0"], variable)
    starts["demo"] = ("peak-trade", "", ["demo", "--port", "0"], variable)
    starts["pn.serve"] = ("pn.serve", "", ['{"address": "0.0.0.0"}'], {})
    return {f"public {way}": (start, PUBLIC) for way, start in starts.items()}


GROUPS = (with_options, with_variables, with_settings, with_keywords, with_public_addresses)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Return exit code and output of every start."""
    starts = {case: start for group in GROUPS for case, (start, _) in group().items()}
    cwd = tmp_path_factory.mktemp("cwd")
    (cwd / AUTH).write_text(AUTH_MODULE)
    done = subprocess.run(
        [sys.executable, str(FORKED)],
        input=json.dumps(list(starts.values())),
        cwd=cwd,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE * 10,
        check=True,
    )
    return dict(zip(starts, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("group", GROUPS)
def test_it_is_refused_in_one_sentence(
    outcomes: dict[str, tuple[int, str]], group: Callable[[], Cases]
) -> None:
    wrong: dict[str, tuple[int, str]] = {}
    for case, (_, sentence) in group().items():
        code, output = outcomes[case]
        said = " ".join(output.split())
        by_panel = case in BEFORE_PLUGINS and OF_PANEL in said
        if code not in {1, 2} or (said.count(sentence) != 1 and not by_panel):
            wrong[case] = code, output
    assert wrong == {}
