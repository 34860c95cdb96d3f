"""Sessions: rows that outlive the process, changed by several at once without a loss."""

from datetime import timedelta
from uuid import UUID

import pytest

from eliza.agents.agents import AgentNotRunning
from eliza.config import SessionSettings
from eliza.events import ChannelDeleted
from eliza.ids import new_id
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.messages import Draft
from eliza.runtime.character import Character
from eliza.sessions.session import CannotLastLonger, Session, SessionExpired, SessionNotFound
from eliza.sessions.sessions import KEPT, Census, Said, Sessions
from eliza.sessions.timeouts import Timeouts, Wishes
from tests.house_kit import at_once, id_of
from tests.spine import Spine

ADA = id_of("Ada")
HALF_AN_HOUR = 1800


@pytest.fixture
def sessions(spine: Spine) -> Sessions:
    return _sessions(spine)


def test_a_session_is_a_direct_channel_of_a_person_and_an_agent(small_spine: Spine) -> None:
    sessions = _sessions(small_spine)
    bob = small_spine.agent("Bob")

    session = sessions.begin(bob, ADA, metadata={"platform": "test"})

    channel = small_spine.channels.get(session.channel_id)
    assert (channel.name, channel.type) == (f"session-{session.id}", "DM")
    assert small_spine.channels.participants(channel.id) == sorted([ADA, bob])
    assert session.metadata == {"platform": "test"}
    assert session.expires_at == small_spine.clock.now() + timedelta(minutes=30)
    assert sessions.get(session.id) == session


def test_wishes_go_before_the_agents_settings_and_these_before_the_servers(small_spine: Spine) -> None:
    sessions = _sessions(small_spine, SessionSettings(minutes=10, longest_duration=100, warning=2, shortest=1))
    settings = {"SESSION_AUTO_RENEW": "false", "SESSION_MAX_DURATION_MINUTES": "90"}
    bob = small_spine.agents.add(Character.parse({"name": "Bob", "bio": "", "settings": settings}), active=True).id

    assert sessions.begin(bob, ADA).timeouts == Timeouts(10, False, 90, 2)
    assert sessions.begin(bob, ADA, wishes=Wishes(longest_minutes=80)).timeouts == Timeouts(10, False, 80, 2)


def test_a_session_needs_an_agent_that_runs(small_spine: Spine) -> None:
    sessions = _sessions(small_spine)
    for nobody in (new_id(), small_spine.agent("Bob", active=False)):
        with pytest.raises(AgentNotRunning):
            sessions.begin(nobody, ADA)

    assert sessions.census() == Census(0, 0, 0)
    assert small_spine.channels.page(UUID(int=0), limit=10).items == []


def test_an_expired_session_stays_expired(small_spine: Spine) -> None:
    sessions = _sessions(small_spine)
    session = _begun(small_spine, sessions)
    small_spine.clock.advance(HALF_AN_HOUR)

    for _ in range(2):
        for attempt in (sessions.get, sessions.renew, sessions.beat, lambda id_: _say(sessions, id_)):
            with pytest.raises(SessionExpired):
                attempt(session.id)
        with pytest.raises(SessionExpired):
            sessions.set_timeouts(session.id, Wishes(minutes=60))
    assert small_spine.history(session.channel_id) == []


def test_what_is_said_at_the_last_moment_renews_the_session(small_spine: Spine) -> None:
    sessions = _sessions(small_spine)
    session = _begun(small_spine, sessions)
    small_spine.clock.advance(HALF_AN_HOUR - 0.001)

    said = _say(sessions, session.id)

    assert said.was_renewed
    assert said.session.expires_at == small_spine.clock.now() + timedelta(minutes=30)
    assert sessions.get(session.id) == said.session
    assert small_spine.history(session.channel_id) == ["Hi!"]


def test_what_cannot_be_said_renews_nothing(spine: Spine, sessions: Sessions) -> None:
    session = _begun(spine, sessions)
    spine.clock.advance(60)

    with pytest.raises(Exception, match="content"):
        _say(sessions, session.id, "  ")

    assert sessions.get(session.id) == session


def test_a_session_is_not_renewed_beyond_its_longest_duration(small_spine: Spine) -> None:
    sessions = _sessions(small_spine)
    session = sessions.begin(small_spine.agent("Bob"), ADA, wishes=Wishes(minutes=30, longest_minutes=45))
    small_spine.clock.advance(1200)
    assert sessions.renew(session.id).expires_at == session.created_at + timedelta(minutes=45)

    with pytest.raises(CannotLastLonger):
        sessions.renew(session.id)
    assert sessions.beat(session.id).renewal_count == 1


def test_a_change_leaves_what_it_does_not_name(small_spine: Spine) -> None:
    sessions = _sessions(small_spine)
    wishes = Wishes(minutes=60, auto_renew=False, longest_minutes=600, warning_minutes=7)
    session = sessions.begin(small_spine.agent("Bob"), ADA, wishes=wishes)

    changed = sessions.set_timeouts(session.id, Wishes(minutes=90))

    assert changed.timeouts == Timeouts(90, False, 600, 7)
    assert changed.expires_at == session.created_at + timedelta(minutes=90)
    assert sessions.get(session.id) == changed


def test_none_of_many_renewals_at_once_is_lost(spine: Spine, sessions: Sessions) -> None:
    session = _begun(spine, sessions)

    at_once(*[lambda: sessions.renew(session.id)] * 5, *[lambda: _say(sessions, session.id)] * 5)

    assert sessions.get(session.id).renewal_count == 10
    assert spine.history(session.channel_id) == ["Hi!"] * 5


def test_a_deleted_session_is_gone_with_its_channel(spine: Spine, sessions: Sessions) -> None:
    session = _begun(spine, sessions)
    _say(sessions, session.id)

    sessions.delete(session.id)

    assert spine.told(ChannelDeleted) == [ChannelDeleted(session.channel_id)]
    assert spine.channels.find(session.channel_id) is None
    for attempt in (sessions.get, sessions.delete):
        with pytest.raises(SessionNotFound):
            attempt(session.id)


def test_deleting_while_people_talk_ends_in_one_or_the_other(spine: Spine, sessions: Sessions) -> None:
    session = _begun(spine, sessions)

    def talk() -> None:
        try:
            _say(sessions, session.id)
        except SessionNotFound:
            return

    at_once(talk, talk, lambda: sessions.delete(session.id), talk, talk)

    assert spine.channels.find(session.channel_id) is None
    assert sessions.census().total == 0


def test_the_census_counts_the_living_and_those_near_their_end(spine: Spine, sessions: Sessions) -> None:
    bob = spine.agent("Bob")
    sessions.begin(bob, ADA, wishes=Wishes(minutes=5))
    sessions.begin(bob, ADA, wishes=Wishes(minutes=10))
    sessions.begin(bob, ADA, wishes=Wishes(minutes=20, warning_minutes=15))
    sessions.begin(bob, ADA)

    spine.clock.advance(300)

    assert sessions.census() == Census(total=4, active=3, expiring_soon=2)
    assert sessions.active(limit=2).total == 3


def test_long_expired_sessions_are_swept_away_with_their_channels(spine: Spine, sessions: Sessions) -> None:
    old = _begun(spine, sessions)
    spine.clock.advance(HALF_AN_HOUR + KEPT.total_seconds() - 0.001)
    new = sessions.begin(old.agent_id, ADA)
    sessions.sweep()
    assert sessions.census().total == 2

    spine.clock.advance(0.001)
    sessions.sweep()

    assert [session.id for session in sessions.active(limit=10).items] == [new.id]
    assert spine.told(ChannelDeleted) == [ChannelDeleted(old.channel_id)]
    with pytest.raises(SessionNotFound):
        sessions.get(old.id)


def test_what_a_deleted_agent_leaves_is_swept_away(spine: Spine, sessions: Sessions) -> None:
    session = _begun(spine, sessions)
    others = [spine.channel("Ada", session.agent_id), _alike(spine, "session-"), _alike(spine, "session")]
    spine.agents.delete(session.agent_id)
    with pytest.raises(SessionNotFound):
        sessions.get(session.id)

    sessions.sweep()

    assert spine.told(ChannelDeleted) == [ChannelDeleted(session.channel_id)]
    assert all(spine.channels.find(other) for other in others)


def test_all_sessions_can_be_ended(spine: Spine, sessions: Sessions) -> None:
    session = _begun(spine, sessions)

    sessions.end_all()

    assert sessions.census() == Census(total=1, active=0, expiring_soon=0)
    with pytest.raises(SessionExpired):
        sessions.get(session.id)


def _sessions(spine: Spine, settings: SessionSettings | None = None) -> Sessions:
    arrivals = Arrivals(spine.channels, spine.messages)
    settings = settings or SessionSettings()
    return Sessions(spine.database, spine.clock, spine.agents, spine.channels, arrivals, settings)


def _alike(spine: Spine, name: str) -> UUID:
    """A channel that somebody mirrors from a place that has sessions too."""
    return spine.channels.create(name, type="GROUP", participants=(), source_type="session", source_id="7").id


def _begun(spine: Spine, sessions: Sessions) -> Session:
    return sessions.begin(spine.agent("Bob"), ADA)


def _say(sessions: Sessions, session_id: UUID, text: str = "Hi!") -> Said:
    return sessions.say(session_id, lambda session: Draft(session.channel_id, session.user_id, text))
