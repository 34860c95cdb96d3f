"""Proxies: none is believed unless it was announced, and an open server is not opened to the world by one."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from socketio.exceptions import ConnectionError as Refused

from tests.house_kit import Answer, House, Socket, id_of
from tests.services.proxy import proxy_to
from tests.transport.peer import Peer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

KEY = "a long and random key"
WITH_KEY = {"X-API-KEY": KEY}
CLAIMS = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.org"}


class Watched:
    """A server, and what it believes of each request: who asks, by which name, and over what."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.believed: list[tuple[str, str, str]] = []
        self.house = House(data_dir, middlewares=[self._watching], **settings)

    def get(self, path: str = "/api/agents", **headers: str) -> Answer:
        return self.house.http.get(path, headers={**WITH_KEY, **headers})

    def _watching(self, application: "WSGIApplication") -> "WSGIApplication":
        def watch(environ: "WSGIEnvironment", start_response: Any) -> Any:
            self.believed.append((environ["REMOTE_ADDR"], environ["HTTP_HOST"], environ["wsgi.url_scheme"]))
            return application(environ, start_response)

        return watch


@pytest.fixture
def open_one(data_dir: Path) -> Iterator[Any]:
    with ExitStack() as opened:

        def one(**settings: Any) -> Watched:
            watched = Watched(data_dir, **settings)
            opened.callback(watched.house.close)
            return watched

        yield one


@pytest.mark.parametrize("hops", [0, 1])
def test_an_open_server_refuses_whatever_came_through_a_proxy(open_one: Any, hops: int) -> None:
    server: Watched = open_one(trusted_proxies=hops)
    signs = (*CLAIMS, "X-Real-IP", "Forwarded", "Via")
    paths = ("/", "/api/agents", "/api/messaging/sessions", "/healthz", "/socket.io/?EIO=4&transport=polling")

    answers = [server.get(path, **{sign: "for=203.0.113.7"}) for sign in signs for path in paths]

    assert {answer.status_code for answer in answers} == {403}
    assert all("OPEN_BEHIND_PROXY" in answer.text for answer in answers)
    assert "flask keys create <name>" in answers[0].text
    assert "ELIZA_SERVER_AUTH_TOKEN" in answers[0].text
    assert server.get().status_code == 200
    with pytest.raises(Refused):
        Socket(server.house.serve(), "Ada", headers=CLAIMS)


def test_no_proxy_is_believed_unless_it_was_announced(open_one: Any) -> None:
    server: Watched = open_one(auth_token=KEY)

    answer = server.get(**CLAIMS)

    assert answer.status_code == 200
    assert server.believed == [("127.0.0.1", "localhost", "http")]
    assert "Strict-Transport-Security" not in answer.headers
    assert not any("Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_of_announced_proxies_the_nearest_are_believed(open_one: Any) -> None:
    server: Watched = open_one(auth_token=KEY, trusted_proxies=1)

    answer = server.get(**{**CLAIMS, "X-Forwarded-For": "198.51.100.9, 203.0.113.7"})

    assert server.believed == [("203.0.113.7", "chat.example.org", "https")]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert all("; Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert "Strict-Transport-Security" not in server.get(**{**CLAIMS, "X-Forwarded-Proto": "http"}).headers


def test_everything_works_through_a_proxy(open_one: Any) -> None:
    server: Watched = open_one(auth_token=KEY, trusted_proxies=1)
    with proxy_to(server.house.serve(), host="chat.example.org", client="203.0.113.7") as url:
        port = int(url.rpartition(":")[2])
        with (
            Peer(port, headers="Origin: https://chat.example.org\r\n") as ada,
            Peer(port, headers="Origin: https://evil.example\r\n") as eve,
        ):
            listed = requests.get(f"{url}/api/agents", headers=WITH_KEY, timeout=10)
            polled = requests.get(f"{url}/socket.io/?EIO=4&transport=polling", timeout=10)
            ada.join({"apiKey": KEY, "entityId": str(id_of("Ada"))})

            assert (ada.status, eve.status) == (101, 403)
            assert "authenticated" in ada.greeting
            assert listed.json()["success"]
            assert polled.headers["Strict-Transport-Security"] == listed.headers["Strict-Transport-Security"]
            assert set(server.believed) == {("203.0.113.7", "chat.example.org", "https")}
