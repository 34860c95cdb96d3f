"""How sessions come to their end, and what puts it off."""

from collections.abc import Iterator

import pytest

from eliza.testing.clock import FrozenClock
from tests.house_kit import House
from tests.sessions.talk import URL, Talk, refusal


@pytest.fixture(scope="module")
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="module")
def house(clock: FrozenClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that all these tests share; no database has a say in them."""
    opened = House(tmp_path_factory.mktemp("house"), clock=clock)
    yield opened
    opened.close()


def test_a_session_is_over_when_its_time_has_passed(house: House, clock: FrozenClock) -> None:
    talk = Talk(house)
    clock.advance(26 * 60)
    assert talk.info()["isNearExpiration"] is True
    assert talk.info()["timeRemaining"] == 4 * 60_000

    clock.advance(4 * 60)

    calls = [talk.get(), talk.says("Hi!"), talk.post("renew"), talk.post("heartbeat")]
    calls.append(house.http.get(f"{talk.url}/messages"))
    calls.append(house.http.patch(f"{talk.url}/timeout", json={"timeoutMinutes": 60}))
    for call in calls:
        assert refusal(call, 410, "SESSION_EXPIRED")["timestamp"] == talk.moment(30)
    listed = house.http.get(URL).json
    assert (listed["sessions"], listed["total"]) == ([], 0)
    assert listed["stats"]["expiredSessions"] == listed["stats"]["totalSessions"]


def test_signs_of_life_keep_a_session_going_to_its_longest_duration(house: House, clock: FrozenClock) -> None:
    talk = Talk(house, timeoutConfig={"timeoutMinutes": 30, "maxDurationMinutes": 70})

    clock.advance(20 * 60)
    assert talk.post("heartbeat").json["expiresAt"] == talk.moment(50)
    clock.advance(20 * 60)
    assert talk.post("renew").json["expiresAt"] == talk.moment(70)
    assert talk.info()["renewalCount"] == 2
    clock.advance(20 * 60)
    assert talk.says("Hi!").json["sessionStatus"] == {
        "expiresAt": talk.moment(70),
        "renewalCount": 2,
        "wasRenewed": False,
        "isNearExpiration": False,
    }
    refusal(talk.post("renew"), 400, "SESSION_RENEWAL_FAILED")


def test_a_heartbeat_does_not_renew_what_is_not_to_be_renewed(house: House, clock: FrozenClock) -> None:
    talk = Talk(house, timeoutConfig={"autoRenew": False})
    clock.advance(60)

    info = talk.post("heartbeat").json

    assert (info["expiresAt"], info["renewalCount"]) == (talk.begun["expiresAt"], 0)
    assert info["lastActivity"] == talk.moment(1)
    assert talk.post("renew").json["expiresAt"] == talk.moment(31)
