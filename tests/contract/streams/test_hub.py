"""The broadcast hub: positions, the gap of a slow follower, other epochs."""

from __future__ import annotations

from peak_trade.contract.streams.hub import Gap, Hub, Place


def extend(hub: Hub[str], letters: str) -> None:
    hub.extend(letters, hub.end + len(letters))


def test_followers_take_the_same_frames_at_their_own_pace() -> None:
    hub: Hub[str] = Hub(9)
    quick, slow = Place(hub, 0), Place(hub, 0)
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
    assert Place(hub, 6).take(9) == (None, ["g", "h"])
    assert not Place(hub, 8).behind


def test_a_slow_follower_gets_one_gap_and_the_frames_that_are_kept() -> None:
    hub: Hub[str] = Hub(3)
    slow = Place(hub, 0)
    extend(hub, "abcdefg")
    assert slow.take(2) == (Gap(0, 3), ["e", "f"])
    assert slow.take(2) == (None, ["g"])


def test_frames_that_were_never_there_are_a_gap() -> None:
    hub: Hub[str] = Hub(3)
    follower = Place(hub, 0)
    extend(hub, "ab")
    hub.extend("xy", end=9)
    assert (hub.first, hub.end) == (7, 9)
    assert follower.take(9) == (Gap(0, 6), ["x", "y"])


def test_another_epoch_resets_whoever_was_given_a_frame() -> None:
    hub: Hub[str] = Hub(9, epoch=1)
    extend(hub, "ab")
    ahead, fresh = Place(hub, 2), Place(hub, 0)
    hub.restart(epoch=7, end=0)
    extend(hub, "xyz")
    assert (ahead.reset(), fresh.reset()) == (True, False)
    assert (ahead.reset(), fresh.reset()) == (False, False)
    assert ahead.take(9) == fresh.take(9) == (None, ["x", "y", "z"])


def test_frames_before_another_epochs_first_kept_one_are_older_not_a_gap() -> None:
    hub: Hub[str] = Hub(9, epoch=1)
    follower = Place(hub, 0)
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
    follower = Place(hub, 4)
    assert follower.reset()
    assert (follower.position, follower.caught_up) == (0, False)
