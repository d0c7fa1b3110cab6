"""From what a report says to the document: its head, and its sections in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from peak_trade.contract.base.freshness import Freshness
from peak_trade.i18n import _
from peak_trade.reports import charts, pair_sections, parts, run_sections, session_sections
from peak_trade.reports.drawing import COLOURS, WIDTH
from peak_trade.reports.parts import Chart, Document, Section, Text
from peak_trade.reports.payload import Report, RunReport
from peak_trade.reports.run_sections import LETTERS, beside, said
from peak_trade.views.kit import text

T = TypeVar("T", Section, parts.Chart, parts.Table, parts.Tiles)
Draw = Callable[[RunReport, float, str], Chart]

SHAPES: Final[tuple[Draw, ...]] = (
    charts.distribution,
    charts.excursions,
    charts.rolling_sharpe,
    charts.rolling_sortino,
)
"""What is drawn of the returns and trades of a run, two beside each other."""


LONGEST_NAME: Final = 80
"""Characters of a name in the head; the sections have all of it."""


def document(report: Report) -> Document:
    """Return the document of a report, in the language of the context."""
    runs, session, pair = report["runs"], report["session"], report["comparison"]
    made = _("report of %s UTC") % text.utc(report["as_of"])
    sections: list[Section] = []
    if session:
        sections += session_sections.sections(session)
    if pair:
        sections += pair_sections.sections(pair, runs[0]["run"]["currency"])
    if runs:
        sections = [_overview(runs), *sections, *_of_runs(runs)]
    lines = [line for place, run in enumerate(runs) for line in _lines(run, _letter(runs, place))]
    if session and not runs:
        lines = [_state(session["life"]["freshness"], "")]
    return Document(_title(report), [made, _("Times are in UTC.")], lines, sections)


def _title(report: Report) -> str:
    if session := report["session"]:
        return _("Session") + f" {session['detail']['session_id']}"
    return " / ".join(_name(run["run"]["snapshot"]["strategy_name"]) for run in report["runs"])


def _name(word: str) -> str:
    """Return a name as it stands in the head, which is no place for a long one."""
    return word if len(word) <= LONGEST_NAME else f"{word[:LONGEST_NAME]}\N{HORIZONTAL ELLIPSIS}"


def _letter(runs: Sequence[RunReport], place: int) -> str:
    return f"{LETTERS[place]}: " if len(runs) > 1 else ""


def _lines(report: RunReport, letter: str) -> list[Text]:
    """Return what the head says of a run: which, how it is, and how final its numbers are."""
    run, statistics = report["run"], report["judged"]["statistics"]
    snapshot = run["snapshot"]
    facts = [snapshot["mode"].upper(), snapshot["strategy_name"], snapshot["symbol"]]
    facts = [*map(_name, [*facts, snapshot["timeframe"], run["currency"]]), snapshot["run_id"]]
    as_of = text.utc(statistics["as_of"])
    state = _state(run["freshness"], letter)
    lines = [Text(letter + " \N{MIDDLE DOT} ".join(fact for fact in facts if fact)), state]
    if statistics["provisional"]:
        lines.append(Text(letter + _("provisional as of ") + as_of, "warn"))
    if run["wrong"]:
        lines.append(Text(letter + _("books do not add up"), "loss"))
    return lines


def _state(freshness: Freshness, letter: str) -> Text:
    state, ended = freshness["state"], freshness["ended_at"]
    tone = "loss" if state in {"crashed", "stale"} else ""
    if ended:
        return Text(letter + _("ended ") + text.utc(ended), tone)
    newest = _("newest sign of life %s") % text.utc(freshness["as_of"])
    return Text(f"{letter}{said(state)}, {newest}", tone)


def _overview(runs: Sequence[RunReport]) -> Section:
    head: list[parts.Part] = []
    for tiles in _named(runs, run_sections.tiles):
        head += [Text(tiles.title, "soft"), tiles] if len(runs) > 1 else [tiles]
    return Section(_("Metrics"), [*head, _drawn(runs, charts.equity)])


def _of_runs(runs: Sequence[RunReport]) -> list[Section]:
    more: list[parts.Part] = [*_named(runs, run_sections.months)]
    more.append(beside(_named(runs, run_sections.falls)))
    if len(runs) == 1:
        drawn = [draw(runs[0], charts.HALF, COLOURS[0]) for draw in SHAPES]
        more += [parts.Beside(drawn[:2]), parts.Beside(drawn[2:])]
    else:
        more += [_drawn(runs, draw) for draw in SHAPES]
    sections = [run_sections.statistics(runs), Section(_("Return"), more)]
    for make in (run_sections.trades, run_sections.funnel, run_sections.books, run_sections.alerts):
        sections += _named(runs, make)
    sections.append(run_sections.settings(runs))
    sections += _named(runs, run_sections.read_errors)
    return [*sections, run_sections.basis(runs)]


def _named(runs: Sequence[RunReport], make: Callable[[RunReport], T]) -> list[T]:
    """Return what is made of each run; its title says of which."""
    made = [make(run) for run in runs]
    return [
        replace(part, title=_letter(runs, place) + part.title) for place, part in enumerate(made)
    ]


def _drawn(runs: Sequence[RunReport], draw: Draw) -> parts.Part:
    width = WIDTH if len(runs) == 1 else charts.HALF
    colours = iter(COLOURS)
    return beside(_named(runs, lambda run: draw(run, width, next(colours))))
