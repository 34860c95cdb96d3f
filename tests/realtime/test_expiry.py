"""Expiry: a socket is closed when the token, the key or the login it was opened with has expired."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

import pytest

from eliza.access.roles import Role
from eliza.audit.audit import COMMAND_LINE
from eliza.auth.key import Draft
from eliza.auth.keys import Keys
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.auth.tokens import LEEWAY, Tokens
from eliza.http.gate import COOKIE
from eliza.testing.clock import FrozenClock
from tests.house_kit import House, Socket
from tests.services.periods import Periods
from tests.services.waiting import eventually

SEVEN_DAYS, THIRTY_DAYS, AN_HOUR = 7 * 24 * 3600, 30 * 24 * 3600, 3600
REVIEW_SECONDS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Town:
    house: House
    clock: FrozenClock
    periods: Periods

    def part(self, kind: type[T]) -> T:
        return cast(T, self.house.server.app.extensions["eliza"][kind])

    def let_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.periods.let_pass(REVIEW_SECONDS)


def by_token(town: Town) -> Socket:
    ada = town.part(People).add(COMMAND_LINE, "ada")
    return town.house.socket(ada.subject, token=town.part(Tokens).make(ada.subject, ada.valid_from))


def by_key(town: Town) -> Socket:
    draft = Draft("short", Role.OPERATOR, expires_at=town.clock.now() + timedelta(seconds=AN_HOUR))
    return town.house.socket("Ada", apiKey=town.part(Keys).create(draft, COMMAND_LINE)[1])


def by_login(town: Town) -> Socket:
    ada = town.part(People).add(COMMAND_LINE, "ada")
    login = town.part(Logins).begin(ada.known.credential)
    return Socket(town.house.serve(), ada.subject, headers={"Cookie": f"{COOKIE}={login}"})


@pytest.fixture
def town(data_dir: Path) -> Iterator[Town]:
    clock, periods = FrozenClock(), Periods()
    house = House(data_dir, clock=clock, background=periods)
    yield Town(house, clock, periods)
    house.close()


@pytest.mark.parametrize(
    ("opened", "seconds"),
    [(by_token, SEVEN_DAYS), (by_key, AN_HOUR), (by_login, THIRTY_DAYS)],
    ids=["token", "key", "login"],
)
def test_a_socket_ends_with_what_it_was_opened_with(town: Town, opened: Callable[[Town], Socket], seconds: int) -> None:
    socket = opened(town)

    town.let_pass(seconds - 1)
    assert socket.is_connected

    town.let_pass(LEEWAY.total_seconds() + 1)
    eventually(lambda: not socket.is_connected)
