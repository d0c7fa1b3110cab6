"""Payload of the about page: what is proved about watch-only, versions, settings in force.

Values of settings whose name says so are hidden, and so are names and passwords in addresses.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

from typing_extensions import TypedDict

from peak_trade import addresses, jsonio
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.redact import redact
from peak_trade.contract.base.route import Context, Params
from peak_trade.i18n import mark
from peak_trade.settings import Settings, table, value_of

DISTRIBUTION: Final = "peak-trade-dashboard"
"""Name under which the product is installed."""

LIBRARIES: Final = ("panel", "bokeh", "tornado", "pandas", "pyarrow")


class Proof(TypedDict):
    """One property of watch-only, and the test that fails when it does not hold."""

    claim: Annotated[str, f.about("The property", "No request can change anything")]
    how: Annotated[str, f.about("What makes it so", "Only GET and HEAD are answered")]
    test: Annotated[
        str,
        f.about(
            "File and name of the test, in the source tree",
            "tests/serve/test_matrix.py::test_other_methods",
        ),
    ]


class Setting(TypedDict):
    """One setting in force."""

    name: Annotated[str, f.about("Section and name", "web_ui.port")]
    value: Annotated[str, f.about("As JSON; secrets are hidden", "8000")]
    origin: Annotated[str, f.about("default, a file, environment or command line", "default")]
    meaning: Annotated[str, f.about("What it does", "Port of the server")]


class AboutPayload(TypedDict):
    """What the about page shows."""

    proofs: Annotated[list[Proof], f.about("Properties of watch-only, and their tests")]
    versions: Annotated[dict[str, str], f.about("Program to its version", {"python": "3.11.2"})]
    settings: Annotated[list[Setting], f.about("All settings in force")]
    newest: Annotated[Freshness | None, f.about("Of the run with the newest event")]


PROOFS: Final[tuple[Proof, ...]] = (
    {
        "claim": mark("No request can change anything"),
        "how": mark("Only GET and HEAD are answered, on every path; any other verb gets 405."),
        "test": "tests/serve/test_matrix.py::test_other_methods",
    },
    {
        "claim": mark("A server that could write does not start"),
        "how": mark(
            "All handlers are checked before the first request; one with another verb ends it."
        ),
        "test": "tests/serve/test_install.py::test_a_handler_that_writes_stops_the_assembly",
    },
    {
        "claim": mark("Watching leaves no trace"),
        "how": mark(
            "After every page and route was used, the artifacts are the same, byte for byte."
        ),
        "test": "tests/browser/test_watch_only.py::"
        "test_nothing_below_the_root_is_made_changed_or_removed",
    },
    {
        "claim": mark("No order can be sent from here"),
        "how": mark("The process of the pages loads no runner, no exchange client and no ccxt."),
        "test": "tests/codebase/test_codebase.py::test_the_web_process_imports_no_write_side",
    },
    {
        "claim": mark("This machine alone can ask"),
        "how": mark(
            "Without a setting that says otherwise, only the loopback address is listened on."
        ),
        "test": "tests/serve/test_matrix.py::test_only_loopback_is_listened_on",
    },
    {
        "claim": mark("Other sites cannot ask through the browser"),
        "how": mark("Requests that carry a foreign host name are refused with 421."),
        "test": "tests/serve/test_matrix.py::test_foreign_hosts",
    },
    {
        "claim": mark("Pages run their own scripts alone"),
        "how": mark(
            "Every answer carries a content policy without unsafe-eval; all text is only text."
        ),
        "test": "tests/web/test_handler.py::test_every_answer_carries_the_security_headers",
    },
)


async def about(context: Context, params: Params) -> AboutPayload:
    """Give what the about page shows."""
    summaries = (await context.store.index()).ordered
    return {
        "proofs": list(PROOFS),
        "versions": versions(),
        "settings": [setting(context.settings, name) for name in table()],
        "newest": freshness((await lives(context)).summary(summaries[0])) if summaries else None,
    }


def versions() -> dict[str, str]:
    """Return the versions of the product and of what it runs on."""
    ours = {"peak-trade": version(DISTRIBUTION), "python": platform.python_version()}
    return ours | {name: version(name) for name in LIBRARIES}


def setting(settings: Settings, name: str) -> Setting:
    """Return a setting; of a file outside the current directory only the name is told."""
    value = redact({name: value_of(settings, name)})[name]
    origin = settings.origins[name]
    return {
        "name": name,
        "value": addresses.masked(jsonio.dumps(value).decode()),
        "origin": Path(origin).name if Path(origin).is_absolute() else origin,
        "meaning": table()[name].description or "",
    }
