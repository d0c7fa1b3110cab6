"""The broadcast hub: positions, the gap of a slow follower, other epochs."""

from __future__ import annotations

import asyncio

import pytest

from peak_trade.contract.streams.hub import Follower, Gap, Hub


def extend(hub: Hub[str], letters: str) -> None:
    hub.extend(letters, hub.end + len(letters))


def test_followers_take_the_same_frames_at_their_own_pace() -> None:
    hub: Hub[str] = Hub(9)
    quick, slow = Follower(hub, 0), Follower(hub, 0)
    extend(hub, "ab")
    assert quick.take(9) == (None, ["a", "b"])
    extend(hub, "c")
    assert quick.take(9) == (None, ["c"])
    assert (slow.take(1), slow.take(9)) == ((None, ["a"]), (None, ["b", "c"]))
    assert not quick.behind
    assert not slow.behind


def test_a_follower_may_begin_anywhere_behind_what_was_before() -> None:
    hub: Hub[str] = Hub(9, end=5)
    extend(hub, "fgh")
    assert Follower(hub, 6).take(9) == (None, ["g", "h"])
    assert not Follower(hub, 8).behind


def test_a_slow_follower_gets_one_gap_and_the_frames_that_are_kept() -> None:
    hub: Hub[str] = Hub(3)
    slow = Follower(hub, 0)
    extend(hub, "abcdefg")
    assert slow.take(2) == (Gap(0, 3), ["e", "f"])
    assert slow.take(2) == (None, ["g"])


def test_frames_that_were_never_there_are_a_gap() -> None:
    hub: Hub[str] = Hub(3)
    follower = Follower(hub, 0)
    extend(hub, "ab")
    hub.extend("xy", end=9)
    assert (hub.first, hub.end) == (7, 9)
    assert follower.take(9) == (Gap(0, 6), ["x", "y"])


def test_another_epoch_resets_whoever_was_given_a_frame() -> None:
    hub: Hub[str] = Hub(9, epoch=1)
    extend(hub, "ab")
    ahead, fresh = Follower(hub, 2), Follower(hub, 0)
    hub.restart(epoch=7, end=0)
    extend(hub, "xyz")
    assert (ahead.reset(), fresh.reset()) == (True, False)
    assert (ahead.reset(), fresh.reset()) == (False, False)
    assert ahead.take(9) == fresh.take(9) == (None, ["x", "y", "z"])


def test_frames_before_another_epochs_first_kept_one_are_older_not_a_gap() -> None:
    hub: Hub[str] = Hub(9, epoch=1)
    follower = Follower(hub, 0)
    hub.restart(epoch=2, end=4)
    extend(hub, "ef")
    assert not follower.reset()
    assert (follower.position, follower.caught_up) == (0, False)
    seen = []
    for count in (3, 1):
        follower.skip(count)
        seen.append(follower.caught_up)
    assert seen == [False, True]
    assert follower.take(9) == (None, ["e", "f"])


def test_a_position_beyond_the_end_is_a_reset() -> None:
    hub: Hub[str] = Hub(9, end=3)
    follower = Follower(hub, 4)
    assert follower.reset()
    assert (follower.position, follower.caught_up) == (0, False)


@pytest.mark.parametrize("again", [False, True])
async def test_all_who_wait_are_woken_by_a_change(again: bool) -> None:
    hub: Hub[str] = Hub(9)
    waiting = [asyncio.ensure_future(hub.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    if again:
        hub.restart(epoch=2, end=0)
    else:
        extend(hub, "a")
    await asyncio.gather(*waiting)
    await hub.wait(0)  # nobody changes anything: the time is over


async def test_who_goes_away_while_it_waits_holds_up_no_other() -> None:
    hub: Hub[str] = Hub(9)
    gone, other = (asyncio.ensure_future(hub.wait(60)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    extend(hub, "a")
    await other
    assert (await asyncio.gather(gone, return_exceptions=True))[0] is not None
