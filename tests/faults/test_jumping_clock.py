"""A clock that is set: nothing changes its place, and nobody loses what they are at."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from gevent.event import Event

from eliza.db import tables
from eliza.testing.clock import FrozenClock
from eliza.testing.scripted import ScriptedModel
from eliza.turns.turns import LeaseLost
from tests.house_kit import House
from tests.services.waiting import eventually
from tests.spine import LEASE, Spine, elsewhere, replied

_HOUR = 3600.0


class SetClock(FrozenClock):
    """Its hands can be moved without time passing."""

    def __init__(self) -> None:
        super().__init__()
        self._moved = 0.0

    def move(self, seconds: float) -> None:
        self.advance(seconds)
        self._moved += seconds

    def monotonic(self) -> float:
        return super().monotonic() - self._moved


@pytest.mark.parametrize("jumps", [(-_HOUR, -5 * _HOUR), (_HOUR, -2 * _HOUR), (5 * _HOUR, _HOUR)])
def test_a_channel_keeps_its_order_and_its_times_rise(spine: Spine, jumps: tuple[float, ...]) -> None:
    channel = spine.channel("Ada", "Bob")
    said = [spine.say(channel, "Ada", "0")]
    for number, jump in enumerate(jumps, 1):
        spine.clock.advance(jump)
        said.append(spine.say(channel, "Ada", str(number)))

    times: list[datetime] = [message.created_at for message in said]
    assert [message.seq for message in said] == [1, 2, 3]
    assert times == sorted(set(times))
    assert spine.history(channel) == ["0", "1", "2"]


def test_whoever_is_thinking_goes_on_thinking(data_dir: Path) -> None:
    gate, clock = Event(), SetClock()
    model = ScriptedModel("At last.", gate=gate)
    with closing(House(data_dir, model=model, clock=clock, lease_seconds=1)) as house:
        room, ada = house.private("Ada", house.eliza), house.socket("Ada")
        room.says("Ada", "Hi!")
        eventually(lambda: model.prompts)

        for jump in (_HOUR, 3 * _HOUR):
            clock.move(jump)
            # Its sign of life comes as often as the look for those who give none.
            eventually(lambda: _lease(house) > clock.now())
        clock.move(-8 * _HOUR)
        gate.set()

        room.reads("Hi!", "At last.")
        assert len(model.prompts) == 1
        assert ada.is_connected


def _lease(house: House) -> datetime:
    with house.server.database.read():
        until: datetime = tables.Turn.get(tables.Turn.status == "running").lease_until
        return until


def test_a_turn_that_another_process_takes_over_after_a_jump_is_answered_once(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    here, there = spine.turns(), spine.turns(owner=elsewhere())
    claim = here.claim(1)[0]

    spine.clock.advance(LEASE + _HOUR)

    assert here.sweep([claim.id]) == 0
    assert there.sweep() == 1
    again = there.claim(1)[0]
    there.finish(again, replied("From there."))
    with pytest.raises(LeaseLost):
        here.finish(claim, replied("From here."))
    assert spine.history(channel) == ["Hi!", "From there."]
