"""Entity tags: what makes them, who gets 304, and that nothing is built for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peak_trade.web import etag
from web.gated import BUILT, REVISIONS, Site


@pytest.fixture(autouse=True)
def fresh_start() -> Iterator[None]:
    before = dict(REVISIONS)
    BUILT.clear()
    yield
    REVISIONS.update(before)


async def test_a_client_that_has_the_answer_gets_304_and_nothing_is_built(site: Site) -> None:
    first = await site.ask("/revised/known")
    tag = first.headers["Etag"]
    assert tag.startswith('"')
    BUILT.clear()
    for named in (tag, f"W/{tag}", f'"other", {tag}', f'W/"other",W/{tag}'):
        for method in ("GET", "HEAD"):
            again = await site.ask("/revised/known", method, If_None_Match=named)
            assert (again.code, again.body) == (304, b"")
            assert again.headers["Etag"] == tag
            assert again.headers["Cache-Control"] == "no-store"
            assert again.headers["Vary"] == "Accept-Encoding"
    assert BUILT == []


async def test_other_tags_get_the_answer(site: Site) -> None:
    for named in ('"other"', "", "nonsense", 'W/"*"'):
        assert (await site.ask("/revised/known", If_None_Match=named)).code == 200


async def test_a_new_revision_is_a_new_tag(site: Site) -> None:
    tag = (await site.ask("/revised/known")).headers["Etag"]
    REVISIONS["known"] = 2
    again = await site.ask("/revised/known", If_None_Match=tag)
    assert again.code == 200
    assert again.headers["Etag"] != tag


async def test_a_tag_names_the_request_as_it_was_understood(site: Site) -> None:
    tags = {
        path: (await site.ask(f"/revised/{path}")).headers["Etag"]
        for path in ("known", "known?limit=50", "known?nobody=1", "known?limit=51", "long")
    }
    assert tags["known"] == tags["known?limit=50"] == tags["known?nobody=1"]
    assert len(set(tags.values())) == 3


async def test_a_tag_of_another_process_is_worth_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = (await site.ask("/revised/known")).headers["Etag"]
    monkeypatch.setattr(etag, "INSTANCE", "other")
    assert (await site.ask("/revised/known", If_None_Match=tag)).code == 200


async def test_compressed_and_plain_bytes_have_tags_of_their_own(site: Site) -> None:
    plain = await site.ask("/revised/long")
    packed = await site.ask("/revised/long", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Etag"] != plain.headers["Etag"]
    for tag in (plain.headers["Etag"], packed.headers["Etag"]):
        again = await site.ask("/revised/long", Accept_Encoding="gzip", If_None_Match=tag)
        assert (again.code, again.headers["Etag"]) == (304, tag)


async def test_any_tag_matches_only_what_exists(site: Site) -> None:
    assert (await site.ask("/revised/known", If_None_Match="*")).code == 304
    for unknown in ("gone", "unknown"):
        for named in ("*", '*, "x"'):
            assert (await site.ask(f"/revised/{unknown}", If_None_Match=named)).code == 404


async def test_without_a_revision_there_is_no_tag(site: Site) -> None:
    for path in ("/echo", "/revised/unknown", "/revised/known?limit=0"):
        assert "Etag" not in (await site.ask(path)).headers
    assert (await site.ask("/echo", If_None_Match="*")).code == 200
