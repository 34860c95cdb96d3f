"""Events: everybody hears everything, in the order it came about."""

from collections.abc import Callable
from uuid import UUID

import pytest

from eliza.background import Greenlets
from eliza.events import Bus, ChannelCleared, MessageDeleted
from eliza.ids import to_uuid
from tests.services.waiting import eventually

ONE, TWO, THREE = (ChannelCleared(to_uuid(name)) for name in ("one", "two", "three"))


@pytest.fixture
def bus() -> Bus:
    return Bus(lambda tell: tell())


def test_a_subscriber_hears_its_kind_of_event_and_no_other(bus: Bus) -> None:
    heard: list[ChannelCleared] = []
    bus.subscribe(ChannelCleared, heard.append)

    bus.publish(ONE)
    bus.publish(MessageDeleted(UUID(int=1), UUID(int=2)))

    assert heard == [ONE]


def test_an_event_reaches_everybody_before_the_next_one_does(bus: Bus) -> None:
    heard: list[tuple[str, object]] = []

    def first(event: ChannelCleared) -> None:
        heard.append(("first", event))
        if event == ONE:
            bus.publish(TWO)

    bus.subscribe(ChannelCleared, first)
    bus.subscribe(ChannelCleared, lambda event: heard.append(("second", event)))

    bus.publish(ONE)

    assert heard == [("first", ONE), ("second", ONE), ("first", TWO), ("second", TWO)]


def test_a_subscriber_that_fails_keeps_nobody_else_from_hearing(bus: Bus) -> None:
    heard: list[ChannelCleared] = []

    def fail(event: ChannelCleared) -> None:
        raise RuntimeError(event)

    bus.subscribe(ChannelCleared, fail)
    bus.subscribe(ChannelCleared, heard.append)

    bus.publish(ONE)
    bus.publish(TWO)

    assert heard == [ONE, TWO]


def test_who_unsubscribed_hears_no_more(bus: Bus) -> None:
    heard: list[ChannelCleared] = []
    bus.subscribe(ChannelCleared, heard.append)
    bus.unsubscribe(ChannelCleared, heard.append)

    bus.publish(ONE)

    assert heard == []


def test_publishing_waits_for_no_subscriber() -> None:
    later: list[Callable[[], None]] = []
    bus, heard = Bus(later.append), list[ChannelCleared]()
    bus.subscribe(ChannelCleared, heard.append)

    bus.publish(ONE)
    bus.publish(TWO)
    before = list(heard)
    for tell in later:
        tell()

    assert (before, heard) == ([], [ONE, TWO])


def test_events_of_several_tellings_stay_in_order_on_greenlets() -> None:
    background = Greenlets()
    bus, heard = Bus(background.run), list[ChannelCleared]()
    bus.subscribe(ChannelCleared, heard.append)

    for event in (ONE, TWO, THREE):
        bus.publish(event)

    eventually(lambda: len(heard) == 3)
    assert heard == [ONE, TWO, THREE]
    background.stop()
