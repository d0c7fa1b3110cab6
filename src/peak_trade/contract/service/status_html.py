"""The status snapshot as one plain page: no script, no form, nothing from elsewhere; it prints.

A summary comes first: the verdict, and a line for each panel, the worst on top; then each panel
with its details. On paper it is dark on white, whatever the colours of the screen.

Guarantees: every text is escaped; equal arguments give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import islice
from typing import Final

from peak_trade import jsonio
from peak_trade.contract.service.schema import Panel, StatusSnapshot, Verdict, VerdictPart
from peak_trade.contract.service.verdict import WORST_FIRST

MARKS: Final = {"error": "■", "warn": "▲", "unknown": "?", "ok": "●"}
"""Signs of the states, the worst first."""

FACTS: Final = 4
"""Values of a panel that its line of the summary shows, at most."""

LONGEST: Final = 60
"""Characters of a text among them."""

_STYLE: Final = """
:root { color-scheme: light dark; --line: #d8dee6; --muted: #5b6672; --page: #f5f7fa; --card: #fff;
  --text: #1b222b; --ok: #1a7f37; --warn: #946200; --error: #c42b1c; --unknown: #5b6672; }
@media screen and (prefers-color-scheme: dark) { :root {
  --line: #2a313c; --muted: #8b949e; --page: #0e1116;
  --card: #161b22; --text: #e6edf3; --ok: #3fb950; --warn: #d9a21b; --error: #f85149;
  --unknown: #8b949e; } }
body { margin: 0 auto; max-width: 1100px; padding: 24px 16px; background: var(--page);
  color: var(--text); font: 14px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: baseline; }
h1 { font-size: 20px; margin: 0; }
header p { margin: 0; color: var(--muted); }
main { display: grid; gap: 16px; margin-top: 16px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 500px), 1fr)); }
section { background: var(--card); border-radius: 8px; padding: 16px; break-inside: avoid;
  overflow: hidden; }
h2 { font-size: 16px; margin: 0; display: flex; gap: 8px; align-items: baseline; }
h2 code { color: var(--muted); font-size: 12px; font-weight: normal; }
h2 .status { margin-left: auto; }
.status { font-size: 13px; font-variant-caps: all-small-caps; }
.ok { color: var(--ok); } .warn { color: var(--warn); } .error { color: var(--error); }
.unknown { color: var(--unknown); }
pre { margin: 8px 0 0; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
.verdict { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 8px 0 0; font-weight: bold; }
.summary { padding: 0; list-style: none; margin: 8px 0 0; }
.summary li { display: grid; grid-template-columns: 96px 120px 1fr; gap: 0 16px; padding: 4px 0;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.summary span:last-child { color: var(--muted); } .summary a { color: var(--text); }
@media (max-width: 500px) { .summary li { grid-template-columns: 96px 1fr; }
  .summary span:last-child { grid-column: 1 / -1; } }
@media print { :root { color-scheme: light; } .summary a { text-decoration: none; }
  body { max-width: none; padding: 0; background: none; }
  main { display: block; } section { border: 1px solid #999; margin-bottom: 12px; } }
"""


def page(snapshot: StatusSnapshot, verdict: Verdict) -> bytes:
    """Return the snapshot below the verdict as an HTML page, UTF-8."""
    version, time = escape(snapshot["version"]), escape(snapshot["generated_at"])
    sections = "\n".join(_section(panel) for panel in snapshot["panels"])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Peak_Trade status</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>Peak_Trade status</h1><p>watch-only</p><p>version {version}</p>"
        f"<p>as of {time}</p></header>\n{_summary(snapshot['panels'], verdict)}"
        f"<main>\n{sections}\n</main>\n</body>\n</html>\n"
    ).encode()


def _summary(panels: Sequence[Panel], verdict: Verdict) -> str:
    """Return the verdict, and a line for each panel, the worst first."""
    counts = Counter(panel["status"] for panel in panels)
    told = ", ".join(f"{counts[status]} {status}" for status in MARKS if counts[status])
    states = list(MARKS)
    lines = (_line(panel) for panel in sorted(panels, key=lambda one: states.index(one["status"])))
    parts = " ".join(map(_part, verdict["parts"]))
    return (
        f'<section id="summary">\n<h2>Summary <code>{told}</code></h2>\n'
        f'<p class="verdict">{parts}</p>\n<ul class="summary">\n{"".join(lines)}</ul>\n</section>\n'
    )


def _part(part: VerdictPart) -> str:
    """Return one part of the verdict: how many of what, since when, and why."""
    level, kind = part["level"], part["kind"].replace("_", " ")
    name = f" {part['name']}" if kind in {"root", "directory", "panel"} else ""
    total = f" of {part['total']} runs" if kind in WORST_FIRST else ""
    since = f" since {part['since']:%F %T} UTC" if part["since"] and level != "ok" else ""
    reason = f": {part['reason']}" if part["reason"] else ""
    told = f"{part['count']}{total} {kind}{name}{since}{reason}"
    return f'<span class="{escape(level)}">{MARKS.get(level, "")} {escape(told)}</span>'


def _line(panel: Panel) -> str:
    facts = (
        f"{escape(name.replace('_', ' '))} {escape(_written(value))}"
        for name, value in panel["details"].items()
        if isinstance(value, str | int | float)
    )
    about = f'<a href="#{escape(panel["id"])}">{escape(panel["title"])}</a>'
    told = " \N{MIDDLE DOT} ".join(islice(facts, FACTS))
    return f"<li>{_status(panel)}<span>{about}</span><span>{told}</span></li>\n"


def _written(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)[:LONGEST]


def _status(panel: Panel) -> str:
    status = panel["status"]
    return f'<span class="status {escape(status)}">{MARKS[status]} {escape(status.upper())}</span>'


def _section(panel: Panel) -> str:
    details = jsonio.dumps(panel["details"], indent=True).decode()
    return (
        f'<section id="{escape(panel["id"])}">\n'
        f"<h2>{escape(panel['title'])} <code>{escape(panel['id'])}</code>"
        f"{_status(panel)}</h2>\n<pre>{escape(details)}</pre>\n</section>"
    )
