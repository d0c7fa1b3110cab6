"""Tables of what can be wrong with a file: each kind of damage, for each form that can have it.

Families come from the paths of the store and from the files of a run; a new one is damaged too.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from contract.odd import ALERT, META, PAYLOAD, RULE, RUN_ALERT, SESSION, SNAPSHOT
from contract.tree import NOW, as_csv, event, telemetry
from peak_trade.artifacts import bounds
from peak_trade.schemas import COMPRESSED_LOG, META_FILE
from peak_trade.store.paths import Paths
from peak_trade.store.run_files import RUN_FILES
from web.gated import make_settings

GOOD = "good"
HIDDEN = "must_be_seen"


@dataclass(frozen=True)
class Place:
    """One file of a family; `content` is a good one with something in it that must be seen."""

    family: str
    path: str
    content: bytes

    @property
    def form(self) -> str:
        return self.path.partition(".")[2].removeprefix("jsonl.")

    @property
    def name(self) -> str:
        return Path(self.path).name


def lines(*values: object) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def table(rows: int = 3) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([event(step) for step in range(1, rows + 1)]), stream)
    return stream.getvalue()


def places() -> Iterator[Place]:
    """Yield a file of each family."""
    paths = Paths.of(make_settings(Path("/")))
    inside = {name: str(path).removeprefix("/") for name, path in paths.artifacts.items()}
    events = as_csv([event(step) for step in range(1, 4)]).encode()
    in_run = {"json": json.dumps(META).encode(), "csv": events, "parquet": table()}
    for name in RUN_FILES:
        form = name.partition(".")[2]
        content = in_run.get(form) or lines(RUN_ALERT, RUN_ALERT)
        yield Place("runs" if name == META_FILE else "run", f"{inside['runs']}/r/{name}", content)
    log, other = (
        lines(*(telemetry(NOW, "fill", name, **PAYLOAD) for _ in range(3))) for name in "rz"
    )
    others = {
        "sessions": {"s.json": json.dumps(SESSION).encode()},
        "alerts": {"alerts_2026-01-15.jsonl": lines(ALERT, ALERT)},
        "telemetry": {"r.jsonl": log, f"z{COMPRESSED_LOG}": gzip.compress(other)},
        "health_snapshots": {"": lines(SNAPSHOT, SNAPSHOT)},
        "rule_alerts": {"": lines(RULE, RULE)},
    }
    assert others.keys() | {"runs"} == inside.keys()
    for family, found in others.items():
        for name, content in found.items():
            path = f"{inside[family]}/{name}".removesuffix("/")
            yield Place(family if family in inside and name else "telemetry", path, content)


Spoil = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Damage:
    """One kind of damage; `kinds` are the read errors that may name it."""

    name: str
    forms: frozenset[str]
    spoil: Spoil
    kinds: frozenset[str]


def row(name: str, forms: str, kinds: str, spoil: Spoil) -> Damage:
    return Damage(name, frozenset(forms.split()), spoil, frozenset(kinds.split()))


UNUSABLE = "unusable_meta unusable_session"
LONG = bounds.MAX_LINE_BYTES + 10


def wide(columns: int, rows: int) -> bytes:
    stream = io.BytesIO()
    pq.write_table(
        pa.table({f"c{at}": pa.nulls(rows, pa.float64()) for at in range(columns)}), stream
    )
    return stream.getvalue()


def long_texts() -> bytes:
    stream = io.BytesIO()
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 6000, pa.int32()), ["x" * 100_000])
    pq.write_table(pa.table({"step": range(6000), "signal": texts}), stream)
    return stream.getvalue()


def middle(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes(byte ^ 0xFF for byte in data[place : place + 8]) + data[place + 8 :]


FORGED = json.dumps({**ALERT, "severity": "CRITICAL", "title": "forged"}).encode()


def with_quote(data: bytes) -> bytes:
    """Return a table in which a cell of the second row begins with a quote that nothing closes."""
    head, first, second, rest = data.split(b"\n", 3)
    return b"\n".join((head, first, b'"' + second, rest))


def torn_in_quotes(data: bytes) -> bytes:
    """Return a table whose writer stopped inside a cell in quotes, and went on with whole rows."""
    head, first, rest = data.split(b"\n", 2)
    return b"\n".join((head, first, b'4,"above the', rest))


DAMAGES = (
    row("empty object", "json", UNUSABLE, lambda _: b"{}"),
    row("cut", "json", UNUSABLE, lambda data: data[:-5]),
    row("a list", "json", UNUSABLE, lambda _: b"[]"),
    row("no text", "json", UNUSABLE, lambda _: b"\xff\xfe\x00"),
    row("deep", "json", UNUSABLE, lambda _: b"[" * 1_000_000),
    row("deep objects", "json", UNUSABLE, lambda _: b'{"a":' * 1_000_000),
    row("large", "json", UNUSABLE, lambda _: b" " * (bounds.MAX_DOCUMENT_BYTES + 1)),
    row("bad line between", "jsonl", "bad_line", lambda data: b"{bad\n" + data),
    row("no objects", "jsonl", "bad_line", lambda data: b"1\n[]\nnull\n" + data),
    row("deep line", "jsonl", "bad_line", lambda data: b"[" * 100_000 + b"\n" + data),
    row("no UTF-8", "jsonl", "bad_line", lambda data: b'{"a":"\xff"}\n' + data),
    row("many bad lines", "jsonl", "bad_line", lambda data: b"{bad\n" * 5_000 + data),
    row("long line", "jsonl", "line_too_long bad_line", lambda data: b"x" * LONG + b"\n" + data),
    row(
        "long line with a record behind it",
        "jsonl",
        "line_too_long bad_line",
        lambda data: b"x" * (LONG + LONG // 8) + FORGED + b"\n" + data,
    ),
    row("cut", "gz", "damaged", lambda data: data[: len(data) - 6]),
    row("no gzip", "gz", "damaged", lambda _: b"no gzip at all"),
    row("empty", "gz", "damaged", lambda _: b""),
    row("damaged behind its lines", "gz", "damaged", lambda d: d[:-8] + b"\xff" * 8),
    row("bytes behind its end", "gz", "damaged", lambda data: data + b"more"),
    row("members", "gz", "too_large", lambda d: d + gzip.compress(b"") * (bounds.MAX_MEMBERS + 1)),
    row(
        "ratio",
        "gz",
        "too_large line_too_long",
        lambda data: data + gzip.compress(b" " * (bounds.FREE_BYTES + bounds.MAX_LINE_BYTES // 2)),
    ),
    row("bad line", "gz", "bad_line", lambda data: gzip.compress(b"{bad\n") + data),
    row("missing cells", "csv", "missing_cells", lambda data: data + b"4\n"),
    row("surplus cells", "csv", "surplus_cells", lambda data: data + b"4" + b",1" * 40 + b"\n"),
    row("returns alone", "csv", "bad_row unreadable", lambda data: data.replace(b"\n", b"\r")),
    row("no UTF-8", "csv", "not_utf8", lambda data: data + b"\xff\xff,1\n"),
    row("wide", "csv", "too_large", lambda _: b"a," * 1_000_000 + b"b\n"),
    row(
        "short rows below a wide header",
        "csv",
        "too_large",
        lambda _: b"step," * (bounds.MAX_COLUMNS - 1) + b"b\n" + b"1\n" * 200_000,
    ),
    row("a quote that is not closed", "csv", "missing_cells", with_quote),
    row("torn in quotes", "csv", "missing_cells", torn_in_quotes),
    row("a name that is no UTF-8", "csv", "not_utf8", lambda data: data.replace(b",", b"\xff,", 1)),
    row("no Parquet", "parquet", "unreadable", lambda _: b"no parquet at all"),
    row("cut", "parquet", "unreadable", lambda data: data[:-20]),
    row("damaged", "parquet", "unreadable", lambda data: data[:-30] + b"\xff" * 22 + data[-8:]),
    row("rows", "parquet", "too_large", lambda _: wide(1, bounds.MAX_ROWS + 1)),
    row("columns", "parquet", "too_large", lambda _: wide(bounds.MAX_COLUMNS + 1, 1)),
    row("texts", "parquet", "too_large", lambda _: long_texts()),
)
