"""What one peer does to its own connection must not be felt on any other. Under our worker and under the stock one."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
import requests

from tests.services.waiting import eventually
from tests.transport.peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Peer
from tests.transport.serving import Echo

MEGABYTE = 1_000_000


def takes(peer: Peer, raw: bytes, *, times: int) -> Iterator[int]:
    """Send ``raw`` again and again, as often as the server takes it and not oftener than ``times``."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        for index in range(times):
            peer.send_raw(raw)
            yield index


@pytest.mark.parametrize(
    ("misbehave", "code"),
    [
        pytest.param(lambda peer: peer.send_frame(TEXT, b"", masked=False), 1002, id="an unmasked frame"),
        pytest.param(lambda peer: peer.send_frame(TEXT, b"\xff\xfe"), 1007, id="text that is not UTF-8"),
        pytest.param(lambda peer: peer.send_frame(0x3, b"?"), 1002, id="an unknown opcode"),
        pytest.param(lambda peer: peer.send_frame(CLOSE, b"\x03"), 1002, id="half a close code"),
        pytest.param(lambda peer: peer.send_frame(BINARY, b"", length=100 * MEGABYTE), 1009, id="a huge frame"),
        pytest.param(
            lambda peer: [
                peer.send_frame(CONTINUATION if index else BINARY, b"", final=False) for index in range(4200)
            ],
            1009,
            id="thousands of empty fragments",
        ),
    ],
)
def test_a_peer_that_breaks_the_protocol_is_told_why_and_sent_away(
    calm: Echo, misbehave: Callable[[Peer], object], code: int
) -> None:
    with Peer(calm.port).join() as peer:
        misbehave(peer)
        assert peer.close_code() == code


def test_a_close_frame_is_answered_with_the_same_code(calm: Echo) -> None:
    with Peer(calm.port).join() as peer:
        peer.send_frame(CLOSE, b"\x0b\xb9bye")
        assert peer.frame() == (CLOSE, b"\x0b\xb9")


def test_a_hundred_megabytes_are_refused_at_the_head_while_others_are_served(calm: Echo) -> None:
    with Peer(calm.port).join() as peer:
        peer.send_frame(BINARY, b"", length=100 * MEGABYTE)
        for _ in takes(peer, bytes(MEGABYTE), times=100):
            began = time.monotonic()
            assert requests.get(calm.url, timeout=5).text == "hello"
            assert time.monotonic() - began < 1
        assert peer.close_code() == 1009


def test_large_messages_do_not_stop_the_loop(calm: Echo) -> None:
    # Thirty of them take half a second; a Python loop over their bytes would need half a minute.
    word = "ä" * 440_000
    began = time.monotonic()
    with Peer(calm.port).join() as peer:
        for _ in range(30):
            peer.send(f'42["note",{json.dumps(word, ensure_ascii=False)}]')
        peer.send('421["message-with-ack"]')
        assert peer.text() == "431[]"
    assert time.monotonic() - began < 10


def test_a_slow_reader_gets_every_byte(calm: Echo) -> None:
    with Peer(calm.port, receive_buffer=4096).join() as peer:
        peer.send('42["blob",20,500000]')
        for index in range(20):
            opcode, payload = peer.frame()
            assert (opcode, json.loads(payload[2:])) == (TEXT, ["blob", [index, "x" * 500_000]])


def test_a_ping_while_a_large_frame_is_under_way_is_answered_between_frames(calm: Echo) -> None:
    with Peer(calm.port, receive_buffer=4096).join() as peer:
        peer.send('42["blob",10,500000]')
        for index in range(10):
            peer.send_frame(PING, bytes([index]))
        received = [peer.frame() for _ in range(20)]
    blobs = [json.loads(payload[2:])[1][0] for opcode, payload in received if opcode == TEXT]
    pongs = [payload for opcode, payload in received if opcode == PONG]
    assert (blobs, pongs) == (list(range(10)), [bytes([index]) for index in range(10)])


def test_peers_that_never_read_are_dropped_at_the_write_deadline(calm: Echo) -> None:
    before = calm.state()
    peers = [Peer(calm.port, receive_buffer=4096).join() for _ in range(10)]
    for peer in peers:
        peer.send('42["blob",20,500000]')
    eventually(lambda: calm.state()["sessions"] <= before["sessions"], within=10)
    eventually(lambda: calm.state()["descriptors"] <= before["descriptors"], within=10)


def test_a_peer_that_never_reads_does_not_hold_up_an_emit_to_all(calm: Echo) -> None:
    with Peer(calm.port, receive_buffer=4096).join() as deaf, Peer(calm.port).join() as keen:
        deaf.send('42["blob",20,500000]')
        began = time.monotonic()
        calm.emit("news", "now")
        assert keen.text() == '42["news","now"]'
        assert time.monotonic() - began < 1


def test_a_peer_too_far_behind_is_dropped_before_it_costs_much_memory(calm_ours: Echo) -> None:
    with Peer(calm_ours.port, receive_buffer=4096).join() as deaf:
        deaf.send('42["blob",100,900000]')
        assert deaf.close_code() is None


def test_answers_to_pings_that_nobody_sent_take_no_memory(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as eager:
        before = memory(calm_ours)
        for _ in range(30):
            eager.send_raw(b"\x81\x81\x00\x00\x00\x003" * 10_000)
        eager.send('42["message","still here"]')
        assert eager.text() == '42["message-back","still here"]'
        assert memory(calm_ours) < before + 20 * MEGABYTE


def memory(server: Echo) -> int:
    [worker] = psutil.Process(server.pid).children()
    rss: int = worker.memory_info().rss
    return rss


def test_two_hundred_torn_connections_leave_nothing_behind(calm: Echo) -> None:
    before = calm.state()
    peers = [Peer(calm.port) for _ in range(200)]
    for peer in peers:
        peer.send("40")
    for peer in peers:
        assert [peer.text()[:2] for _ in range(3)] == ["0{", "40", "42"]
    assert calm.state()["descriptors"] >= before["descriptors"] + 200
    for peer in peers:
        peer.reset()
    eventually(lambda: calm.state()["sessions"] <= before["sessions"], within=10)
    eventually(lambda: calm.state()["descriptors"] <= before["descriptors"], within=10)


def test_a_peer_that_sends_without_pause_does_not_keep_the_loop_to_itself(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as busy:
        busy.send_frame(TEXT, b'42["note","x"]')
        flood = b"".join([b"\x81\x8e\x00\x00\x00\x00" + b'42["note","x"]'] * 20_000)
        busy.send_raw(flood)
        began = time.monotonic()
        assert requests.get(calm_ours.url, timeout=5).text == "hello"
        assert time.monotonic() - began < 0.5
