"""House: a running server in the test's own process, and the words to tell a story about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import gevent
import orjson
import socketio
from flask import Flask
from gevent.pywsgi import WSGIServer
from werkzeug.datastructures import Headers

from eliza.access.principal import Principal
from eliza.access.roles import Permission, Role
from eliza.auth.key import Draft as KeyDraft
from eliza.auth.keys import Keys
from eliza.background import Background
from eliza.clock import SystemClock
from eliza.config import Settings
from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from eliza.llm.types import Provider
from eliza.plugins import Plugin
from eliza.realtime.transport.gate import Handler
from eliza.server import AgentServer, Middleware
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from tests.measure import hold_to_description
from tests.services.sqlite import migrated
from tests.services.waiting import eventually

Json = dict[str, Any]

_WHO_SET_IT_UP = Principal(Role.ADMIN, "who set it up", "test")


class House:
    """An ``AgentServer`` that is initialized and works; its agents say what the test wrote for ``model``.

    An empty one has a single agent, Eliza. Nobody listens on a port until ``serve``.
    """

    def __init__(
        self,
        data_dir: Path,
        postgres_url: str | None = None,
        *,
        model: ScriptedModel | None = None,
        providers: Sequence[Provider] | None = None,
        plugins: Sequence[Plugin] = (),
        middlewares: Sequence[Middleware] = (),
        background: Background | None = None,
        clock: SystemClock | None = None,
        **settings: Any,
    ) -> None:
        self.model = model or ScriptedModel()
        if postgres_url is None:
            migrated(data_dir / "eliza.db")
        self.server = AgentServer(
            Settings(data_dir=data_dir, postgres_url=postgres_url, **settings),
            providers=[ScriptedProvider(self.model)] if providers is None else providers,
            plugins=plugins,
            middlewares=middlewares,
            background=background,
            clock=clock,
        ).initialize()
        self.http = Client(self.server.app)
        self._listening: WSGIServer | None = None
        self._sockets: list[Socket] = []

    @property
    def eliza(self) -> UUID:
        """The agent that an empty installation comes with."""
        return to_uuid("Eliza")

    def agent(self, name: str, *, start: bool = True, **character: Any) -> UUID:
        """An agent exists, and runs unless told otherwise."""
        written = {"name": name, "bio": f"{name} listens.", **character}
        created = self.http.post("/api/agents", json={"characterJson": written})
        assert created.status_code == 201, created.text
        agent_id = UUID(_data(created)["id"])
        if start:
            self.start(agent_id)
        return agent_id

    def credential(self, person: str, role: str = "member", scopes: Sequence[str] | None = None) -> dict[str, str]:
        """The headers with which this person comes: with a key of their own, by which the server knows them.

        From the first one on the server is closed to who brings none; the house itself then comes with a key, too.
        """
        if not self.http.headers:
            self.http = Client(self.server.app, self._key("the house", "operator"))
        return self._key(person, role, scopes, entity_id=id_of(person))

    def as_(self, person: str, role: str = "member", scopes: Sequence[str] | None = None) -> "Client":
        """A client of this person, who comes with a key of their own."""
        return Client(self.server.app, self.credential(person, role, scopes))

    def _key(
        self, name: str, role: str, scopes: Sequence[str] | None = None, entity_id: UUID | None = None
    ) -> dict[str, str]:
        wanted = None if scopes is None else frozenset(Permission(scope) for scope in scopes)
        draft = KeyDraft(name, Role(role), wanted, entity_id=entity_id)
        keys: Keys = self.server.app.extensions["eliza"][Keys]
        return {"X-API-KEY": keys.create(draft, _WHO_SET_IT_UP)[1]}

    def start(self, agent_id: UUID) -> None:
        _data(self.http.post(f"/api/agents/{agent_id}/start"))

    def stop(self, agent_id: UUID) -> None:
        _data(self.http.post(f"/api/agents/{agent_id}/stop"))

    def room(self, *who: str | UUID, type: str = "GROUP") -> "Room":  # noqa: A002  # The field's name in the domain.
        """A channel with these people (by name) and agents (by id) in it."""
        people = [str(id_of(person)) for person in who]
        body = {"name": "the room", "type": type, "message_server_id": str(DEFAULT_MESSAGE_SERVER)}
        created = self.http.post("/api/messaging/channels", json={**body, "participantCentralUserIds": people})
        return Room(self, UUID(_data(created)["id"]))

    def private(self, person: str, agent_id: UUID) -> "Room":
        """The direct channel of a person and an agent."""
        query = f"currentUserId={id_of(person)}&targetUserId={agent_id}"
        return Room(self, UUID(_data(self.http.get(f"/api/messaging/dm-channel?{query}"))["id"]))

    def serve(self) -> str:
        """Listen on a free port, as ``python app.py`` does; returns the URL."""
        if self._listening is None:
            self._listening = WSGIServer(("127.0.0.1", 0), self.server.app, handler_class=Handler, log=None)
            self._listening.start()
        return f"http://127.0.0.1:{self._listening.server_port}"

    def socket(self, person: str, *, transport: str = "websocket", **auth: Any) -> "Socket":
        """A Socket.IO client of this person, connected."""
        opened = Socket(self.serve(), person, transport=transport, auth=auth)
        self._sockets.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._sockets:
            opened.close()
        self.server.stop(timeout=0)
        if self._listening is not None:
            self.server.socketio.server.eio.close_all()
            self._listening.stop(timeout=0)


@dataclass(frozen=True)
class Room:
    """A channel, and what people do in it over REST."""

    house: House
    id: UUID

    @property
    def url(self) -> str:
        return f"/api/messaging/channels/{self.id}/messages"

    def post(self, person: str | UUID, text: str, *, headers: Mapping[str, str] | None = None, **body: Any) -> "Answer":
        """Somebody says something; whatever the server answers."""
        said = {"author_id": str(id_of(person)), "content": text, **body}
        return self.house.http.post(self.url, json=said, headers=headers)

    def says(self, person: str | UUID, text: str, **body: Any) -> Json:
        """Somebody says something and goes on without waiting; the message as it was stored."""
        answer = self.post(person, text, **body)
        assert answer.status_code == 201, answer.text
        message: Json = answer.json["userMessage"]
        return message

    def asks(self, person: str, text: str, **body: Any) -> "Answer":
        """Somebody says something and waits for the answer."""
        return self.post(person, text, transport="http", **body)

    def messages(self, **query: Any) -> list[Json]:
        """A page of the history as it is told: newest first, unless ``after_seq`` is given."""
        found: list[Json] = _data(self.house.http.get(self.url, query_string=query))["messages"]
        return found

    def history(self) -> list[str]:
        """What was said, oldest first."""
        return [message["content"] for message in self.messages(after_seq=0, limit=1000)]

    def reads(self, *texts: str) -> None:
        """The history comes to be exactly this."""
        eventually(lambda: _same(self.history(), list(texts)))

    def turns(self, message: Json) -> list[Json]:
        """How each agent took a message."""
        listed = next(one for one in self.messages(limit=1000) if one["id"] == message["id"])
        found: list[Json] = listed.get("turns", [])
        return found

    def settles(self, *, within: float = 10) -> None:
        """Every agent is done with every message."""

        def is_quiet() -> bool:
            listed = self.messages(limit=1000)
            return all(turn["status"] not in {"pending", "running"} for one in listed for turn in one.get("turns", ()))

        eventually(is_quiet, within=within)


class Socket:
    """A person at a Socket.IO client. ``heard`` is everything the server told it, in order."""

    def __init__(
        self,
        url: str,
        person: str,
        *,
        transport: str = "websocket",
        auth: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.id = id_of(person)
        self.heard: list[tuple[str, Any]] = []
        self._client = socketio.Client(reconnection=False)
        self._client.on("*", lambda event, payload=None: self.heard.append((event, payload)))
        given = {"entityId": str(self.id), **(auth or {})}
        self._client.connect(url, auth=given, headers=dict(headers or {}), transports=[transport], wait_timeout=10)

    @property
    def events(self) -> list[str]:
        """The names of what was heard, without the states of turns, which elizaOS's clients do not know."""
        return [event for event, _ in self.heard if event not in {"turnState", "messageComplete"}]

    def all(self, event: str) -> list[Json]:
        return [payload for name, payload in self.heard if name == event]

    def hears(self, event: str, *, count: int = 1, within: float = 5) -> Json:
        """What this event told the ``count``-th time, once it came."""
        eventually(lambda: len(self.all(event)) >= count, within=within)
        return self.all(event)[count - 1]

    def joins(self, room: Room | UUID, **more: Any) -> Json:
        channel_id = room.id if isinstance(room, Room) else room
        joining = {"channelId": str(channel_id), "entityId": str(self.id), **more}
        return self.calls("message", {"type": 1, "payload": joining})

    def says(self, room: Room | UUID, text: str, **more: Any) -> Json:
        """Say something in a channel; what the server acknowledged."""
        channel_id = room.id if isinstance(room, Room) else room
        said = {
            "channelId": str(channel_id),
            "messageServerId": str(DEFAULT_MESSAGE_SERVER),
            "senderId": str(self.id),
            "message": text,
            **more,
        }
        return self.calls("message", {"type": 2, "payload": said})

    def calls(self, event: str, payload: Any = None) -> Json:
        answer: Json = self._client.call(event, payload, timeout=10)
        return answer

    def emits(self, event: str, payload: Any = None) -> None:
        self._client.emit(event, payload)

    @property
    def is_connected(self) -> bool:
        return bool(self._client.connected)

    def close(self) -> None:
        self._client.disconnect()


@dataclass(frozen=True)
class Answer:
    """What the server answered, read to its end."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return orjson.loads(self.data)


class Client:
    """Asks the application without a network in between. Any number may ask at the same time.

    An answer that its description does not know fails the test.
    """

    def __init__(self, app: Flask, headers: Mapping[str, str] | None = None) -> None:
        self._app = app
        self.headers = dict(headers or {})

    def open(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, **request: Any
    ) -> Answer:
        request["headers"] = {**self.headers, **(headers or {})}
        answer = self._app.test_client(use_cookies=False).open(path, method=method, **request)
        hold_to_description(self._app, answer)
        return Answer(answer.status_code, answer.headers, answer.data)

    def get(self, path: str, **request: Any) -> Answer:
        return self.open(path, **request)

    def post(self, path: str, **request: Any) -> Answer:
        return self.open(path, method="POST", **request)

    def patch(self, path: str, **request: Any) -> Answer:
        return self.open(path, method="PATCH", **request)

    def delete(self, path: str, **request: Any) -> Answer:
        return self.open(path, method="DELETE", **request)


def id_of(person: str | UUID) -> UUID:
    """People are known by their names, agents by their ids."""
    return person if isinstance(person, UUID) else to_uuid(person)


def at_once(*works: Callable[[], Any], within: float = 30) -> list[Any]:
    """Do all this at the same time; the results in the order given."""
    running = [gevent.spawn(work) for work in works]
    gevent.joinall(running, timeout=within, raise_error=True)
    assert all(one.ready() for one in running), f"Not done within {within:g} seconds."
    return [one.value for one in running]


def frames(response: Answer) -> list[tuple[str, Json]]:
    """The events of an SSE answer, comments left out."""
    blocks = [block for block in response.text.split("\n\n") if block and not block.startswith(":")]
    return [_frame(block) for block in blocks]


def _frame(block: str) -> tuple[str, Json]:
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    return fields["event"], orjson.loads(fields["data"])


def _data(response: Answer) -> Any:
    assert response.status_code in {200, 201}, response.text
    return response.json["data"]


def _same(found: list[str], wanted: list[str]) -> bool:
    assert found == wanted
    return True
