"""Timeouts: who says how long a session lasts, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest

from eliza.config import SessionSettings
from eliza.errors import InvalidInput
from eliza.ids import new_id
from eliza.runtime.character import Character
from eliza.sessions.session import Session
from eliza.sessions.timeouts import Timeouts, Wishes
from eliza.testing.clock import NOON

SETTINGS = SessionSettings()
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (Wishes(), Timeouts(30, True, 720, 5)),
        (Wishes(minutes=1), Timeouts(5, True, 720, 5)),
        (Wishes(minutes=1e300), Timeouts(1440, True, 1440, 5)),
        (Wishes(minutes=60, longest_minutes=10), Timeouts(60, True, 60, 5)),
        (Wishes(longest_minutes=1e300), Timeouts(30, True, 2880, 5)),
        (Wishes(warning_minutes=-3), Timeouts(30, True, 720, 1)),
        (Wishes(warning_minutes=1e300), Timeouts(30, True, 720, 1440)),
        (Wishes(auto_renew=False), Timeouts(30, False, 720, 5)),
    ],
)
def test_a_wish_is_granted_within_bounds(wishes: Wishes, expected: Timeouts) -> None:
    assert Timeouts.default(SETTINGS).with_wishes(wishes).within(SETTINGS) == expected


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(minutes=4.9), "timeoutMinutes"),
        (Wishes(minutes=1441), "timeoutMinutes"),
        (Wishes(longest_minutes=2881), "maxDurationMinutes"),
        (Wishes(minutes=60, longest_minutes=59), "maxDurationMinutes"),
        (Wishes(warning_minutes=0), "warningThresholdMinutes"),
    ],
)
def test_a_change_beyond_the_bounds_is_refused_by_name(wishes: Wishes, field: str) -> None:
    with pytest.raises(InvalidInput, match=field) as refusal:
        wishes.require_allowed(SETTINGS)

    assert refusal.value.details == {"field": field}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *[(yes, True) for yes in (True, "true", "TRUE", "1", 1, "yes")],
        *[(no, False) for no in (False, "false", "0", 0, "off")],
        *[(neither, None) for neither in (None, "perhaps", ())],
    ],
)
def test_an_agent_says_whether_its_sessions_are_renewed_as_a_value_or_as_a_word(said: object, meant: object) -> None:
    assert Wishes.of(_character(SESSION_AUTO_RENEW=said)).auto_renew is meant


@pytest.mark.parametrize(("said", "meant"), [(90, 90), ("90", 90), (1.5, 1.5), ("soon", None), ("inf", None)])
def test_an_agent_says_how_long_its_sessions_last_as_a_number_or_as_a_text(said: object, meant: object) -> None:
    assert Wishes.of(_character(SESSION_TIMEOUT_MINUTES=said)) == Wishes(minutes=meant)  # type: ignore[arg-type]


def test_a_session_ends_when_nobody_renews_it() -> None:
    session = _session(Timeouts(30, True, 720, 5))

    assert session.expires_at == NOON + 30 * MINUTE
    assert not session.has_expired(NOON + 30 * MINUTE - timedelta(milliseconds=1))
    assert session.has_expired(NOON + 30 * MINUTE)
    assert session.remaining(NOON + 10 * MINUTE) == 20 * MINUTE
    assert session.remaining(NOON + 40 * MINUTE) == timedelta()


def test_its_end_is_near_by_its_own_measure() -> None:
    session = _session(Timeouts(30, True, 720, 10))

    assert not session.is_near_its_end(NOON + 19 * MINUTE)
    assert session.is_near_its_end(NOON + 20 * MINUTE)


def test_a_sign_of_life_renews_it() -> None:
    used = _session(Timeouts(30, True, 720, 5)).used(NOON + 20 * MINUTE)

    assert (used.expires_at, used.last_activity) == (NOON + 50 * MINUTE, NOON + 20 * MINUTE)
    assert used.renewal_count == 1


def test_without_automatic_renewal_a_sign_of_life_renews_nothing() -> None:
    used = _session(Timeouts(30, False, 720, 5)).used(NOON + 20 * MINUTE)

    assert (used.expires_at, used.last_activity) == (NOON + 30 * MINUTE, NOON + 20 * MINUTE)
    assert used.renewal_count == 0


def test_it_lasts_no_longer_than_its_longest_duration() -> None:
    session = _session(Timeouts(30, True, 40, 5)).used(NOON + 20 * MINUTE)

    assert session.expires_at == NOON + 40 * MINUTE
    assert not session.can_last_longer
    assert session.used(NOON + 30 * MINUTE).renewal_count == 1


def test_other_timeouts_count_from_the_last_sign_of_life() -> None:
    used = _session(Timeouts(30, True, 720, 5)).used(NOON + 20 * MINUTE)

    assert used.timed(Timeouts(60, True, 720, 5)).expires_at == NOON + 80 * MINUTE


def test_other_timeouts_count_from_the_beginning_if_signs_of_life_renew_nothing() -> None:
    used = _session(Timeouts(30, False, 720, 5)).used(NOON + 20 * MINUTE)

    assert used.timed(Timeouts(60, False, 720, 5)).expires_at == NOON + 60 * MINUTE


def test_other_timeouts_take_back_no_renewal_by_hand() -> None:
    renewed = _session(Timeouts(30, False, 720, 5)).renewed(NOON + 20 * MINUTE)

    assert renewed.timed(Timeouts(60, False, 720, 5)).expires_at == NOON + 80 * MINUTE


def _character(**settings: Any) -> Character:
    return Character.parse({"name": "Bob", "bio": "Bob listens.", "settings": settings})


def _session(timeouts: Timeouts) -> Session:
    return Session(
        id=new_id(),
        agent_id=new_id(),
        channel_id=new_id(),
        user_id=new_id(),
        metadata={},
        timeouts=timeouts,
        created_at=NOON,
        last_activity=NOON,
        expires_at=timeouts.end(NOON, NOON),
    )
