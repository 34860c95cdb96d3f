"""Leaving early: a client that does not wait for the answer loses nothing but the waiting."""

import json
import socket

import pytest
from gevent.event import Event

from tests.house_kit import House, id_of
from tests.services.waiting import eventually


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_the_answer_is_there_when_the_client_comes_back(house: House, transport: str) -> None:
    gate = house.model.gate = Event()
    room = house.private("Ada", house.eliza)
    body = json.dumps({"author_id": str(id_of("Ada")), "content": "Hi!", "transport": transport})
    host, port = house.serve().removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        head = f"POST {room.url} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        eventually(lambda: house.model.prompts)

    gate.set()

    room.reads("Hi!", "All right.")
    assert len(house.model.prompts) == 1
