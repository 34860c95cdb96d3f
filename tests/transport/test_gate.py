"""HTTP requests that two servers could read in two ways are answered by neither worker; honest ones by both."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.processes import HOST
from tests.transport.serving import Echo, development


@pytest.fixture(scope="module")
def dev(folder: Path) -> Iterator[Echo]:
    server = development(folder / "development")
    yield server
    server.kill()


@pytest.fixture(params=["calm_ours", "calm_stock", "dev"], ids=["our worker", "the stock worker", "python app.py"])
def server(request: pytest.FixtureRequest) -> Echo:
    started: Echo = request.getfixturevalue(request.param)
    return started


def answers(server: Echo, request: bytes) -> bytes:
    """All the server says until it closes the connection."""
    with socket.create_connection((HOST, server.port), timeout=10) as connection:
        connection.sendall(request)
        said = b""
        while more := connection.recv(65536):
            said += more
        return said


def post(headers: bytes, body: bytes = b"") -> bytes:
    return b"POST /length HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n" + body


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(
            post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            id="a length and chunks",
        ),
        pytest.param(post(b"Content-Length: 4\r\nContent-Length: 5\r\n", b"12345"), id="two lengths"),
        pytest.param(post(b"Content-Length: +4\r\n", b"1234"), id="a length with a sign"),
        pytest.param(post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), id="an unknown encoding"),
        pytest.param(post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), id="a space before the colon"),
        pytest.param(post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", b"0\r\n\r\n"), id="two encodings"),
        pytest.param(post(b"X-\x00Name: 1\r\n"), id="a NUL in a name"),
        pytest.param(post(b"X Name: 1\r\n"), id="a space in a name"),
        pytest.param(post(b"X-Name: a\x00b\r\n"), id="a NUL in a value"),
        pytest.param(post(b"X-Name: 1\r\n folded\r\n"), id="a folded line"),
        pytest.param(post(b"no colon\r\n"), id="no header"),
    ],
)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(server: Echo, request_: bytes) -> None:
    said = answers(server, request_ + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert re.match(rb"HTTP/1.1 (400|501) ", said), said
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"hello" not in said


def test_a_body_in_chunks_is_read_whole(server: Echo) -> None:
    request = post(b"Transfer-Encoding: chunked\r\nConnection: close\r\n", b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    assert answers(server, request).endswith(b"\r\n\r\n7")


def test_requests_behind_each_other_are_answered_in_turn(server: Echo) -> None:
    first = post(b"Content-Length: 3\r\n", b"abc")
    last = post(b"Content-Length: 5\r\nConnection: close\r\n", b"abcde")
    assert answers(server, first + last).count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("value", [b"close", b"Close"])
def test_a_client_that_asks_to_close_is_told_so(server: Echo, value: bytes) -> None:
    said = answers(server, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + value + b"\r\n\r\n")
    assert re.search(rb"(?i)\r\nconnection: close\r\n", said)


def test_small_writes_are_not_delayed(server: Echo) -> None:
    said = answers(server, b"GET /nodelay HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert said.endswith(b"1")
