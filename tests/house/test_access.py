"""Access: every route and every event, with every kind of credential, has the outcome that the tables say.

The tables are ``eliza.access.roles`` and ``eliza.access.rules``. Routes that stand in neither fail here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from werkzeug.routing import Rule

from eliza.access import rules
from eliza.access.principal import Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.auth.key import Draft
from eliza.auth.keys import Keys
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.auth.person import Change
from eliza.auth.tokens import Tokens
from eliza.config import LimitSettings
from eliza.http import gate
from eliza.http.guarded import needs_key
from eliza.testing.clock import FrozenClock
from tests.house_kit import Answer, House

ADMIN = Principal(Role.ADMIN, "who set it up", "test")
ENDINGS = {"operation.stop", "auth.log_out"}
"""Would end the test's own server and its own login; who may ask for it is tried with those who may not."""
REFRESHING = "auth.refresh"
"""Wants a token, whoever brings it."""
TOKEN, COOKIE = "a member's token", "a member's login"
A_MONTH = 31 * 24 * 3600
"""After which every key, token and login has expired that ever does."""
NARROW = "an operator's key, narrowed to agents:read"

KNOWN = {**{role.value: role for role in Role}, TOKEN: Role.MEMBER, COOKIE: Role.MEMBER, NARROW: Role.OPERATOR}


@dataclass(frozen=True)
class Door:
    """One method at one address."""

    method: str
    path: str
    view: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Visitors:
    house: House
    headers: dict[str, dict[str, str]]

    def ask(self, door: Door, visitor: str) -> Answer:
        """With an id that nobody has at every place, and a body that says nothing."""
        path = re.sub(r"<[^>]+>", lambda _place: str(uuid4()), door.path)
        body: dict[str, Any] = {} if door.method == "GET" else {"json": {}}
        return self.house.http.open(path, method=door.method, headers=self.headers[visitor], **body)


@pytest.fixture(scope="module")
def visitors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    clock = FrozenClock()
    house = House(
        tmp_path_factory.mktemp("access"), clock=clock, limits=LimitSettings(on=False), registration_open=True
    )
    keys: Keys = house.server.app.extensions["eliza"][Keys]

    def key(draft: Draft) -> dict[str, str]:
        return {"X-API-KEY": keys.create(draft, ADMIN)[1]}

    short = Draft("short", Role.ADMIN, expires_at=clock.now() + timedelta(minutes=1), entity_id=uuid4())
    given = {role.value: key(Draft(role.value, role, entity_id=uuid4())) for role in Role}
    given[NARROW] = key(Draft("narrow", Role.OPERATOR, frozenset({Permission.AGENTS_READ}), entity_id=uuid4()))
    given["an expired key"] = key(short)
    revoked, secret = keys.create(Draft("revoked", Role.ADMIN, entity_id=uuid4()), ADMIN)
    keys.revoke(revoked.id, ADMIN)
    given |= {"a revoked key": {"X-API-KEY": secret}, "a wrong key": {"X-API-KEY": "eliza_wrong"}, "nothing": {}}
    people: People = house.server.app.extensions["eliza"][People]
    tokens: Tokens = house.server.app.extensions["eliza"][Tokens]
    logins: Logins = house.server.app.extensions["eliza"][Logins]
    ada, bob = (people.add(ADMIN, name) for name in ("ada", "bob"))

    def login() -> dict[str, str]:
        cookie = f"{gate.COOKIE}={logins.begin(ada.known.credential)}"
        return {"Cookie": cookie, "Origin": "http://localhost"}

    def token() -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.make(ada.subject, ada.valid_from)}"}

    given |= {"an expired token": token(), "an expired login": login()}
    clock.advance(A_MONTH)
    given |= {TOKEN: token(), COOKIE: login()}
    given["a disabled person's token"] = {"Authorization": f"Bearer {tokens.make(bob.subject, bob.valid_from)}"}
    people.change(ADMIN, bob.id, Change(is_disabled=True))
    given["a token that somebody else signed"] = {"Authorization": f"Bearer {_forged(ada.subject)}"}
    yield Visitors(house, given)
    house.close()


def doors(house: House) -> list[Door]:
    found = house.server.app.url_map.iter_rules()
    return [Door(method, rule.rule, rules.view_of(rule.endpoint)) for rule in found for method in _methods(rule)]


def _guarded(house: House) -> list[Door]:
    with house.server.app.app_context():
        return [door for door in doors(house) if needs_key(door.path)]


def test_every_route_is_in_the_table_and_every_line_of_it_is_a_route(visitors: Visitors) -> None:
    lists = (rules.OUTSIDE, rules.PUBLIC, rules.ANY_CREDENTIAL, frozenset(rules.ROUTES))

    listed = [view for one in lists for view in one]

    assert sorted(listed) == sorted({door.view for door in doors(visitors.house)})


def test_only_what_is_said_to_be_outside_is_outside(visitors: Visitors) -> None:
    outside = {door.view for door in doors(visitors.house)} - {door.view for door in _guarded(visitors.house)}

    assert outside - {"web.elsewhere"} == rules.OUTSIDE


def test_every_door_has_the_outcome_that_the_table_says(visitors: Visitors) -> None:
    wrong = [
        f"{door} with {visitor}: {answer.status_code}, not {wanted}"
        for door in _guarded(visitors.house)
        for visitor in visitors.headers
        if (wanted := _wanted(door.view, visitor)) != "in" or door.view not in ENDINGS
        if not _fits(answer := visitors.ask(door, visitor), wanted)
    ]

    assert not wrong, "\n".join(wrong)


def test_who_is_not_let_in_is_told_what_they_lack(visitors: Visitors) -> None:
    refused = visitors.house.http.post("/api/agents", json={}, headers=visitors.headers["member"])

    assert (refused.status_code, refused.json["error"]) == (
        403,
        {
            "code": "FORBIDDEN",
            "message": "This needs the permission agents:write, which your credential does not have",
            "details": {"permission": "agents:write"},
        },
    )


def test_every_event_has_the_outcome_that_the_table_says(visitors: Visitors) -> None:
    listened_to = set(visitors.house.server.socketio.server.handlers["/"]) - {"connect", "disconnect", "message"}
    wrong = []
    for visitor in (*(role.value for role in Role), NARROW):
        socket = visitors.house.socket(visitor, entityId=None, apiKey=visitors.headers[visitor]["X-API-KEY"])
        for event, permission in rules.EVENTS.items():
            told = str(socket.calls({"join": "1", "send": "2"}.get(event, event), {"channelId": str(uuid4())}))
            is_refused = f"needs the permission {permission}" in told or "conversations:any" in told
            if event not in {"leave", "unsubscribe_logs", "update_log_filters"}:
                wrong += [f"{event} as {visitor}: {told}"] if is_refused == _may(visitor, permission) else []

    assert not wrong, "\n".join(wrong)
    assert {"join": "1", "send": "2"}.get("join") in listened_to
    assert {{"1": "join", "2": "send"}.get(event, event) for event in listened_to} == set(rules.EVENTS)


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _wanted(view: str, visitor: str) -> str:
    """``in``, ``401`` or ``403``."""
    if view in rules.PUBLIC:
        return "in"
    if visitor not in KNOWN or (view == REFRESHING and visitor != TOKEN):
        return "401"
    if view in rules.ANY_CREDENTIAL:
        return "in"
    return "in" if _may(visitor, rules.ROUTES[view]) else "403"


def _may(visitor: str, permission: Permission) -> bool:
    if visitor == NARROW:
        return permission is Permission.AGENTS_READ
    return permission in PERMISSIONS[KNOWN[visitor]]


def _forged(subject: str) -> str:
    claims = {"sub": subject, "iss": "eliza-server", "iat": 0, "exp": 2**40}
    return jwt.encode(claims, "a secret that this server does not have", algorithm="HS256")


def _fits(answer: Answer, wanted: str) -> bool:
    return answer.status_code not in {401, 403} if wanted == "in" else str(answer.status_code) == wanted
