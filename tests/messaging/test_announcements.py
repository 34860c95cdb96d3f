"""Announcements: everybody hears of every message, also when the process that stored it could not say so."""

from uuid import UUID

from eliza.events import MessageDeleted, MessagePosted
from eliza.messaging.announcements import Announcements
from eliza.messaging.messages import Draft, Messages
from tests.house_kit import id_of
from tests.spine import Spine


def test_a_message_is_announced_when_it_is_stored(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")

    message = spine.say(channel, "Ada")

    assert spine.heard == [MessagePosted(message)]


def test_messages_are_announced_in_the_order_of_their_seq(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")

    for number in range(20):
        spine.say(channel, "Ada", str(number))

    assert [event.message.seq for event in spine.told(MessagePosted)] == list(range(1, 21))


def test_a_message_that_nobody_announced_is_announced_by_the_sweep(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")
    message = _stored_by_a_process_that_died(spine, channel)

    _sweep(spine)
    too_early = list(spine.heard)
    spine.clock.advance(4)
    _sweep(spine)

    assert too_early == []
    assert [event.message.id for event in spine.told(MessagePosted)] == [message]


def test_the_sweep_announces_once(spine: Spine) -> None:
    _stored_by_a_process_that_died(spine, spine.channel("Ada", "Bob"))
    spine.clock.advance(4)

    for _ in range(3):
        _sweep(spine)

    assert len(spine.told(MessagePosted)) == 1


def test_what_was_announced_is_not_announced_again(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")
    for number in range(3):
        spine.say(channel, "Ada", str(number))
    spine.clock.advance(4)

    _sweep(spine)
    after_a_restart = Announcements(spine.database, spine.clock, spine.bus)
    after_a_restart.sweep(spine.messages.get)

    assert len(spine.told(MessagePosted)) == 3


def test_many_forgotten_messages_are_announced_in_order(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")
    stored = [_stored_by_a_process_that_died(spine, channel, str(number)) for number in range(5)]
    spine.clock.advance(4)

    _sweep(spine)

    assert [event.message.id for event in spine.told(MessagePosted)] == stored


def test_a_message_that_was_deleted_meanwhile_is_not_announced(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")
    message = _stored_by_a_process_that_died(spine, channel)
    spine.messages.delete(channel, message)
    spine.clock.advance(4)

    _sweep(spine)

    assert spine.heard == [MessageDeleted(channel, message)]


def test_a_replay_is_not_announced(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")

    for _ in range(3):
        spine.say(channel, "Ada", submission_key="k 1")

    assert len(spine.heard) == 1


def _stored_by_a_process_that_died(spine: Spine, channel_id: UUID, text: str = "Hi!") -> UUID:
    """The row is committed; what was to be announced went down with the process."""

    class Dead(Announcements):
        def prepare(self, event: MessagePosted) -> None:
            pass

    dead = Messages(spine.database, spine.clock, spine.bus, Dead(spine.database, spine.clock, spine.bus))
    return dead.post(Draft(channel_id, id_of("Ada"), text)).message.id


def _sweep(spine: Spine) -> None:
    spine.announcements.sweep(spine.messages.get)
