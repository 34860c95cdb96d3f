"""Rates: who asks too often is told to wait; nobody else notices."""

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from eliza.access import rules
from eliza.access.authenticator import CredentialRefused, Presented
from eliza.access.principal import LOOPBACK, OPERATOR, Principal
from eliza.config import LimitSettings, Settings
from eliza.http.limits import CLASSES, RateLimited, RateLimits, client_network
from tests.house_kit import Answer, Client, House
from tests.services.redis import RedisServer

KEY = "k" * 43
SHORT_KEY = "sesame"


@pytest.fixture
def open_small(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """``open_small(costly=3, …)`` gives a house with a key and these limits."""
    opened: list[House] = []

    def open_one(*, key: str | None = KEY, redis_url: str | None = None, **numbers: Any) -> House:
        limits = LimitSettings(**numbers)
        house = House(tmp_path / str(len(opened)), auth_token=key, redis_url=redis_url, limits=limits)
        house.http = Client(house.server.app, {"X-API-KEY": key} if key else {})
        opened.append(house)
        return house

    yield open_one
    for house in opened:
        house.close()


def knock(house: House, key: str | None, address: str = "203.0.113.7") -> int:
    headers = {} if key is None else {"X-API-KEY": key}
    return Client(house.server.app, headers).get("/api/agents", environ_overrides={"REMOTE_ADDR": address}).status_code


# Every request


def test_who_asks_too_often_waits_and_others_do_not(open_small: Callable[..., House]) -> None:
    house = open_small(requests=5)
    ada, bob = house.as_("Ada"), house.as_("Bob")

    answers = [ada.get("/api/agents") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json["error"]["code"] == "RATE_LIMITED"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert bob.get("/api/agents").status_code == 200
    assert house.http.get("/api/agents").status_code == 200


def test_the_servers_own_key_may_ask_twenty_times_as_often(open_small: Callable[..., House]) -> None:
    house = open_small(requests=1)

    assert [house.http.get("/api/agents").status_code for _ in range(21)] == [200] * 20 + [429]


def test_who_brings_nothing_is_counted_by_address(open_small: Callable[..., House]) -> None:
    house = open_small(requests=3)

    assert [knock(house, None) for _ in range(5)] == [401, 401, 401, 429, 429]
    assert knock(house, None, "203.0.113.8") == 401


def test_at_ones_own_machine_nothing_is_counted(open_small: Callable[..., House]) -> None:
    house = open_small(key=None, requests=1, costly=1, uploads=1)
    room = house.room("Ada", "Bob")

    assert {house.http.get("/api/agents").status_code for _ in range(5)} == {200}
    assert {room.post("Ada", "Hi!").status_code for _ in range(5)} == {201}


def test_limits_can_be_switched_off(open_small: Callable[..., House]) -> None:
    house = open_small(on=False, requests=1, costly=1, failures=1)
    ada = house.as_("Ada")

    assert {ada.get("/api/agents").status_code for _ in range(5)} == {200}
    assert {knock(house, "wrong") for _ in range(5)} == {401}


def test_probes_are_answered_whoever_floods(open_small: Callable[..., House]) -> None:
    house = open_small(requests=1, failures=1)
    assert [knock(house, None) for _ in range(3)] == [401, 429, 429]

    probe = Client(house.server.app).get("/healthz", environ_overrides={"REMOTE_ADDR": "203.0.113.7"})

    assert probe.status_code == 200


# What is dear


def test_messages_and_searches_have_limits_of_their_own(open_small: Callable[..., House]) -> None:
    house = open_small(costly=2)
    room, ada = house.room("Ada", "Bob"), house.as_("Ada")

    posted = [ada.post(room.url, json={"content": "Hi!"}) for _ in range(3)]
    searched = [ada.post("/api/messaging/messages/search", json={"query": "hi"}) for _ in range(3)]

    assert [answer.status_code for answer in posted] == [201, 201, 429]
    assert (posted[-1].json["code"], posted[-1].json["success"]) == ("RATE_LIMITED", False)
    assert int(posted[-1].headers["Retry-After"]) > 0
    assert [answer.status_code for answer in searched][-1] == 429
    assert ada.get(room.url).status_code == 200


def test_good_answers_say_what_is_left(open_small: Callable[..., House]) -> None:
    house = open_small(costly=5)
    room, ada = house.room("Ada", "Bob"), house.as_("Ada")

    posted = ada.post(room.url, json={"content": "Hi!"})

    told = {name: posted.headers.get(name) for name in ("RateLimit-Limit", "RateLimit-Remaining", "Retry-After")}
    assert told == {"RateLimit-Limit": "5", "RateLimit-Remaining": "4", "Retry-After": None}
    assert 0 < int(posted.headers["RateLimit-Reset"]) <= 60


def test_uploads_have_a_limit_of_their_own(open_small: Callable[..., House]) -> None:
    house = open_small(uploads=1)
    room, ada = house.room("Ada", "Bob"), house.as_("Ada")

    def upload() -> Answer:
        path = f"/api/messaging/channels/{room.id}/upload-media"
        return ada.post(path, data={"file": (BytesIO(b"GIF89a"), "a.gif")})

    assert [upload().status_code, upload().status_code][-1] == 429


def test_many_people_behind_one_address_may_do_five_times_as_much(open_small: Callable[..., House]) -> None:
    house = open_small(costly=1)
    names = [f"person {number}" for number in range(6)]
    room = house.room(*names)
    people = [house.as_(name) for name in names]

    assert [one.post(room.url, json={"content": "Hi!"}).status_code for one in people] == [201] * 5 + [429]


def test_every_name_in_the_table_is_that_of_a_route() -> None:
    assert set(CLASSES) - set(rules.ROUTES) - rules.PUBLIC - rules.ANY_CREDENTIAL == set()


def test_whatever_posts_or_asks_a_model_is_dear() -> None:
    writing = {"messages:write", "sessions:write", "jobs:write", "audio:use"}
    cheap = {
        "messages.update_message",
        "messages.delete_message",
        "sessions.delete_session",
        "sessions.renew_session",
        "sessions.set_timeout",
        "sessions.beat",
    }

    dear = {view for view, permission in rules.ROUTES.items() if permission in writing}

    assert dear - cheap - set(CLASSES) == set()


# Wrong credentials


def test_after_so_many_wrong_keys_none_from_there_is_looked_at(open_small: Callable[..., House]) -> None:
    house = open_small(failures=3, key=SHORT_KEY)

    assert [knock(house, f"guess {number}") for number in range(5)] == [401, 401, 401, 429, 429]
    assert knock(house, SHORT_KEY) == 429
    assert knock(house, SHORT_KEY, "203.0.113.8") == 200


def test_a_team_is_not_locked_out_by_a_colleagues_old_key(open_small: Callable[..., House]) -> None:
    house = open_small(failures=3)
    assert knock(house, KEY) == 200

    for number in range(10):
        knock(house, f"guess {number}".ljust(43))

    assert knock(house, KEY) == 200
    assert knock(house, "another guess".ljust(43)) == 429


def test_a_key_that_could_be_guessed_is_not_recognized(open_small: Callable[..., House]) -> None:
    house = open_small(failures=3, key=SHORT_KEY)
    assert knock(house, SHORT_KEY) == 200

    for number in range(4):
        knock(house, f"guess {number}")

    assert knock(house, SHORT_KEY) == 429


def test_what_is_known_from_one_address_is_not_known_from_another(open_small: Callable[..., House]) -> None:
    house = open_small(failures=1)
    assert knock(house, KEY, "203.0.113.8") == 200

    knock(house, "wrong")

    assert knock(house, KEY) == 429


def test_who_brings_nothing_is_still_told_what_to_bring(open_small: Callable[..., House]) -> None:
    house = open_small(failures=1)
    assert [knock(house, "wrong"), knock(house, "wrong")] == [401, 429]

    assert knock(house, None) == 401


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7:4711", "203.0.113.7:815", True),
        ("203.0.113.7:4711", "203.0.113.8:4711", False),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", None, True),
    ],
)
def test_a_household_counts_as_one_address(one: str, other: str | None, are_same: bool) -> None:
    assert (client_network(one) == client_network(other)) is are_same


# Passwords


def test_passwords_are_tried_so_often_and_no_more(open_small: Callable[..., House]) -> None:
    house = open_small(failures=100)

    assert tries(house, "ada@example.org", 12) == [401] * 10 + [429] * 2
    assert tries(house, "bob@example.org", 1) == [401]


def test_an_address_written_in_another_way_is_no_other_account(open_small: Callable[..., House]) -> None:
    house = open_small(failures=100)
    ways = ["ada@example.org", " ada@example.org", "ADA@example.org  ", "\uff41da@example.org", "ada@example.org\t"]

    assert [status for way in ways for status in tries(house, way, 3)] == [401] * 10 + [429] * 5


def test_of_very_many_wrong_logins_few_are_looked_at(open_small: Callable[..., House]) -> None:
    house = open_small(failures=5)

    answers = [status for number in range(40) for status in tries(house, f"{number}@example.org", 5)]

    assert (answers.count(401), answers.count(429)) == (5, 195)


def test_guesses_made_all_at_once_are_no_more_than_those_made_in_turn() -> None:
    limits = RateLimits(Settings(limits=LimitSettings(failures=1000)))

    def guess(number: int, meanwhile: Callable[[], int]) -> int:
        """How many are looked at together when the one after this is made before this one is found to be wrong."""
        origin = {"REMOTE_ADDR": f"203.0.113.{number}"}
        with Flask("x").test_request_context(environ_overrides=origin):
            try:
                with limits.login("ada@example.org"):
                    looked_at = 1 + meanwhile()
                    raise CredentialRefused
            except RateLimited:
                return 0
            except CredentialRefused:
                return looked_at

    def guesses(number: int) -> int:
        return guess(number, lambda: guesses(number + 1)) if number < 30 else 0

    assert guesses(1) == 10
    assert guess(31, lambda: 0) == 0


def test_guesses_lock_nobody_out_where_they_logged_in_lately() -> None:
    limits = RateLimits(Settings(limits=LimitSettings(failures=1000)))

    def log_in(address: str, *, right: bool) -> None:
        with (
            Flask("x").test_request_context(environ_overrides={"REMOTE_ADDR": address}),
            limits.login("ada@example.org"),
        ):
            if not right:
                raise CredentialRefused

    log_in("203.0.113.1", right=True)
    for _ in range(20):
        with pytest.raises((CredentialRefused, RateLimited)):
            log_in("203.0.113.2", right=False)

    log_in("203.0.113.1", right=True)
    with pytest.raises(RateLimited):
        log_in("203.0.113.3", right=True)


def tries(house: House, email: str, times: int) -> list[int]:
    client = Client(house.server.app)
    body = {"email": email, "password": "not this one"}
    return [client.post("/api/auth/login", json=body).status_code for _ in range(times)]


# Several workers


def test_workers_count_together_through_redis(redis_url: str) -> None:
    one = RateLimits(Settings(redis_url=redis_url, limits=LimitSettings(costly=2, failures=4)))
    two = RateLimits(Settings(redis_url=redis_url, limits=LimitSettings(costly=2, failures=4)))
    ada = Principal(OPERATOR.role, "Ada", "key:1", entity_id=LOOPBACK.entity_id, scopes=frozenset())

    for limits in (one, two):
        limits.watch(Flask("x"))
    one.spend("costly", ada)
    two.spend("costly", ada)

    with pytest.raises(RateLimited):
        one.spend("costly", ada)
    # A worker hears of the others' guesses with the next that comes to itself.
    assert [guessed(limits) for limits in (one, two, one, two, one, two, one)] == [401] * 5 + [429] * 2


def guessed(limits: RateLimits) -> int:
    def refuse(_presented: Presented) -> Principal:
        raise CredentialRefused

    try:
        limits.admit(Presented(key="wrong"), "203.0.113.7", refuse)
    except (CredentialRefused, RateLimited) as failure:
        return failure.status
    return 200


def test_requests_are_served_and_counted_while_redis_is_away(open_small: Callable[..., House]) -> None:
    redis = RedisServer()
    house = open_small(redis_url=redis.url, costly=2)
    room, ada = house.room("Ada", "Bob"), house.as_("Ada")
    redis.kill()

    began = time.monotonic()
    posted = [ada.post(room.url, json={"content": "Hi!"}).status_code for _ in range(3)]

    assert posted == [201, 201, 429]
    assert time.monotonic() - began < 5
    redis.stop()
