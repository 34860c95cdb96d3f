"""Restart: a server that is stopped and started again goes on as if nothing had been."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from eliza.ids import to_uuid
from tests.house_kit import Json, Socket, id_of
from tests.services.processes import Server

ADA, ELIZA = str(id_of("Ada")), str(to_uuid("Eliza"))


@pytest.mark.parametrize("end", ["asked to stop", "killed"])
def test_a_submission_before_the_restart_is_known_after_it(
    start_server: Callable[..., Server], database_url: str | None, end: str
) -> None:
    env = {"POSTGRES_URL": database_url} if database_url else {}
    server = start_server(env=env)
    channel = _private(server)
    first = [_post(server, channel, "Hello?", key=f"key {number}") for number in range(3)]
    over_socket = _say_over_socket(server, channel)

    if end == "killed":
        server.kill()
    else:
        assert server.stop(sign=signal.SIGTERM) == 0
    again = start_server(env=env)
    repeated = [_post(again, channel, "Hello?", key=f"key {number}") for number in range(3) for _ in range(3)]

    assert {answer.is_replay for answer in first} == {False}
    assert {answer.is_replay for answer in repeated} == {True}
    assert {answer.message_id for answer in repeated} == {answer.message_id for answer in first}
    assert _say_over_socket(again, channel) == over_socket
    assert _post(again, channel, "Something else.", key="key 0").status == 409
    people = [one for one in _history(again, channel) if one["authorId"] == ADA]
    assert [one["content"] for one in people] == ["Hello?", "Hello?", "Hello?", "Over a socket."]


def _private(server: Server) -> str:
    query = f"currentUserId={ADA}&targetUserId={ELIZA}"
    return str(requests.get(f"{server.url}/api/messaging/dm-channel?{query}", timeout=10).json()["data"]["id"])


@dataclass(frozen=True)
class Posted:
    status: int
    is_replay: bool
    message_id: str | None


def _post(server: Server, channel: str, text: str, *, key: str) -> Posted:
    url = f"{server.url}/api/messaging/channels/{channel}/messages"
    body = {"author_id": ADA, "content": text}
    with requests.post(url, json=body, headers={"Idempotency-Key": key}, timeout=10) as answer:
        is_replay = answer.headers.get("Idempotency-Replayed") == "true"
        return Posted(answer.status_code, is_replay, answer.json().get("userMessage", {}).get("id"))


def _say_over_socket(server: Server, channel: str) -> Any:
    socket = Socket(server.url, "Ada")
    answer = socket.says(to_uuid(channel), "Over a socket.", messageId="socket key")
    socket.close()
    return answer


def _history(server: Server, channel: str) -> list[Json]:
    url = f"{server.url}/api/messaging/channels/{channel}/messages?after_seq=0&limit=1000"
    messages: list[Json] = requests.get(url, timeout=10).json()["data"]["messages"]
    return messages
