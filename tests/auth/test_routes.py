"""Routes: people register, log in and out, and have keys, as their clients see it."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.audit.audit import COMMAND_LINE
from eliza.auth.people import People
from eliza.http.current import current
from eliza.ids import NOBODY, to_uuid
from tests.house_kit import Answer, House

ADA = {"email": "ada@example.org", "username": "ada", "password": "a long password"}
SERVER = {"X-API-KEY": "the key of the server"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with a key, at which people may register; Ada has."""
    opened = House(tmp_path_factory.mktemp("town"), auth_token=SERVER["X-API-KEY"], registration_open=True)
    opened.http.post("/api/auth/register", json=ADA)
    yield opened
    opened.close()


def test_who_registers_is_answered_as_elizaos_does(town: House) -> None:
    answer = town.http.post("/api/auth/register", json={**ADA, "email": "bob@example.org", "username": "bob"})

    assert answer.status_code == 201
    data = answer.json["data"]
    token = data.pop("token")
    assert answer.json["success"]
    assert data == {"entityId": str(to_uuid("eliza:bob")), "username": "bob", "expiresIn": "7d"}
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == "eliza:bob"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("route", "body", "status", "code"),
    [
        ("register", {**ADA, "email": "nobody"}, 400, "INVALID_EMAIL"),
        ("register", {**ADA, "email": 5}, 400, "INVALID_EMAIL"),
        ("register", {**ADA, "username": "al"}, 400, "INVALID_USERNAME"),
        ("register", {**ADA, "username": "al2", "email": "al@b", "password": "short"}, 400, "INVALID_PASSWORD"),
        ("register", {**ADA, "username": "other"}, 409, "EMAIL_EXISTS"),
        ("register", {**ADA, "email": "other@example.org"}, 409, "USERNAME_EXISTS"),
        ("register", {}, 400, "INVALID_EMAIL"),
        ("login", {}, 400, "MISSING_CREDENTIALS"),
        ("login", {"email": "ada@example.org"}, 400, "MISSING_CREDENTIALS"),
        ("login", {"email": "ada@example.org", "password": ""}, 400, "MISSING_CREDENTIALS"),
        ("login", {**ADA, "password": "a wrong password"}, 401, "INVALID_CREDENTIALS"),
        ("login", {**ADA, "email": "nobody@example.org"}, 401, "INVALID_CREDENTIALS"),
        ("login", {"apiKey": "a wrong key"}, 401, "CREDENTIAL_REFUSED"),
        ("refresh", {}, 401, "MISSING_TOKEN"),
    ],
)
def test_what_cannot_be_has_the_code_that_elizaos_gives_it(
    town: House, route: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = town.http.post(f"/api/auth/{route}", json=body)

    assert (answer.status_code, answer.json["success"], answer.json["error"]["code"]) == (status, False, code)
    assert str(body.get("password") or "a long password") not in answer.text


def test_me_says_who_somebody_is_and_what_they_may(town: House) -> None:
    me = town.http.get("/api/auth/me", headers=_bearer(_token(town))).json["data"]

    assert {Permission(name) for name in me.pop("permissions")} == PERMISSIONS[Role.MEMBER]
    assert me == {
        "entityId": str(to_uuid("eliza:ada")),
        "email": "ada@example.org",
        "username": "ada",
        "role": "member",
    }


def test_me_of_the_servers_key_is_nobody_in_particular(town: House) -> None:
    me = town.http.get("/api/auth/me", headers=SERVER).json["data"]

    assert (me["entityId"], me["email"], me["username"], me["role"]) == (None, None, None, "operator")
    assert {"act-as", "conversations:any"} < set(me["permissions"])
    assert "people:manage" not in me["permissions"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MISSING_TOKEN"),
        ({"Authorization": "Bearer a.b.c"}, "INVALID_TOKEN"),
        ({"Authorization": "Basic YTpi"}, "MISSING_TOKEN"),
        ({"Cookie": "eliza_login=invented"}, "INVALID_TOKEN"),
    ],
    ids=str,
)
def test_me_of_nobody_has_the_code_that_elizaos_gives_it(town: House, headers: dict[str, str], code: str) -> None:
    answer = _browser(town).get("/api/auth/me", headers=headers)

    assert (answer.status_code, answer.json["error"]["code"]) == (401, code)


def test_a_token_is_renewed_and_nothing_else_is(town: House) -> None:
    renewed = town.http.post("/api/auth/refresh", headers=_bearer(_token(town)))
    with_key = town.http.post("/api/auth/refresh", headers=_bearer(SERVER["X-API-KEY"]))

    assert _me(town, _bearer(renewed.json["data"]["token"])) == "ada"
    assert (with_key.status_code, with_key.json["error"]["code"]) == (401, "INVALID_TOKEN")


def test_a_login_keeps_a_browser_signed_in_until_it_signs_out(town: House) -> None:
    cookie = _cookie(town.http.post("/api/auth/login", json={**ADA, "cookie": True}))
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    browser, signed_in = _browser(town), {"Cookie": f"eliza_login={_value(cookie)}", "Sec-Fetch-Site": "same-origin"}
    assert browser.get("/api/auth/me", headers=signed_in).json["data"]["username"] == "ada"

    left = browser.post("/api/auth/logout", headers=signed_in, json={})

    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"} <= attributes
    assert "Secure" not in attributes
    assert left.status_code == 204
    assert "eliza_login=;" in left.headers["Set-Cookie"]
    assert browser.get("/api/auth/me", headers=signed_in).status_code == 401


def test_a_new_password_ends_whatever_somebody_was_signed_in_with_before(town: House) -> None:
    finn = {"email": "finn@example.org", "username": "finn", "password": "the first password"}
    before = _bearer(town.http.post("/api/auth/register", json=finn).json["data"]["token"])
    change = {"password": "the first password", "newPassword": "the second password"}

    wrong = town.http.post("/api/auth/password", headers=before, json={**change, "password": "a wrong one"})
    short = town.http.post("/api/auth/password", headers=before, json={**change, "newPassword": "short"})
    changed = town.http.post("/api/auth/password", headers=before, json=change)

    assert (wrong.status_code, wrong.json["error"]["code"]) == (401, "INVALID_CREDENTIALS")
    assert (short.status_code, short.json["error"]["code"]) == (400, "INVALID_PASSWORD")
    assert _me(town, _bearer(changed.json["data"]["token"])) == "finn"
    assert town.http.get("/api/auth/me", headers=before).status_code == 401
    assert town.http.post("/api/auth/login", json=finn).status_code == 401


def test_who_has_brought_a_key_changes_no_password(town: House) -> None:
    ada = _bearer(_token(town))
    key = town.http.post("/api/keys", headers=ada, json={"name": "found"}).json["data"]
    change = {"password": ADA["password"], "newPassword": "the second password"}

    for headers in (SERVER, {"X-API-KEY": key["key"]}):
        answer = town.http.post("/api/auth/password", headers=headers, json=change)
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "NO_PASSWORD")
    town.http.delete(f"/api/keys/{key['id']}", headers=ada)


def test_over_tls_a_login_never_goes_without_it(town: House) -> None:
    answer = town.http.post("/api/auth/login", json={**ADA, "cookie": True}, base_url="https://localhost")

    assert "Secure" in _cookie(answer)


def test_a_page_signs_in_with_a_key_and_never_sees_it_again(town: House) -> None:
    answer = town.http.post("/api/auth/login", json={"apiKey": SERVER["X-API-KEY"], "cookie": True})
    cookie = f"eliza_login={_value(_cookie(answer))}"

    me = _browser(town).get("/api/auth/me", headers={"Cookie": cookie, "Sec-Fetch-Site": "same-origin"})

    assert answer.json["data"] == {"entityId": None, "username": "the server's key", "expiresIn": "30d"}
    assert SERVER["X-API-KEY"] not in cookie
    assert me.json["data"]["role"] == "operator"


def test_a_page_is_told_how_to_become_somebody(town: House) -> None:
    assert town.http.get("/api/auth/how").json["data"] == {
        "requiresAuth": True,
        "registration": "open",
        "methods": ["key", "password"],
    }


def test_a_key_is_shown_once_opens_what_it_may_and_is_gone_when_it_is_revoked(town: House) -> None:
    ada = _bearer(_token(town))
    made = town.http.post("/api/keys", headers=ada, json={"name": "laptop", "role": "viewer", "expiresInDays": 7})
    key = made.json["data"]

    listed = town.http.get("/api/keys", headers=ada)
    own = {"X-API-KEY": key["key"]}
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert (key["role"], key["entityId"]) == ("viewer", str(to_uuid("eliza:ada")))
    assert round((key["expiresAt"] - key["createdAt"]) / 86_400_000, 3) == 7
    assert listed.json["data"]["keys"][0]["name"] == "laptop"
    assert key["key"] not in listed.text
    assert _me(town, own) == "ada"
    assert town.http.get("/api/agents", headers=own).status_code == 200
    assert town.http.get("/api/keys", headers=own).status_code == 403

    revoked = town.http.delete(f"/api/keys/{key['id']}", headers=ada)
    assert [one["id"] for one in revoked.json["data"]["revoked"]] == [key["id"]]
    refused = town.http.get("/api/agents", headers=own)
    assert (refused.status_code, refused.json["code"]) == (401, "CREDENTIAL_REFUSED")
    assert town.http.delete(f"/api/keys/{to_uuid('nothing')}", headers=ada).status_code == 404


def test_a_key_that_acts_for_somebody_sees_and_ends_none_of_their_keys(town: House, admin: dict[str, str]) -> None:
    root = town.http.get("/api/auth/me", headers=admin).json["data"]["entityId"]
    roots = town.http.post("/api/keys", headers=admin, json={"name": "root's"}).json["data"]["id"]
    connector = {"name": "connector", "scopes": ["act-as"], "entityId": str(to_uuid("connector"))}
    made = town.http.post("/api/keys", headers=admin, json=connector)
    acting = {"X-API-KEY": made.json["data"]["key"], "X-Entity-Id": root}

    listed = town.http.get("/api/keys", headers=acting)
    ended = town.http.delete(f"/api/keys/{roots}", headers=acting)
    me = town.http.get("/api/auth/me", headers=acting)

    assert roots not in listed.text
    assert ended.status_code == 404
    assert "root@example.org" not in me.text


@pytest.mark.parametrize(
    "body",
    [
        {"name": "wide", "role": "operator"},
        {"name": "other", "entityId": str(to_uuid("somebody"))},
        {"name": "any", "scopes": ["act-as"]},
    ],
    ids=["higher role", "somebody else", "anybody"],
)
def test_a_member_makes_no_key_that_may_more(town: House, body: dict[str, Any]) -> None:
    assert town.http.post("/api/keys", headers=_bearer(_token(town)), json=body).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "role": "emperor"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "expiresInDays": 0},
        {"name": "x", "expiresInDays": 1e300},
        {"name": "x", "expiresAt": "2001-01-01"},
    ],
    ids=str,
)
def test_a_key_that_makes_no_sense_is_refused_by_the_name_of_the_field(town: House, body: dict[str, Any]) -> None:
    answer = town.http.post("/api/keys", headers=SERVER, json=body)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json["error"]["details"]["field"].partition(".")[0] in {"name", *body}


def test_an_admin_looks_after_people(town: House, admin: dict[str, str]) -> None:
    made = town.http.post("/api/people", headers=admin, json={"username": "carol", "password": "her password"})
    carol = made.json["data"]
    address = f"/api/people/{carol['id']}"
    changed = town.http.patch(
        address, headers=admin, json={"role": "viewer", "email": "carol@example.org", "isDisabled": True}
    )

    assert (made.status_code, carol["role"], carol["hasPassword"]) == (201, "member", True)
    assert changed.json["data"] == {
        **carol,
        "role": "viewer",
        "email": "carol@example.org",
        "isDisabled": True,
        "updatedAt": changed.json["data"]["updatedAt"],
    }
    assert town.http.get(address, headers=admin).json == changed.json
    names = [one["username"] for one in town.http.get("/api/people", headers=admin).json["data"]["people"]]
    assert {"ada", "carol", "root"} <= set(names)
    assert town.http.delete(address, headers=admin).status_code == 204
    assert town.http.get(address, headers=admin).status_code == 404


def test_whoever_registers_under_the_name_of_somebody_gone_finds_nothing_of_theirs(
    town: House, admin: dict[str, str]
) -> None:
    gone = {**ADA, "username": "the one who goes", "email": "goes@example.org"}
    hers = _bearer(town.http.post("/api/auth/register", json=gone).json["data"]["token"])
    town.http.post("/api/messaging/channels", json={"name": "hers"}, headers=hers)
    person = town.http.get("/api/auth/me", headers=hers).json["data"]["entityId"]

    town.http.delete(f"/api/people/{person}", headers=admin)
    newcomer = town.http.post("/api/auth/register", json={**gone, "email": "comes@example.org"})
    returning = town.http.post("/api/people", json={**gone, "role": "member"}, headers=admin)

    assert (newcomer.status_code, newcomer.json["error"]["code"]) == (409, "USERNAME_EXISTS")
    assert returning.json["data"]["id"] == person


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"/api/people/{NOBODY}", {"disabled": True}),
        ("POST", "/api/people", {"username": "fay", "admin": True}),
        ("POST", "/api/keys", {"name": "short", "expiresIn": 7}),
    ],
)
def test_a_field_that_nobody_knows_is_refused_by_its_name(
    town: House, admin: dict[str, str], method: str, path: str, body: dict[str, object]
) -> None:
    answer = town.http.open(path, method=method, json=body, headers=admin)

    assert (answer.status_code, list(body)[-1] in answer.text) == (400, True)


def test_who_signs_in_is_on_record_and_who_fails_to_is_not(town: House, admin: dict[str, str]) -> None:
    _token(town)
    town.http.post("/api/auth/login", json={"email": "ada@example.org", "password": "a wrong password"})
    town.http.post("/api/auth/login", json={"apiKey": SERVER["X-API-KEY"], "cookie": True})

    record = town.http.get("/api/audit?action=login&limit=2", headers=admin).json["data"]["entries"]

    assert [(entry["actor"], entry["address"]) for entry in record] == [
        ("the server's key", "127.0.0.1"),
        ("ada", "127.0.0.1"),
    ]


def test_what_was_done_is_on_record_and_no_secret_is(town: House, admin: dict[str, str]) -> None:
    made = town.http.post("/api/people", headers=admin, json={"username": "dora", "password": "a secret of Dora"})
    dora = made.json["data"]["id"]
    town.http.patch(f"/api/people/{dora}", headers=admin, json={"password": "another secret"})
    key = town.http.post("/api/keys", headers=admin, json={"name": "dora's", "personId": dora}).json["data"]
    town.http.delete(f"/api/keys/{key['id']}", headers=admin)
    town.http.delete(f"/api/people/{dora}", headers=admin)

    record = town.http.get("/api/audit?limit=5", headers=admin)

    assert [(entry["actor"], entry["action"], entry["target"]) for entry in record.json["data"]["entries"]] == [
        ("root", "person.delete", f"person:{dora}"),
        ("root", "key.revoke", f"key:{key['id']}"),
        ("root", "key.create", f"key:{key['id']}"),
        ("root", "person.update", f"person:{dora}"),
        ("root", "person.create", f"person:{dora}"),
    ]
    for secret in (key["key"], "a secret of Dora", "another secret", admin["Authorization"]):
        assert secret not in record.text


def test_no_line_of_the_log_holds_what_somebody_signed_in_with(town: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    eve = {"email": "eve@example.org", "username": "eve", "password": "the password of Eve"}
    registered = town.http.post("/api/auth/register", json={**eve, "cookie": True})
    key = town.http.post("/api/keys", headers=SERVER, json={"name": "ci"}).json["data"]["key"]
    for body in (eve, {**eve, "password": "a wrong password"}, {"apiKey": key}, {"apiKey": "eliza_wrong"}):
        town.http.post("/api/auth/login", json=body)
    assert town.http.get("/api/agents", headers={"X-API-KEY": key}).status_code == 200
    token, cookie = registered.json["data"]["token"], _value(_cookie(registered))

    for secret in (eve["password"], "a wrong password", "eliza_wrong", key, token, cookie, SERVER["X-API-KEY"]):
        assert secret not in caplog.text


@pytest.fixture(scope="module")
def admin(town: House) -> dict[str, str]:
    """Who looks after the others. The first admin comes from the command line; here, from the same noun."""
    with town.server.app.app_context():
        current(People).add(COMMAND_LINE, "root", Role.ADMIN, email="root@example.org", password="a long password")
    return _bearer(_token(town, "root@example.org"))


def _token(town: House, email: str = "ada@example.org") -> str:
    answer = town.http.post("/api/auth/login", json={"email": email, "password": "a long password"})
    assert answer.status_code == 200, answer.text
    return str(answer.json["data"]["token"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _me(town: House, headers: dict[str, str]) -> str | None:
    answer = town.http.get("/api/auth/me", headers=headers)
    assert answer.status_code == 200, answer.text
    name: str | None = answer.json["data"]["username"]
    return name


def _cookie(answer: Answer) -> str:
    return next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("eliza_login="))


def _value(cookie: str) -> str:
    return cookie.partition(";")[0].partition("=")[2]


def _browser(town: House) -> Any:
    """Sends just the cookies it is told to."""
    return town.server.app.test_client(use_cookies=False)
