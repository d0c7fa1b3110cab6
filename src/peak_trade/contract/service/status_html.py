"""The status snapshot as one plain page: no script, no form, nothing from elsewhere; it prints.

Guarantees: every text is escaped; the same snapshot gives the same bytes.
"""

from __future__ import annotations

from html import escape
from typing import Final

from peak_trade import jsonio
from peak_trade.contract.service.schema import Panel, StatusSnapshot

MARKS: Final = {"ok": "●", "warn": "▲", "error": "■", "unknown": "?"}

_STYLE: Final = """
:root { color-scheme: light dark; --line: #d8dee6; --muted: #5b6672; --page: #f5f7fa; --card: #fff;
  --text: #1b222b; --ok: #1a7f37; --warn: #946200; --error: #c42b1c; --unknown: #5b6672; }
@media (prefers-color-scheme: dark) { :root { --line: #2a313c; --muted: #8b949e; --page: #0e1116;
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
.status { margin-left: auto; font-size: 13px; font-variant-caps: all-small-caps; }
.ok { color: var(--ok); } .warn { color: var(--warn); } .error { color: var(--error); }
.unknown { color: var(--unknown); }
pre { margin: 8px 0 0; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; background: none; }
  main { display: block; } section { border: 1px solid #999; margin-bottom: 12px; } }
"""


def page(snapshot: StatusSnapshot) -> bytes:
    """Return the snapshot as an HTML page, UTF-8."""
    version, time = escape(snapshot["version"]), escape(snapshot["generated_at"])
    sections = "\n".join(_section(panel) for panel in snapshot["panels"])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Peak_Trade status</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>Peak_Trade status</h1><p>watch-only</p><p>version {version}</p>"
        f"<p>as of {time}</p></header>\n<main>\n{sections}\n</main>\n</body>\n</html>\n"
    ).encode()


def _section(panel: Panel) -> str:
    status = panel["status"]
    details = jsonio.dumps(panel["details"], indent=True).decode()
    return (
        f"<section>\n<h2>{escape(panel['title'])} <code>{escape(panel['id'])}</code>"
        f'<span class="status {escape(status)}">{MARKS[status]} {escape(status.upper())}</span>'
        f"</h2>\n<pre>{escape(details)}</pre>\n</section>"
    )
