"""Sweeping: the server does it by itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eliza.config import Settings
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.server import AgentServer
from eliza.testing.clock import FrozenClock
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from tests.house_kit import Client, id_of
from tests.services.periods import Periods
from tests.services.sqlite import migrated

SESSIONS, JOBS = "/api/messaging/sessions", "/api/messaging/jobs"
CHANNELS = f"/api/messaging/message-servers/{DEFAULT_MESSAGE_SERVER}/channels"
MINUTES = {"SESSION_CLEANUP_INTERVAL_MINUTES": "7"}
EIGHT_DAYS = 8 * 24 * 3600


@pytest.fixture
def periods() -> Periods:
    return Periods()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def server(data_dir: Path, periods: Periods, clock: FrozenClock) -> Iterator[AgentServer]:
    migrated(data_dir / "eliza.db")
    settings = replace(Settings.from_env(MINUTES), data_dir=data_dir)
    provider = ScriptedProvider(ScriptedModel())
    opened = AgentServer(settings, providers=[provider], background=periods, clock=clock)
    yield opened.initialize()
    opened.stop(timeout=0)


def test_sessions_and_jobs_of_last_week_are_gone_with_their_channels(
    server: AgentServer, periods: Periods, clock: FrozenClock
) -> None:
    http, agent, ada = Client(server.app), str(server.agents[0].id), str(id_of("Ada"))
    assert http.post(SESSIONS, json={"agentId": agent, "userId": ada}).status_code == 201
    assert http.post(JOBS, json={"userId": ada, "content": "Hi!"}).status_code == 201
    clock.advance(EIGHT_DAYS)

    periods.let_pass(7 * 60)
    assert http.get(SESSIONS).json["stats"]["totalSessions"] == 0
    assert http.get(JOBS).json["total"] == 1

    periods.let_pass(5 * 60)
    assert http.get(JOBS).json["total"] == 0
    assert http.get(CHANNELS).json["data"]["channels"] == []
