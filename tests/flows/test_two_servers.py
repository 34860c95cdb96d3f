"""Two servers on one Postgres and one Redis: for whoever talks to them they are one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import requests

from eliza.ids import new_id, to_uuid
from tests.house_kit import Json, Socket, at_once, id_of
from tests.services.postgres import PostgresServer
from tests.services.processes import Server
from tests.services.waiting import eventually

ELIZA = to_uuid("Eliza")


def test_two_servers_that_start_together_are_one(
    postgres: PostgresServer, redis_url: str, start_server: Callable[..., Server]
) -> None:
    with postgres.database() as nothing_yet:
        env = {
            "POSTGRES_URL": nothing_yet,
            "REDIS_URL": redis_url,
            "ELIZA_SECRET_KEY": "a key that both of them were given",
        }
        here, there = (start_server(folder, env=env, wait=False) for folder in ("here", "there"))
        for server in (here, there):
            server.wait_until_ready()

        channel_id = _private(here)
        assert _private(there) == channel_id
        ada = Socket(there.url, "Ada")
        ada.joins(UUID(channel_id))
        ada.calls("subscribe_logs")

        # Ten questions, each of them submitted at both servers at the same moment, several times over.
        for number in range(10):
            ask = {"text": f"Why {number}?", "messageId": str(new_id())}
            answers = at_once(*[partial(_post, server, channel_id, **ask) for server in (here, there) * 3])
            assert [answer.status_code for answer in answers] == [201] * 6
            assert len({answer.json()["userMessage"]["id"] for answer in answers}) == 1
        history = eventually(lambda: _when_answered(here, channel_id, 20), within=20)

        asked = [message["id"] for message in history if not message["metadata"]["isAgent"]]
        answered = [message["inReplyToRootMessageId"] for message in history if message["metadata"]["isAgent"]]
        assert [message["seq"] for message in history] == list(range(1, 21))
        assert answered == asked
        assert _history(there, channel_id) == history
        eventually(lambda: {message["id"] for message in ada.all("messageBroadcast")} == {one["id"] for one in history})
        # Whichever server a turn was taken on, its line in the log is heard, and once.
        eventually(lambda: _lines(ada).count("turn ended") == 10)
        ada.close()
        # A key ends here, and with it what it opened there.
        bob = _keyed(here, there)
        assert requests.delete(f"{here.url}/api/keys/{bob.key_id}", headers=bob.headers, timeout=10).ok
        eventually(lambda: not bob.socket.is_connected, within=10)


@dataclass(frozen=True)
class _Keyed:
    key_id: str
    headers: dict[str, str]
    socket: Socket


def _keyed(here: Server, there: Server) -> _Keyed:
    """Bob, with a key that was made at one server and a socket that it opened at the other."""
    named = {"name": "Bob's", "role": "member", "entityId": str(id_of("Bob"))}
    made = requests.post(f"{here.url}/api/keys", json=named, timeout=10).json()["data"]
    return _Keyed(made["id"], {"X-API-KEY": made["key"]}, Socket(there.url, "Bob", auth={"apiKey": made["key"]}))


def _lines(socket: Socket) -> list[str]:
    return [told["payload"]["msg"] for told in socket.all("log_stream")]


def _private(server: Server) -> str:
    query = f"currentUserId={id_of('Ada')}&targetUserId={ELIZA}"
    found = requests.get(f"{server.url}/api/messaging/dm-channel?{query}", timeout=10)
    return str(found.json()["data"]["id"])


def _post(server: Server, channel_id: str, text: str, **body: Any) -> requests.Response:
    said = {"author_id": str(id_of("Ada")), "content": text, **body}
    return requests.post(f"{server.url}/api/messaging/channels/{channel_id}/messages", json=said, timeout=30)


def _history(server: Server, channel_id: str) -> list[Json]:
    url = f"{server.url}/api/messaging/channels/{channel_id}/messages?after_seq=0&limit=1000"
    messages: list[Json] = requests.get(url, timeout=10).json()["data"]["messages"]
    return messages


def _when_answered(server: Server, channel_id: str, count: int) -> list[Json]:
    history = _history(server, channel_id)
    assert len(history) == count
    return history
