"""Engine.IO, protocol 4, as its specification asks: each rule on a real server with a heartbeat of 300 and 200 ms."""

import gzip
import http.client
import json
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.services.processes import HOST
from tests.services.waiting import eventually
from tests.transport.peer import HungUp, Peer
from tests.transport.serving import OURS, Echo, gunicorn

POLLING = "/socket.io/?EIO=4&transport=polling"


class Poller:
    """A client that stays with HTTP."""

    def __init__(self, server: Echo) -> None:
        opened = requests.get(server.url + POLLING, timeout=5)
        self.opened = json.loads(opened.text[1:])
        self.sid = self.opened["sid"]
        self.url = f"{server.url}{POLLING}&sid={self.sid}"

    def get(self) -> requests.Response:
        return requests.get(self.url, timeout=5)

    def get_meanwhile(self) -> "Waiting":
        return Waiting(self.url)

    def post(self, body: str | bytes) -> requests.Response:
        return requests.post(self.url, data=body, timeout=5)

    def join(self) -> "Poller":
        self.post("40")
        while "auth" not in self.get().text:
            pass
        return self


class Waiting:
    """A poll that is already on its way when the constructor returns."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=5)
        self._connection.request("GET", f"{parts.path}?{parts.query}")

    def text(self) -> str:
        return self._connection.getresponse().read().decode()


@pytest.fixture
def poller(brisk: Echo) -> Poller:
    return Poller(brisk)


@pytest.fixture
def calm_poller(calm_ours: Echo) -> Poller:
    return Poller(calm_ours)


def upgrading(server: Echo, poller: Poller) -> Peer:
    peer = Peer(server.port, f"/socket.io/?EIO=4&transport=websocket&sid={poller.sid}")
    peer.send("2probe")
    assert peer.text() == "3probe"
    return peer


def test_a_handshake_tells_the_heartbeat_to_the_millisecond(poller: Poller) -> None:
    assert {**poller.opened, "sid": ""} == {
        "sid": "",
        "upgrades": ["websocket"],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": 1_000_000,
    }


def test_a_websocket_is_offered_no_further_upgrade(brisk: Echo) -> None:
    with Peer(brisk.port) as peer:
        assert json.loads(peer.text()[1:])["upgrades"] == []


@pytest.mark.parametrize(
    "query",
    [
        "transport=polling",
        "EIO=abc&transport=polling",
        "EIO=3&transport=polling",
        "EIO=4",
        "EIO=4&transport=abc",
        "EIO=4&transport=websocket",
        "EIO=4&transport=polling&sid=unknown",
    ],
)
def test_a_handshake_that_is_none_is_answered_400(brisk: Echo, query: str) -> None:
    assert requests.get(f"{brisk.url}/socket.io/?{query}", timeout=5).status_code == 400


@pytest.mark.parametrize(
    "query", ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"]
)
def test_a_websocket_handshake_that_is_none_is_refused_before_the_upgrade(brisk: Echo, query: str) -> None:
    with Peer(brisk.port, f"/socket.io/?{query}") as peer:
        assert peer.status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_get_opens_a_session(brisk: Echo, method: str) -> None:
    assert requests.request(method, brisk.url + POLLING, timeout=5).status_code == 400


def test_a_posted_packet_is_answered_ok(poller: Poller) -> None:
    answer = poller.post("40")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_packets_of_one_payload_are_handled_in_order_and_answered_together(calm_poller: Poller) -> None:
    poller = calm_poller.join()
    poller.post("\x1e".join(f'42["message",{index}]' for index in range(40)))
    received = ""
    while received.count("message-back") < 40:
        received += "\x1e" + poller.get().text
    assert received.split("\x1e")[1:] == [f'42["message-back",{index}]' for index in range(40)]


def test_bytes_travel_as_base64_to_a_polling_client(calm_poller: Poller) -> None:
    poller = calm_poller.join()
    poller.post('451-["message",{"_placeholder":true,"num":0}]\x1ebAQID')
    assert poller.get().text == '451-["message-back",{"_placeholder":true,"num":0}]\x1ebAQID'


@pytest.mark.parametrize(
    "body", [b"abc", b"", b"2", b"0", b"b?", b"\xff", b"40\x1eabc", b"\x1e".join([b"3"] * 1001)], ids=repr
)
def test_a_posted_packet_that_is_none_closes_the_session(poller: Poller, body: bytes) -> None:
    assert poller.post(body).status_code == 400
    assert poller.get().status_code == 400


def test_a_post_over_the_limit_is_refused_at_once_and_closes_the_session(poller: Poller) -> None:
    began = time.monotonic()
    assert poller.post("4" + "x" * 1_000_001).status_code == 400
    assert time.monotonic() - began < 2
    assert poller.get().status_code == 400


def test_a_post_that_does_not_arrive_is_not_waited_for(brisk: Echo, poller: Poller) -> None:
    with socket.create_connection((HOST, brisk.port), timeout=5) as connection:
        path = poller.url.removeprefix(brisk.url)
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_packet_that_is_none_closes_a_websocket_without_a_traceback(brisk: Echo) -> None:
    with Peer(brisk.port) as peer:
        peer.send("abc")
        assert peer.close_code() == 1000
    assert "Traceback" not in brisk.log


def test_a_second_poll_closes_the_session(calm_poller: Poller) -> None:
    first = calm_poller.get_meanwhile()
    assert calm_poller.get().status_code == 400
    assert first.text() == "1"
    assert calm_poller.get().status_code == 400


def test_a_poll_is_pinged_and_a_pong_keeps_the_session(poller: Poller) -> None:
    poller.post("40")
    assert "40" in poller.get().text
    for _ in range(3):
        while poller.get().text != "2":
            pass
        assert poller.post("3").text == "ok"


def test_a_session_that_answers_no_ping_is_not_served_any_more(poller: Poller) -> None:
    assert "2" in poller.get().text
    pinged = time.monotonic()
    eventually(lambda: poller.get().status_code == 400, within=1)
    assert time.monotonic() - pinged < 0.4


def test_a_websocket_that_answers_no_ping_is_closed(brisk: Echo) -> None:
    with Peer(brisk.port) as peer:
        assert peer.close_code() == 1000


def test_a_step_of_the_clock_between_ping_and_pong_drops_nobody(tmp_path: Path) -> None:
    server = gunicorn(tmp_path, OURS, PING_INTERVAL=0.2, PING_TIMEOUT=5)
    try:
        with Peer(server.port).join() as peer:
            assert peer.frame()[1] == b"2"
            requests.post(f"{server.url}/step-the-clock", timeout=5)
            peer.send('421["message-with-ack"]')
            assert peer.frame()[1] == b"431[]"
            peer.send("3")
            assert peer.frame()[1] == b"2"
    finally:
        server.kill()


def test_a_poll_that_waits_is_ended_by_a_noop_when_the_client_closes(calm_poller: Poller) -> None:
    waiting = calm_poller.get_meanwhile()
    calm_poller.post("1")
    assert waiting.text() == "6"
    assert calm_poller.get().status_code == 400


def test_a_websocket_client_may_close_by_a_packet(brisk: Echo) -> None:
    with Peer(brisk.port) as peer:
        peer.send("1")
        assert peer.close_code() == 1000


def test_an_upgrade_carries_what_follows_and_leaves_no_noop_behind(calm_ours: Echo, calm_poller: Poller) -> None:
    poller = calm_poller.join()
    with upgrading(calm_ours, poller) as peer:
        assert poller.get().text == "6"
        peer.send("5")
        peer.send('42["message","hello"]')
        assert peer.text() == '42["message-back","hello"]'


def test_a_poll_that_waits_during_an_upgrade_is_ended_by_a_noop(calm_ours: Echo, calm_poller: Poller) -> None:
    poller = calm_poller.join()
    waiting = poller.get_meanwhile()
    with upgrading(calm_ours, poller):
        assert waiting.text() == "6"


def test_what_was_sent_during_an_upgrade_arrives_once_and_in_order(calm_ours: Echo, calm_poller: Poller) -> None:
    poller = calm_poller.join()
    with upgrading(calm_ours, poller) as peer:
        poller.post('42["message",1]\x1e42["message",2]')
        peer.send("5")
        peer.send('42["message",3]')
        assert [peer.text() for _ in range(3)] == [f'42["message-back",{index}]' for index in (1, 2, 3)]


def test_after_an_upgrade_the_session_is_not_served_over_http(calm_ours: Echo, calm_poller: Poller) -> None:
    poller = calm_poller.join()
    with upgrading(calm_ours, poller) as peer:
        peer.send("5")
        eventually(lambda: poller.get().status_code == 400)
        assert poller.post("4x").status_code == 400
        peer.send('42["message","hello"]')
        assert peer.text() == '42["message-back","hello"]'


def test_a_poll_behind_the_last_packet_of_an_upgrade_finds_it_done(calm_ours: Echo, calm_poller: Poller) -> None:
    with Peer(calm_ours.port, f"/socket.io/?EIO=4&transport=websocket&sid={calm_poller.sid}") as peer:
        peer.send("2probe")
        peer.send("5")
        assert calm_poller.get().status_code == 400


def test_after_an_upgrade_a_second_websocket_is_refused(calm_ours: Echo, calm_poller: Poller) -> None:
    poller = calm_poller.join()
    with upgrading(calm_ours, poller) as peer:
        peer.send("5")
        peer.send('42["message","hello"]')
        assert peer.text() == '42["message-back","hello"]'
        with Peer(calm_ours.port, f"/socket.io/?EIO=4&transport=websocket&sid={poller.sid}") as second:
            assert second.status == 400


def test_a_failed_probe_leaves_the_session_on_polling(calm_ours: Echo, calm_poller: Poller) -> None:
    poller = calm_poller.join()
    with Peer(calm_ours.port, f"/socket.io/?EIO=4&transport=websocket&sid={poller.sid}") as peer:
        peer.send("4no probe")
        with pytest.raises((HungUp, AssertionError)):
            peer.text()
    poller.post('42["message","still here"]')
    assert poller.get().text == '42["message-back","still here"]'


def test_a_slow_handler_does_not_hold_up_the_post_that_caused_it(calm_poller: Poller) -> None:
    poller = calm_poller.join()
    began = time.monotonic()
    assert poller.post('421["slow",1.5]').text == "ok"
    assert time.monotonic() - began < 1
    assert poller.get().text == '431["done"]'


def test_what_waits_for_a_slow_handler_is_bounded(calm_poller: Poller) -> None:
    poller = calm_poller.join()
    poller.post('42["slow",1.5]')

    answers = [poller.post('42["note","' + "x" * 990_000 + '"]').status_code for _ in range(12)]

    assert answers == [200] * 9 + [400] * 3


def test_an_unknown_session_id_does_not_come_back_in_the_answer(brisk: Echo) -> None:
    answer = requests.get(f"{brisk.url}{POLLING}&sid=<script>alert(1)</script>", timeout=5)
    assert answer.json() == {"code": 1, "message": "Session ID unknown"}


@pytest.mark.parametrize("path", [POLLING, "/socket.io/?EIO=4", f"{POLLING}&sid=unknown"])
def test_every_answer_carries_the_security_headers(brisk: Echo, path: str) -> None:
    headers = requests.get(brisk.url + path, timeout=5).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_a_long_answer_is_compressed_for_those_who_ask(calm_poller: Poller) -> None:
    poller = calm_poller.join()
    poller.post('42["blob",1,5000]')
    answer = requests.get(poller.url, timeout=5, headers={"Accept-Encoding": "gzip"}, stream=True)
    assert len(gzip.decompress(answer.raw.read())) > 5000


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        pytest.param(None, 200, id="no page"),
        pytest.param("http://{host}", 200, id="our own page"),
        pytest.param("https://friend.example", 200, id="a listed page"),
        pytest.param("https://evil.example", 403, id="another page"),
        pytest.param("http://{host}.evil.example", 403, id="a page that begins like ours"),
        pytest.param("null", 403, id="a page without an origin"),
        pytest.param("http://[", 403, id="no origin at all"),
    ],
)
def test_only_our_own_and_listed_pages_may_connect(brisk: Echo, origin: str | None, status: int) -> None:
    named = origin and origin.format(host=f"127.0.0.1:{brisk.port}")
    header = {"Origin": named} if named else {}
    assert requests.get(brisk.url + POLLING, headers=header, timeout=5).status_code == status
    line = f"Origin: {named}\r\n" if named else ""
    with Peer(brisk.port, headers=line) as peer:
        assert peer.status == (101 if status == 200 else 403)


def test_what_a_client_claims_of_a_proxy_does_not_make_its_page_ours(brisk: Echo) -> None:
    claims = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert requests.get(brisk.url + POLLING, headers=claims, timeout=5).status_code == 403


def test_a_listed_page_may_read_the_answers(brisk: Echo) -> None:
    preflight = requests.options(
        brisk.url + POLLING,
        headers={"Origin": "https://friend.example", "Access-Control-Request-Headers": "x-api-key"},
        timeout=5,
    )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    assert preflight.headers["Access-Control-Allow-Headers"] == "x-api-key"
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in preflight.headers["Vary"]


def test_our_own_page_needs_no_cors_headers(brisk: Echo) -> None:
    answer = requests.get(brisk.url + POLLING, headers={"Origin": brisk.url}, timeout=5)
    assert "Access-Control-Allow-Origin" not in answer.headers
