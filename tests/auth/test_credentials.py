"""Credentials: what opens the server, for whom, and when it does no longer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from eliza.access.authenticator import CredentialRefused, CredentialRequired, Presented
from eliza.access.principal import LOOPBACK, OPERATOR, Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.audit.audit import COMMAND_LINE
from eliza.auth.key import Draft
from eliza.auth.person import Change
from eliza.auth.tokens import LEEWAY, LIFETIME
from eliza.config import TokenSettings
from eliza.ids import to_uuid
from eliza.testing.clock import FrozenClock
from tests.auth.conftest import Desk, on_each_database

NOTHING = Presented()


def test_a_server_without_credentials_takes_everybody_for_whoever_sits_at_it(desk: Desk) -> None:
    assert desk.credentials.is_open
    assert desk.credentials.admit(NOTHING) == LOOPBACK


def test_an_open_server_passes_over_whatever_old_clients_send(desk: Desk) -> None:
    assert desk.credentials.admit(Presented(key="left over")) == LOOPBACK
    assert desk.credentials.admit(Presented(bearer="left.over.too", cookie="and this")) == LOOPBACK


def test_the_servers_key_opens_it_as_a_header_or_as_a_bearer_and_nothing_else_does(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(auth_token="schlüssel")
    credentials = desk.credentials

    assert not credentials.is_open
    assert credentials.admit(Presented(key="schlüssel")) == OPERATOR
    assert credentials.admit(Presented(bearer="schlüssel")) == OPERATOR
    for wrong in ("", "schlüsse", "schlüssel ", "\ud800", "eliza_schlüssel", "a.b.c"):
        _refuses(desk, Presented(key=wrong, bearer=wrong))
    with pytest.raises(CredentialRequired):
        credentials.admit(NOTHING)


@on_each_database
def test_the_first_key_closes_a_server_that_is_running_already(open_desk: Callable[..., Desk]) -> None:
    running, command_line = open_desk(), open_desk()
    assert running.credentials.admit(NOTHING) == LOOPBACK

    _, secret = command_line.keys.create(Draft("ci", Role.OPERATOR), COMMAND_LINE)

    with pytest.raises(CredentialRequired):
        running.credentials.admit(NOTHING)
    with pytest.raises(CredentialRefused):
        running.credentials.recall("open")
    assert running.credentials.admit(Presented(key=secret)).name == "the key ci"
    assert command_line.ended == ["open"]


def test_the_first_person_closes_it_too(open_desk: Callable[..., Desk]) -> None:
    running = open_desk()
    open_desk().people.add(COMMAND_LINE, "ada")

    with pytest.raises(CredentialRequired):
        running.credentials.admit(NOTHING)


def test_a_server_whose_last_key_was_revoked_stays_closed_while_it_runs(open_desk: Callable[..., Desk]) -> None:
    running = open_desk()
    key, _ = running.keys.create(Draft("ci", Role.OPERATOR), COMMAND_LINE)
    assert not running.credentials.is_open

    running.keys.revoke(key.id, COMMAND_LINE)

    assert not running.credentials.is_open
    assert open_desk().credentials.is_open


def test_a_server_whose_last_key_has_expired_is_not_open_because_of_that(
    open_desk: Callable[..., Desk], clock: FrozenClock
) -> None:
    open_desk().keys.create(Draft("ci", expires_at=clock.now() + timedelta(days=1)), COMMAND_LINE)
    clock.advance(days(2))

    assert not open_desk().credentials.is_open


@on_each_database
def test_a_key_opens_what_its_role_does_until_it_expires(desk: Desk, clock: FrozenClock) -> None:
    key, secret = desk.keys.create(Draft("ci", Role.MEMBER, expires_at=clock.now() + timedelta(days=1)), COMMAND_LINE)
    ci = Principal(Role.MEMBER, "the key ci", f"key:{key.id}", entity_id=key.id, display_name="ci")

    assert desk.credentials.admit(Presented(key=secret)) == ci
    assert desk.credentials.admit(Presented(bearer=secret)) == ci
    assert desk.credentials.recall(ci.credential) == ci

    clock.advance(days(1))
    _refuses(desk, Presented(key=secret), "has expired")
    _forgets(desk, ci.credential, "has expired")


def test_a_revoked_key_says_that_it_was_revoked(desk: Desk) -> None:
    key, secret = desk.keys.create(Draft("ci", Role.MEMBER), COMMAND_LINE)
    assert not desk.credentials.is_open
    desk.keys.revoke(key.id, COMMAND_LINE)

    _refuses(desk, Presented(key=secret), "was revoked")
    _forgets(desk, f"key:{key.id}", "was revoked")
    assert desk.ended == ["open", f"key:{key.id}"]


def test_when_a_key_was_used_last_is_noted_once_a_minute(desk: Desk, clock: FrozenClock) -> None:
    _, secret = desk.keys.create(Draft("ci", Role.MEMBER), COMMAND_LINE)
    noted = []
    for _ in range(5):
        desk.credentials.admit(Presented(key=secret))
        noted.append(desk.keys.page(COMMAND_LINE, limit=1).items[0].last_used_at)
        clock.advance(25)

    start = clock.now() - timedelta(seconds=125)
    assert [moment - start for moment in noted if moment] == [timedelta(seconds=s) for s in (0, 0, 0, 75, 75)]


@on_each_database
def test_a_key_is_narrowed_to_its_scopes_and_act_as_comes_on_top(desk: Desk) -> None:
    reading = frozenset({Permission.MESSAGES_READ})
    _, narrow = desk.keys.create(Draft("reader", Role.MEMBER, scopes=reading), COMMAND_LINE)
    _, wide = desk.keys.create(Draft("bridge", Role.MEMBER, scopes=frozenset({Permission.ACT_AS})), COMMAND_LINE)

    assert desk.credentials.admit(Presented(key=narrow)).scopes == reading
    assert desk.credentials.admit(Presented(key=wide)).scopes == PERMISSIONS[Role.MEMBER] | {Permission.ACT_AS}


@on_each_database
def test_a_persons_token_opens_the_server_as_that_person(desk: Desk) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada", Role.OPERATOR)

    principal = desk.credentials.admit(Presented(bearer=desk.token_of("ada")))

    assert ada.id == to_uuid("eliza:ada")
    until = desk.clock.now() + LIFETIME + LEEWAY
    assert principal == Principal(Role.OPERATOR, "ada", ada.known.credential, entity_id=ada.id, expires_at=until)
    assert desk.credentials.recall(principal.credential) == replace(principal, expires_at=None)


@pytest.mark.parametrize(
    "change",
    [Change(password="another one"), Change(role=Role.VIEWER), Change(is_disabled=True)],
    ids=["password", "role", "disabled"],
)
def test_a_change_that_matters_ends_tokens_and_logins_made_in_the_same_moment(desk: Desk, change: Change) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada", password="the first one")
    token, cookie = desk.token_of("ada"), desk.logins.begin(ada.known.credential)
    assert desk.credentials.admit(Presented(cookie=cookie)).name == "ada"

    desk.people.change(COMMAND_LINE, ada.id, change)

    _refuses(desk, Presented(bearer=token))
    _refuses(desk, Presented(cookie=cookie))
    _forgets(desk, ada.known.credential)
    assert desk.ended == ["open", ada.known.credential]


def test_a_token_made_right_after_a_new_password_is_good(desk: Desk) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada", password="the first one")
    desk.people.change(COMMAND_LINE, ada.id, Change(password="another one"))

    assert desk.credentials.admit(Presented(bearer=desk.token_of("ada"))).name == "ada"


def test_another_name_or_address_ends_nothing(desk: Desk) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada", email="ada@example.org")
    token = desk.token_of("ada")

    desk.people.change(COMMAND_LINE, ada.id, Change(username="Ada Lovelace", email=""))

    assert desk.credentials.admit(Presented(bearer=token)).name == "Ada Lovelace"


@on_each_database
def test_who_is_disabled_is_out_with_all_their_keys_and_back_without_old_tokens(desk: Desk) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada")
    key, secret = desk.keys.create(Draft("laptop", Role.MEMBER, person_id=ada.id), COMMAND_LINE)
    token = desk.token_of("ada")

    desk.people.change(COMMAND_LINE, ada.id, Change(is_disabled=True))
    for presented in (Presented(key=secret), Presented(bearer=token), Presented(bearer=desk.token_of("ada"))):
        _refuses(desk, presented)
    assert f"key:{key.id}" in desk.ended

    desk.people.change(COMMAND_LINE, ada.id, Change(is_disabled=False))
    assert desk.credentials.admit(Presented(key=secret)).entity_id == ada.id
    _refuses(desk, Presented(bearer=token))


def test_who_is_deleted_and_comes_anew_under_the_same_name_is_not_let_in_by_an_old_token(
    desk: Desk, clock: FrozenClock
) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada")
    _, secret = desk.keys.create(Draft("laptop", Role.MEMBER, person_id=ada.id), COMMAND_LINE)
    token = desk.token_of("ada")
    desk.people.add(COMMAND_LINE, "bob")

    desk.people.delete(COMMAND_LINE, ada.id)
    _refuses(desk, Presented(bearer=token), "belongs to nobody here any more")
    _refuses(desk, Presented(key=secret))

    clock.advance(1)
    desk.people.add(COMMAND_LINE, "ada")
    _refuses(desk, Presented(bearer=token), "is from before its person was changed")


@on_each_database
def test_a_persons_key_may_no_more_than_they_may_by_now(desk: Desk) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada", Role.OPERATOR)
    _, secret = desk.keys.create(Draft("laptop", Role.OPERATOR, person_id=ada.id), COMMAND_LINE)
    desk.people.change(COMMAND_LINE, ada.id, Change(role=Role.MEMBER))

    principal = desk.credentials.admit(Presented(key=secret))

    assert (principal.role, principal.entity_id, principal.name) == (Role.MEMBER, ada.id, "ada, by the key laptop")


@on_each_database
def test_a_login_stands_for_what_was_signed_in_with_until_it_ends(desk: Desk, clock: FrozenClock) -> None:
    key, _ = desk.keys.create(Draft("ci", Role.MEMBER), COMMAND_LINE)
    first, second, third = (desk.logins.begin(f"key:{key.id}") for _ in range(3))
    assert desk.credentials.admit(Presented(cookie=first)).name == "the key ci"

    desk.logins.end(first)
    _refuses(desk, Presented(cookie=first), "belongs to a login that is over")
    assert desk.credentials.admit(Presented(cookie=second)).name == "the key ci"

    clock.advance(days(30))
    _refuses(desk, Presented(cookie=second), "belongs to a login that is over")

    desk.keys.revoke(key.id, COMMAND_LINE)
    _refuses(desk, Presented(cookie=third))


def test_a_login_with_the_servers_key_ends_when_another_key_takes_its_place(open_desk: Callable[..., Desk]) -> None:
    before = open_desk(auth_token="the first key of the server")
    cookie = before.logins.begin(before.credentials.login_of(OPERATOR))
    assert before.credentials.admit(Presented(cookie=cookie)) == OPERATOR

    same, after, gone = open_desk(auth_token="the first key of the server"), open_desk(auth_token="second"), open_desk()

    assert same.credentials.admit(Presented(cookie=cookie)) == OPERATOR
    _refuses(after, Presented(cookie=cookie))
    gone.people.add(COMMAND_LINE, "ada")
    _refuses(gone, Presented(cookie=cookie))


def test_who_comes_with_another_services_token_is_a_member_and_can_be_shut_out(
    open_desk: Callable[..., Desk], clock: FrozenClock
) -> None:
    settings = TokenSettings(secret="a secret that we share with another", issuer="https://id", audience="us")
    desk = open_desk(tokens=settings)
    noon = int(clock.now().timestamp())
    claims = {"iss": "https://id", "aud": "us", "sub": "did:42", "iat": noon, "exp": noon + 3600}
    presented = Presented(bearer=jwt.encode(claims, str(settings.secret), "HS256"))
    assert not desk.credentials.is_open

    principal = desk.credentials.admit(presented)

    until = clock.now() + timedelta(hours=1) + LEEWAY
    them = Principal(Role.MEMBER, "did:42", f"person:{to_uuid('did:42')}:0", to_uuid("did:42"))
    assert principal == replace(them, expires_at=until)
    assert desk.credentials.recall(principal.credential) == them
    clock.advance(10)
    desk.people.change(COMMAND_LINE, to_uuid("did:42"), Change(is_disabled=True))
    _refuses(desk, presented)
    desk.people.change(COMMAND_LINE, to_uuid("did:42"), Change(is_disabled=False))
    _refuses(desk, presented, "is from before its person was changed")


@pytest.mark.parametrize("credential", ["", "token", "open", "key:", "key:x", "person:", "person:x:1", "person"])
@on_each_database
def test_a_credential_that_is_none_is_recalled_as_nobody(desk: Desk, credential: str) -> None:
    desk.people.add(COMMAND_LINE, "ada")

    _forgets(desk, credential)


def days(count: int) -> float:
    return count * 86_400.0


def _refuses(desk: Desk, presented: Presented, why: str = ".") -> None:
    with pytest.raises((CredentialRefused, CredentialRequired), match=why):
        desk.credentials.admit(presented)


def _forgets(desk: Desk, credential: str, why: str = ".") -> None:
    with pytest.raises(CredentialRefused, match=why):
        desk.credentials.recall(credential)
