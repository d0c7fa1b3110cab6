"""A fleet of small runs in an S3 stand-in: a first build, one of nothing new, one with 100 more.

`python bench/fleet_in_store.py --runs 10000` prints what each build says, its CPU with that of its
workers, the greatest memory of the command, and the requests that the stand-in (moto) answered.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from threading import Thread

from events import HEAD, START, rows_text
from server import free_port

BUCKET, ADDED = "desk", 100
STRATEGIES, SYMBOLS = ("ma_crossover", "rsi", "breakout"), ("BTC/EUR", "ETH/EUR")


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
        f"{directory}/meta.json": json.dumps(meta),
        f"{directory}/events.csv": HEAD + rows_text(1, events, start, place),
    }


def stand_in(port: int, events: int) -> None:
    """Serve a bucket; each number on standard input adds so many runs, and tells of requests."""
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from moto.s3.models import s3_backends
    from werkzeug.serving import make_server

    answered: Counter[str] = Counter()

    class Counting(MotoRequestHandler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"

        def log_request(self, *_: object) -> None:
            answered[self.command] += 1

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Counting)
    backend = s3_backends["123456789012"]["aws"]
    backend.create_bucket(BUCKET, "us-east-1")
    Thread(target=server.serve_forever, daemon=True).start()
    there = 0
    for line in sys.stdin:
        for place in range(there, there := there + int(line)):
            for name, text in files_of(place, events).items():
                backend.put_object(BUCKET, f"a/{name}", text.encode())
        print(json.dumps(answered), flush=True)
        answered.clear()


def build(where: Path, env: dict[str, str]) -> tuple[float, float]:
    """Build, print what is said of it; return its CPU in seconds and its greatest memory in MB."""
    begin = time.perf_counter()
    words = ["fleet", "build", "--root", f"s3://{BUCKET}/a", "--out", str(where / "fleet")]
    process = subprocess.Popen([sys.executable, "-m", "peak_trade", *words], env=env)
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    took = time.perf_counter() - begin
    print(f"  {took:.1f} s; CPU {cpu:.1f} s; greatest memory {memory:.0f} MB", flush=True)
    return cpu, memory


def measure(runs: int, events: int) -> None:
    """Print what three builds take."""
    port = free_port()
    env = os.environ | {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "PEAK_TRADE_STORAGE__REQUESTS_PER_MINUTE": "1000000",
        "PEAK_TRADE_STORAGE__MAX_OBJECTS": "10000000",
    }
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        env["PEAK_TRADE_STORAGE__CACHE"] = str(where / "cache")
        command = [sys.executable, __file__, "--stand-in", str(port), "--events", str(events)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            numbers, answers = server.stdin, server.stdout

            def add(count: int) -> str:
                print(count, file=numbers, flush=True)
                return answers.readline().strip()

            add(runs)
            first, _ = build(where, env)
            print(f"  requests {add(0)}")
            build(where, env)
            print(f"  requests {add(ADDED)}")
            again, _ = build(where, env)
            print(f"  requests {add(0)}")
            print(f"{runs / first:.0f} runs a second of CPU; {ADDED} more: {again / first:.2%}")
            numbers.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=60, help="of each run")
    parser.add_argument("--stand-in", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stand_in:
        stand_in(given.stand_in, given.events)
    else:
        measure(given.runs, given.events)
