"""Target: the server under measurement, spoken to in the verbs of its public API and nothing else."""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.http import Address, HttpConnection, Response

DEFAULT_MESSAGE_SERVER = str(uuid.UUID(int=0))

_CHARACTER = {
    "name": "Benchmark",
    "username": "benchmark",
    "system": "Answer in one short sentence.",
    "bio": ["Answers in one short sentence."],
    "messageExamples": [],
    "postExamples": [],
    "topics": [],
    "adjectives": [],
    "plugins": [],
    "style": {"all": [], "chat": [], "post": []},
}


class RefusedError(Exception):
    """The server did not do what a measure needs of it; the message holds its answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server at ``address``, as ``user`` sees it."""

    address: Address
    user: str
    _numbers: "itertools.count[int]"

    @classmethod
    def at(cls, address: Address) -> "Target":
        return cls(address, str(uuid.uuid4()), itertools.count(1))

    async def agent(self) -> str:
        """The id of a running agent: the first there is, else one created and started for this run."""
        listed = _data(await self.ask("GET", "/api/agents"))
        rows = listed.get("agents")
        active = [row for row in rows if row.get("status") == "active"] if isinstance(rows, list) else []
        return str(active[0]["id"]) if active else await self.create_agent("Benchmark")

    async def create_agent(self, name: str) -> str:
        character = {**_CHARACTER, "name": name, "username": name.lower()}
        created = _data(await self.ask("POST", "/api/agents", {"characterJson": character}))
        agent_id = str(created["id"])
        await self.ask("POST", f"/api/agents/{agent_id}/start")
        return agent_id

    async def channel(self, name: str, participants: Sequence[str], kind: str = "GROUP") -> str:
        body = {
            "name": name,
            "message_server_id": DEFAULT_MESSAGE_SERVER,
            "participantCentralUserIds": list(participants),
            "type": kind,
            "metadata": {"channelType": kind, "isDm": kind == "DM"},
        }
        return str(_data(await self.ask("POST", "/api/messaging/channels", body))["id"])

    async def channel_of_two(self) -> str:
        """A channel of people only, in which nobody answers."""
        return await self.channel("people", [self.user, str(uuid.uuid4())])

    async def channel_with(self, agent_id: str) -> str:
        """A direct channel with an agent that answers every message."""
        channel_id = await self.channel("questions", [self.user, agent_id], "DM")
        await self.ask("POST", f"/api/messaging/channels/{channel_id}/agents", {"agentId": agent_id})
        return channel_id

    def post(self, channel_id: str, transport: str = "websocket") -> bytes:
        """The request that posts a new message."""
        body = {
            "author_id": self.user,
            "content": self.words(),
            "message_server_id": DEFAULT_MESSAGE_SERVER,
            "transport": transport,
            "source_type": "client_chat",
            "metadata": {"channelType": "DM", "isDm": True, "user_display_name": "Ada"},
        }
        return self.address.request("POST", f"/api/messaging/channels/{channel_id}/messages", body)

    def spoken(self, channel_id: str) -> dict[str, object]:
        """What a socket sends to post a new message."""
        payload = {
            "channelId": channel_id,
            "roomId": channel_id,
            "messageServerId": DEFAULT_MESSAGE_SERVER,
            "senderId": self.user,
            "senderName": "Ada",
            "message": self.words(),
            "messageId": str(uuid.uuid4()),
            "source": "client_chat",
            "metadata": {"channelType": "DM", "isDm": True},
        }
        return {"type": 2, "payload": payload}

    def words(self) -> str:
        """A line that was not said before in this run."""
        return f"Line {next(self._numbers)}: and what do you think of the weather?"

    async def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        """One request on a connection of its own. Raises ``RefusedError`` unless the answer is a success."""
        connection = await HttpConnection.open(self.address)
        try:
            response = await connection.ask(self.address.request(method, path, body, headers=headers))
        finally:
            connection.close()
        if not response.is_success:
            raise RefusedError(f"{method} {path} was answered {response.status}: {response.body[:300]!r}")
        return response


def _data(response: Response) -> dict[str, object]:
    data = response.json().get("data")
    if not isinstance(data, dict):
        raise RefusedError(f"an answer carries no data: {response.body[:300]!r}")
    return data
