"""Answers that are kept: made once, never stale, bounded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from peak_trade.contract.base.route import JSON, Raw
from peak_trade.web.answers import LARGEST, Answers
from web.gated import BUILT, REVISIONS, Site


@pytest.fixture(autouse=True)
def fresh_start() -> Iterator[None]:
    before = dict(REVISIONS)
    BUILT.clear()
    yield
    REVISIONS.update(before)


@pytest.mark.parametrize("path", ["/revised/known", "/revised/long", "/stamped/known"])
@pytest.mark.parametrize("accepted", ["", "gzip"])
async def test_what_was_answered_is_built_again_for_a_new_revision_alone(
    site: Site, path: str, accepted: str
) -> None:
    for revision in (2, 3):
        REVISIONS.update(known=revision, long=revision)
        for _ in range(3):
            answer = await site.ask(path, Accept_Encoding=accepted)
            assert answer.code == 200
            packed = answer.headers.get("Content-Encoding") == "gzip"
            body = gzip.decompress(answer.body) if packed else answer.body
            assert json.loads(body)["revision"] == revision
        assert len(BUILT) == revision - 1


async def test_the_time_of_an_answer_is_that_of_its_request(site: Site) -> None:
    times = []
    for _ in range(3):
        begin = datetime.now(UTC)
        body = json.loads((await site.ask("/stamped/known")).body)
        assert begin <= datetime.fromisoformat(body["asof"]) <= datetime.now(UTC)
        assert body["item"] == '{"asof":null} "asof":null'
        times.append(body["asof"])
    assert BUILT == ["known"]
    assert len(set(times)) == 3


async def test_what_depends_on_the_time_has_no_tag(site: Site) -> None:
    assert "Etag" not in (await site.ask("/stamped/known")).headers


async def test_an_error_is_not_kept(site: Site) -> None:
    for _ in range(2):
        assert (await site.ask("/revised/gone")).code == 404
    assert BUILT == ["gone", "gone"]


def test_the_least_recently_asked_for_are_forgotten() -> None:
    answers = Answers(max_bytes=20_000)
    for number in range(100):
        answers.keep(str(number), Raw(b"x" * 1000, JSON))
        assert answers.get("0") is not None
    kept = [number for number in range(100) if answers.get(str(number))]
    assert kept == [0, *range(88, 100)]
    answers.keep("large", Raw(b"x" * (LARGEST + 1), JSON))
    assert answers.get("large") is None
    assert answers.get("0") is not None


def test_a_kept_answer_has_the_time_it_is_asked_for() -> None:
    answers, now = Answers(), datetime(2026, 1, 15, 12, 30, tzinfo=UTC)
    body = b'{"run_id":"\\"asof\\":null","asof":"2026-01-15T12:30:00+00:00","items":[]}'
    answers.keep("tag", Raw(body, JSON), now)
    assert answers.get("tag", now) == Raw(body, JSON)
    later = answers.get("tag", now + timedelta(seconds=1))
    assert later is not None
    assert later.body == body.replace(b"12:30:00", b"12:30:01")
