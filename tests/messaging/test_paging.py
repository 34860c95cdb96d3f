"""Paging: whoever turns the pages of a history meets every message once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from eliza.testing.clock import FrozenClock
from tests.house_kit import House, Room

MANY = 25


@pytest.fixture
def long_talk(open_house: Callable[..., House]) -> Room:
    """A channel in which everything was said in one and the same millisecond."""
    house = open_house(clock=FrozenClock())
    room = house.room("Ada", "Bob")
    for number in range(MANY):
        room.says("Ada", str(number + 1))
    return room


def test_after_seq_gives_the_rest_oldest_first(long_talk: Room) -> None:
    assert [message["seq"] for message in long_talk.messages(after_seq=20)] == [21, 22, 23, 24, 25]
    assert [message["seq"] for message in long_talk.messages(after_seq=0, limit=3)] == [1, 2, 3]
    assert long_talk.messages(after_seq=MANY) == []


def test_before_seq_gives_what_came_earlier_newest_first(long_talk: Room) -> None:
    assert [message["seq"] for message in long_talk.messages(before_seq=4)] == [3, 2, 1]
    assert long_talk.messages(before_seq=1) == long_talk.messages(before_seq=0) == []


@pytest.mark.parametrize("bookmark", ["created_at", "createdAt"], ids=["milliseconds", "iso"])
def test_turning_pages_by_time_meets_every_message_once(long_talk: Room, bookmark: str) -> None:
    for limit in (1, 7, 25, 40):
        met = [message["seq"] for message in _all_pages(long_talk, bookmark, limit)]

        assert met == list(range(MANY, 0, -1))


def test_turning_pages_survives_that_the_channel_is_renamed_in_between(open_house: Callable[..., House]) -> None:
    house = open_house(clock=FrozenClock())
    room = house.room("Ada", "Bob")
    for number in range(10):
        room.says("Ada", str(number))
        if number == 5:
            house.http.patch(f"/api/messaging/channels/{room.id}", json={"name": "Tea"})

    assert [message["seq"] for message in _all_pages(room, "created_at", 3)] == list(range(10, 0, -1))


def test_moments_of_a_channel_rise_even_when_the_clock_goes_back(open_house: Callable[..., House]) -> None:
    clock = FrozenClock()
    room = open_house(clock=clock).room("Ada", "Bob")
    for number in range(4):
        room.says("Ada", str(number))
        clock.advance(-60)

    moments = [message["created_at"] for message in room.messages(after_seq=0)]
    assert moments == sorted(set(moments))


def test_a_moment_without_a_zone_and_one_of_another_zone_are_understood(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    said = room.says("Ada", "Hi!")
    later = datetime.fromtimestamp(said["created_at"] / 1000 + 1, UTC)

    elsewhere = later.astimezone(timezone(timedelta(hours=-5)))

    assert len(room.messages(before=elsewhere.isoformat())) == 1
    assert len(room.messages(before=later.replace(tzinfo=None).isoformat())) == 1


def test_the_ends_of_time_are_bookmarks_too(house: House) -> None:
    room = house.room("Ada", "Bob")
    room.says("Ada", "Hi!")

    for before, found in (("0001-01-01T00:00:00Z", 0), ("1", 0), ("99999999999999999999", 1), ("9999-12-31", 1)):
        assert len(room.messages(before=before)) == found


def test_a_limit_out_of_bounds_is_brought_within(long_talk: Room) -> None:
    for limit, expected in ((0, 1), (-5, 1), (3, 3), (10**9, MANY), (10**30, MANY)):
        assert len(long_talk.messages(limit=limit)) == expected


def test_a_channel_that_is_not_there_has_no_messages(house: House) -> None:
    room = Room(house, house.eliza)

    assert room.messages() == []


@pytest.mark.parametrize("bookmark", ["createdAt", "before_seq", "after_seq"])
def test_a_page_of_large_messages_is_short_and_loses_none(small_house: House, bookmark: str) -> None:
    room = small_house.room("Ada", "Bob")
    for number in range(110):
        room.says("Ada", str(number), raw_message={"blob": "x" * 100_000})
    turn: dict[str, Callable[[list[dict[str, Any]]], dict[str, Any]]] = {
        "createdAt": lambda page: {"before": page[-1]["createdAt"]},
        "before_seq": lambda page: {"before_seq": page[-1]["seq"]},
        "after_seq": lambda page: {"after_seq": page[-1]["seq"]},
    }

    pages = [room.messages(limit=1000, **({"after_seq": 0} if bookmark == "after_seq" else {}))]
    while pages[-1]:
        pages.append(room.messages(limit=1000, **turn[bookmark](pages[-1])))

    met = [message["seq"] for page in pages for message in page]
    assert sorted(met) == list(range(1, 111))
    assert met in (sorted(met), sorted(met, reverse=True))
    assert [len(page) for page in pages] == [100, 10, 0]


def test_a_long_page_of_small_messages_is_whole(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    for number in range(205):
        room.says("Ada", str(number))

    assert [message["seq"] for message in room.messages(limit=1000)] == list(range(205, 0, -1))
    assert [message["seq"] for message in room.messages(limit=200)] == list(range(205, 5, -1))
    assert [message["seq"] for message in room.messages(limit=1000, after_seq=0)] == list(range(1, 206))
    assert [message["seq"] for message in room.messages(limit=201, after_seq=2)] == list(range(3, 204))


def _all_pages(room: Room, bookmark: str, limit: int) -> list[dict[str, Any]]:
    pages = [room.messages(limit=limit)]
    while pages[-1]:
        pages.append(room.messages(limit=limit, before=pages[-1][-1][bookmark]))
    return [message for page in pages for message in page]
