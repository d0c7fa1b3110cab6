"""What is kept of answers that judge a run is what a new server would answer, whatever changes."""

from __future__ import annotations

import json
from collections.abc import Callable

from contract.test_judged import COLUMNS, TRADES, books, stamp
from contract.tree import Tree, as_csv
from peak_trade.serve.runtime import Runtime
from web.gated import Site, close_site, make_settings, serve


async def test_what_is_kept_of_answers_follows_what_comes_and_goes(tree: Tree, site: Site) -> None:
    rows = books([100.0, 110, 120, 130], [0.0, 1, 0, 0])
    for row in rows[1:]:
        row |= {"orders_blocked": 1, "risk_reasons": "too large; too late"}
    run = tree.run("r", rows[:-1], *COLUMNS)
    trades, session = run / "trades.csv", tree.sessions / "s.json"
    log = tree.logs / "execution" / "s.jsonl"
    record = {"session_id": "s", "run_id": "r", "run_type": "x", "started_at": stamp(0)}
    order = {"ts": stamp(2), "session_id": "s", "symbol": "X", "kind": "order", "payload": {}}
    steps: list[Callable[[], object]] = [
        lambda: tree.write(trades, f"{TRADES}{stamp(2)},2,buy,1,109,1\n"),
        lambda: tree.write(log, json.dumps(order) + "\n"),
        lambda: tree.write(run / "events.csv", as_csv(rows, COLUMNS)),
        lambda: tree.write(session, json.dumps(record)),
        *(path.unlink for path in (trades, log, session)),
    ]
    seen = set()
    for step in steps:
        step()
        fresh = serve(Runtime(make_settings(tree.root)), tree.root)
        for asked in ("statistics", "books", "funnel"):
            path = f"/api/v0/runs/r/{asked}"
            found, again, expected = [await one.ask(path) for one in (site, site, fresh)]
            assert found.body == again.body == expected.body
            assert (await site.ask(path, If_None_Match=found.headers["Etag"])).code == 304
            seen.add(found.body)
        await close_site(fresh)
    assert len(seen) > len(steps)
