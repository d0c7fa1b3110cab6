"""A fleet of small runs in an S3 stand-in: a first build, one of nothing new, one with 100 more.

`python bench/fleet_in_store.py --runs 100000` prints what each build says, its CPU with that of its
workers, the memory of all of them in each quarter of its time, and the requests that
`bench/object_store.py` answered, with their CPU. Then some of the runs are judged by themselves,
from a directory, and compared with their rows. With `--where` copy and dataset stay there, and a
later call begins with them.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

import psutil
import pyarrow.dataset as ds

from object_store import files_of
from server import free_port

BUCKET, ADDED, SAMPLED = "desk", 100, 20
OF_A_BUILD = ("as_of", "digest")
"""Columns that tell builds apart, not runs."""


def watch(pid: int, ended: Event, taken: list[int]) -> None:
    """Note the memory of a process and its children, in MB, until they have ended."""
    process = psutil.Process(pid)
    while not ended.wait(2.0):
        total = 0
        try:
            for one in (process, *process.children(recursive=True)):
                total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        taken.append(total // 2**20)


def build(root: str, out: Path, env: dict[str, str]) -> float:
    """Build, print what is said of it; return its CPU in seconds."""
    begin, ended, taken = time.perf_counter(), Event(), list[int]()
    words = ["fleet", "build", "--root", root, "--out", str(out)]
    process = subprocess.Popen([sys.executable, "-m", "peak_trade", *words], env=env)
    watcher = Thread(target=watch, args=(process.pid, ended, taken))
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    ended.set()
    watcher.join()
    assert os.waitstatus_to_exitcode(status) == 0
    cpu, took = used.ru_utime + used.ru_stime, time.perf_counter() - begin
    size = max(len(taken) // 4, 1)
    quarters = [max(taken[first : first + size]) for first in range(0, len(taken), size)]
    print(f"  {took:.1f} s; CPU {cpu:.2f} s; its memory by quarters, MB: {quarters}", flush=True)
    return cpu


def compare(where: Path, runs: int, events: int, env: dict[str, str]) -> None:
    """Judge some of the runs by themselves, and print how many rows are the same."""
    root = where / "sampled"
    places = random.Random(runs).sample(range(runs), SAMPLED)
    for place in places:
        for name, text in files_of(place, events).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    build(str(root), where / "judged", env)
    judged, stored = (ds.dataset(where / name, partitioning="hive") for name in ("judged", "fleet"))
    columns = [name for name in judged.schema.names if name not in OF_A_BUILD]
    ids = [f"run{place:07}" for place in places]
    wanted = ds.field("run_id").isin(ids)
    left, right = (
        one.to_table(columns, filter=wanted).sort_by("run_id").to_pylist()
        for one in (judged, stored)
    )
    same = sum(one == other for one, other in zip(left, right, strict=True))
    print(f"{same} of {len(left)} rows as judged by themselves, {len(columns)} columns", flush=True)


def measure(where: Path, runs: int, events: int) -> None:
    """Print what three builds take."""
    port = free_port()
    env = os.environ | {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "PEAK_TRADE_STORAGE__REQUESTS_PER_MINUTE": "1000000",
        "PEAK_TRADE_STORAGE__MAX_OBJECTS": "10000000",
        "PEAK_TRADE_STORAGE__CACHE": str(where / "cache"),
    }
    serving = [sys.executable, str(Path(__file__).with_name("object_store.py")), str(port)]
    serving += ["--events", str(events)]
    with subprocess.Popen(
        serving, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as store:
        assert store.stdin is not None
        assert store.stdout is not None
        numbers, answers = store.stdin, store.stdout

        def add(count: int) -> str:
            print(count, file=numbers, flush=True)
            return answers.readline().strip()

        try:
            add(runs)
            took = []
            for added in (0, ADDED, 0):
                took.append(build(f"s3://{BUCKET}/a", where / "fleet", env))
                print(f"  the stand-in: {add(added)}", flush=True)
            print(f"{runs / took[0]:.0f} runs for a second of CPU; {ADDED} more take", end=" ")
            print(f"{took[2] / took[0]:.2%} of that", flush=True)
            compare(where, runs, events, env)
        finally:
            store.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=60, help="of each run")
    parser.add_argument("--where", type=Path, help="a directory that stays")
    given = parser.parse_args()
    if given.where:
        measure(given.where, given.runs, given.events)
    else:
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), given.runs, given.events)
