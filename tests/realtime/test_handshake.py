"""Handshake: who may open a socket, and as whom."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import socketio
from socketio.exceptions import ConnectionError as Refused

from tests.house_kit import House, Socket, id_of
from tests.services.waiting import eventually

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

KEY, SOCKET_KEY = "the server's key", "the sockets' key"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_who_does_not_say_who_they_are_is_refused(house: House, transport: str) -> None:
    for auth in ({}, None, *({"entityId": wrong} for wrong in ("", "Ada", 7, None, ["x"]))):
        assert _refusal(house.serve(), auth=auth, transports=[transport]) == "Valid entityId required"


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ({"apiKey": KEY}, {}),
        ({}, {"X-API-KEY": KEY}),
        ({}, {"Authorization": f"Bearer {KEY}"}),
    ],
    ids=["in the handshake", "in the header", "as a bearer"],
)
def test_the_key_opens_a_socket(
    open_house: Callable[..., House], auth: dict[str, str], headers: dict[str, str]
) -> None:
    house = open_house(auth_token=KEY)

    socket = Socket(house.serve(), "Ada", auth=auth, headers=headers)

    assert socket.hears("authenticated")["entityId"] == str(id_of("Ada"))
    socket.close()


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ({}, {}),
        ({"apiKey": KEY[:-1]}, {}),
        ({"apiKey": ""}, {}),
        ({"apiKey": None}, {}),
        ({"apiKey": [KEY]}, {}),
        ({}, {"X-API-KEY": "wrong"}),
        ({}, {"Authorization": f"Basic {KEY}"}),
        ({"entityId": "Ada"}, {}),
    ],
)
def test_without_the_key_no_socket_opens(
    open_house: Callable[..., House], auth: dict[str, Any], headers: dict[str, str]
) -> None:
    house = open_house(auth_token=KEY)
    given = {"entityId": str(id_of("Ada")), **auth}

    assert _refusal(house.serve(), auth=given, headers=headers) == "Invalid or missing API Key"


def test_a_key_of_their_own_opens_sockets_and_nothing_else(open_house: Callable[..., House]) -> None:
    house = open_house(auth_token=KEY, socket_token=SOCKET_KEY)
    url = house.serve()

    for key in (KEY, SOCKET_KEY):
        socket = Socket(url, "Ada", auth={"apiKey": key})
        assert socket.is_connected
        socket.close()

    assert _refusal(url, auth={"entityId": str(id_of("Ada"))}) == "Invalid or missing API Key"
    assert house.http.get("/api/agents", headers={"X-API-KEY": SOCKET_KEY}).status_code == 401


def test_sockets_can_be_closed_while_the_rest_is_open(open_house: Callable[..., House]) -> None:
    house = open_house(socket_token=SOCKET_KEY)

    assert _refusal(house.serve(), auth={"entityId": str(id_of("Ada"))}) == "Invalid or missing API Key"
    assert house.http.get("/api/agents").status_code == 200


def test_a_page_whose_name_was_bent_to_this_machine_opens_no_socket(house: House) -> None:
    bent = {"Host": "evil.example", "Origin": "http://evil.example"}

    refusal = _refusal(house.serve(), auth={"entityId": str(id_of("Ada"))}, headers=bent, transports=["polling"])

    assert refusal.startswith("evil.example is not a name of this machine")


def test_a_login_opens_sockets_to_the_servers_own_pages_alone(open_house: Callable[..., House]) -> None:
    house = open_house(cors_origins=("*",))
    key = house.credential("Ada")["X-API-KEY"]
    signed_in = house.http.post("/api/auth/login", json={"apiKey": key, "cookie": True})
    cookie, url = signed_in.headers["Set-Cookie"].partition(";")[0], house.serve()
    elsewhere = {"Origin": "https://elsewhere.example"}

    # The client's WebSockets name their own origin besides.
    own = Socket(url, "Ada", transport="polling", headers={"Cookie": cookie, "Origin": url})
    with_a_key = Socket(url, "Ada", transport="polling", headers=elsewhere, auth={"apiKey": key})

    assert own.is_connected
    assert with_a_key.is_connected
    assert (
        _refusal(url, transports=["polling"], headers={"Cookie": cookie, **elsewhere}) == "Invalid or missing API Key"
    )
    own.close()
    with_a_key.close()


def test_signing_out_closes_the_sockets_of_that_login_and_no_others(house: House) -> None:
    key = house.credential("Ada")["X-API-KEY"]
    url, cookies = house.serve(), []
    for _ in range(2):
        signed_in = house.http.post("/api/auth/login", json={"apiKey": key, "cookie": True})
        cookies.append({"Cookie": signed_in.headers["Set-Cookie"].partition(";")[0]})
    left, other = (Socket(url, "Ada", headers=cookie) for cookie in cookies)

    house.http.post("/api/auth/logout", headers={**cookies[0], "Sec-Fetch-Site": "same-origin"})

    eventually(lambda: not left.is_connected)
    assert other.is_connected
    other.close()


def _refusal(url: str, **options: Any) -> str:
    """What a client shows when it is not let in."""
    client = socketio.Client(reconnection=False)
    reasons: list[Any] = []
    client.on("connect_error", reasons.append)
    with pytest.raises(Refused):
        client.connect(url, wait_timeout=5, **options)
    client.disconnect()
    reason = reasons[-1]
    return str(reason["message"] if isinstance(reason, dict) else reason)


def test_where_every_page_may_come_none_may_bring_cookies(open_house: Callable[..., House]) -> None:
    url = open_house(cors_origins=("*",)).serve()

    answer = requests.get(f"{url}/socket.io/?EIO=4&transport=polling", headers={"Origin": "https://any.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
