"""A bucket of small runs that speaks as much of S3 as is read: pages of a list, parts of objects.

`python bench/object_store.py PORT` serves it. Its keys stand in order, so that a page takes the
same wherever it begins; moto sorts all keys for each page. Each number on standard input adds so
many runs; a line tells of the requests since the last one, and of their CPU. What is served depends
on the numbers alone: a process that is started again serves the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from threading import Thread
from typing import Final

from aiohttp import web

from events import HEAD, START, rows_text

STRATEGIES, SYMBOLS = ("ma_crossover", "rsi", "breakout"), ("BTC/EUR", "ETH/EUR")
LIST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{}</Name>'
    "<Prefix>{}</Prefix><MaxKeys>{}</MaxKeys><KeyCount>{}</KeyCount>{}{}</ListBucketResult>"
)
OBJECT: Final = (
    "<Contents><Key>{}</Key><LastModified>{:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
    "<ETag>&quot;{}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>"
)
REST: Final = "<IsTruncated>{}</IsTruncated>"
NEXT: Final = "<NextContinuationToken>{}</NextContinuationToken>"


def files_of(place: int, events: int) -> dict[str, str]:
    """Return the files of a run, by their names below the root."""
    start = START + timedelta(minutes=place)
    meta = {
        "run_id": f"run{place:07}",
        "mode": "shadow",
        "strategy_name": STRATEGIES[place % len(STRATEGIES)],
        "symbol": SYMBOLS[place % len(SYMBOLS)],
        "timeframe": "1m",
        "started_at": start.isoformat(),
        "ended_at": (start + timedelta(seconds=events)).isoformat(),
    }
    directory = f"live_runs/run{place:07}"
    return {
        f"{directory}/events.csv": HEAD + rows_text(1, events, start, place),
        f"{directory}/meta.json": json.dumps(meta),
    }


class Bucket:
    """The objects of the runs so far; their keys in order, with what a list says of each."""

    def __init__(self, events: int) -> None:
        self.answered: Counter[str] = Counter()
        self._events, self._runs = events, 0
        self._objects: dict[str, bytes] = {}
        self._keys: list[str] = []
        self._told: list[str] = []

    def add(self, runs: int) -> None:
        """Add so many runs; their keys come after all others."""
        for place in range(self._runs, self._runs + runs):
            for name, text in files_of(place, self._events).items():
                key, data = f"a/{name}", text.encode()
                tag = hashlib.md5(data, usedforsecurity=False).hexdigest()
                self._objects[key] = data
                self._told.append(
                    OBJECT.format(key, START + timedelta(minutes=place), tag, len(data))
                )
                self._keys.append(key)
        self._runs += runs

    async def page(self, request: web.Request) -> web.Response:
        """Answer ListObjectsV2."""
        asked = request.query
        self.answered["list"] += 1
        prefix, most = asked.get("prefix", ""), int(asked.get("max-keys", 1000))
        after = asked.get("continuation-token") or asked.get("start-after", "")
        begin = max(bisect_left(self._keys, prefix), bisect_right(self._keys, after))
        last = bisect_left(self._keys, prefix + "\U0010ffff")
        end = min(begin + most, last)
        rest = REST.format("true" if end < last else "false")
        if end < last:
            rest += NEXT.format(self._keys[end - 1])
        told = "".join(self._told[begin:end])
        bucket = request.match_info["bucket"]
        text = LIST.format(bucket, prefix, most, max(end - begin, 0), rest, told)
        return web.Response(text=text, content_type="application/xml")

    async def part(self, request: web.Request) -> web.Response:
        """Answer HeadObject and GetObject, of all bytes or a range of them."""
        self.answered[request.method] += 1
        data = self._objects.get(request.match_info["key"])
        if data is None:
            return web.Response(status=404)
        asked = request.http_range
        tag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        headers = {"ETag": f'"{tag}"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if asked.start is None and asked.stop is None:
            return web.Response(body=data, headers=headers)
        part = data[asked]
        begin = len(data) - len(part) if asked.start is None else asked.start
        headers["Content-Range"] = f"bytes {begin}-{begin + len(part) - 1}/{len(data)}"
        return web.Response(status=206, body=part, headers=headers)


def follow(bucket: Bucket) -> None:
    """Add runs as standard input says, and tell of requests."""
    before = 0.0
    for line in sys.stdin:
        told = {**bucket.answered, "cpu": round(time.process_time() - before, 2)}
        bucket.answered.clear()
        bucket.add(int(line))
        before = time.process_time()
        print(json.dumps(told), flush=True)


async def following(app: web.Application) -> AsyncIterator[None]:
    """Read standard input in a thread while the bucket is served."""
    Thread(target=follow, args=(app["bucket"],), daemon=True).start()
    yield


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--events", type=int, default=60, help="of each run")
    given = parser.parse_args()
    app = web.Application()
    app["bucket"] = bucket = Bucket(given.events)
    app.router.add_get("/{bucket}", bucket.page, allow_head=False)
    app.router.add_get("/{bucket}/{key:.+}", bucket.part)
    app.cleanup_ctx.append(following)
    web.run_app(app, host="127.0.0.1", port=given.port, print=None, access_log=None)
