"""Swaps: one person puts another's ids wherever an id can stand, and comes to nothing by it.

What can be asked, and where an id can stand, is read off the description, so that a new route is tried as well.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from eliza.config import LimitSettings
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from eliza.testing.senses import ScriptedSenses, ScriptedSpeech, ScriptedTranscription
from tests.house_kit import Answer, Client, House, Room, Socket, id_of
from tests.media.sending import png, send, to_agent, uploaded
from tests.services.waiting import eventually

Json = dict[str, Any]

TIMES = int(os.environ.get("SWAPS", "1000"))
SECRET = "the-combination-is-7-22-9"
KINDS = ("channel", "message", "session", "job", "memory", "room", "run", "key", "person")
_OF_A_NAME = {
    "user": "person",
    "entity": "person",
    "author": "person",
    "sender": "person",
    "reader": "person",
    "action": "message",
}
_REFUSED = {400, 403, 404, 405, 409, 413, 415, 422}


@dataclass
class Belongings:
    """What is somebody's own: ids by what they are ids of, and the addresses of files."""

    ids: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    files: list[str] = field(default_factory=list)

    @property
    def all_ids(self) -> frozenset[str]:
        return frozenset(one for kind, ids in self.ids.items() if kind != "person" for one in ids)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    voice = ScriptedSenses(ears=ScriptedTranscription("Hello."), voice=ScriptedSpeech())
    opened = House(
        tmp_path,
        providers=[ScriptedProvider(ScriptedModel()), voice],
        limits=LimitSettings(on=False),
        concurrent_turns=4,
    )
    yield opened
    opened.close()


def test_another_persons_ids_open_nothing(house: House) -> None:
    bob, bobs = house.as_("Bob"), settled(house, "Bob", "nothing to hide")
    ada, hers, unnamed = house.as_("Ada"), settled(house, "Ada", SECRET), settled(house, "Ada", SECRET)
    listening = house.socket("Ada", apiKey=house.credential("Ada")["X-API-KEY"])
    for channel in hers.ids["channel"]:
        listening.joins(UUID(channel))
    before, heard = view(ada, hers), len(listening.heard)
    swaps = Swaps(bob, hers, bobs, unnamed.all_ids - hers.all_ids, house.eliza)

    wrong = [fault for _ in range(TIMES) if (fault := swaps.try_one())]

    assert not wrong, "\n".join(wrong[:20])
    assert view(ada, hers) == before
    assert listening.heard[heard:] == []
    assert swaps.tried >= {operation["operationId"] for _, _, operation in swaps.operations}
    assert files_refused(bob, hers)
    assert sockets_refused(house, hers)


def settled(house: House, person: str, secret: str) -> Belongings:
    """Somebody who has talked, asked, uploaded, and has an agent that remembers it; all of it holds ``secret``."""
    them, own = house.as_(person), Belongings()
    me, agent = str(id_of(person)), str(house.eliza)
    group = {"name": secret, "participantCentralUserIds": [me, agent], "message_server_id": str(UUID(int=0))}
    own.ids["channel"] = [
        made(them.post("/api/messaging/channels", json=group))["id"],
        made(them.get(f"/api/messaging/dm-channel?currentUserId={me}&targetUserId={agent}"))["id"],
    ]
    for channel in own.ids["channel"]:
        room, address = Room(house, UUID(channel)), f"/api/messaging/channels/{channel}/upload-media"
        sent = uploaded(send(house, address, png(), headers=them.headers))
        attachments = [{"url": sent["url"], "contentType": "image/png"}]
        them.post(room.url, json={"content": secret, "transport": "http", "metadata": {"attachments": attachments}})
        own.files.append(sent["url"])
        own.ids["message"] += [one["id"] for one in room.messages()]
    own.files.append(uploaded(to_agent(house, png(), headers=them.headers))["url"])
    session = them.post("/api/messaging/sessions", json={"agentId": agent, "userId": me, "metadata": {"note": secret}})
    job = them.post("/api/messaging/jobs", json={"agentId": agent, "userId": me, "content": secret})
    own.ids["session"].append(session.json["sessionId"])
    own.ids["job"].append(job.json["jobId"])
    them.post(f"/api/messaging/sessions/{own.ids['session'][0]}/messages", json={"content": secret})
    eventually(lambda: them.get(f"/api/messaging/jobs/{own.ids['job'][0]}").json["status"] == "completed")
    memories = made(them.get(f"/api/memory/{agent}/memories"))["memories"]
    own.ids["memory"] = [one["id"] for one in memories]
    own.ids["room"] = [one["id"] for one in made(them.get(f"/api/memory/{agent}/rooms"))["rooms"]]
    runs = made(house.http.get(f"/api/agents/{agent}/runs?limit=100"))["runs"]
    own.ids["run"] = [one["runId"] for one in runs if one["roomId"] in own.ids["room"]]
    own.ids["key"] = [made(them.post("/api/keys", json={"name": secret}))["id"]]
    own.ids["person"] = [me]
    assert all(own.ids.values()), own.ids
    return own


def view(person: Client, own: Belongings) -> list[tuple[str, Any]]:
    """Everything that is theirs, as they see it."""
    paths = [f"/api/messaging/channels/{one}/{what}" for one in own.ids["channel"] for what in ("details", "messages")]
    paths += [f"/api/messaging/sessions/{one}/messages" for one in own.ids["session"]]
    paths += [f"/api/messaging/jobs/{one}" for one in own.ids["job"]]
    told = [(path, person.get(path).json) for path in paths]
    return told + [(path, person.get(path).data) for path in own.files]


class Swaps:
    """Asks whatever can be asked, by chance, with the other's ids in the places of one's own.

    Those that are ``unnamed`` it never sends, so that wherever they turn up, they were told.
    """

    def __init__(
        self, person: Client, others: Belongings, own: Belongings, unnamed: frozenset[str], agent: UUID
    ) -> None:
        self._person = person
        self._others = others
        self._own = own
        self._unnamed = unnamed
        self._agent = str(agent)
        self._chance = Random("swaps")
        document = person.get("/openapi.json").json
        self._schemas: Json = document["components"]["schemas"]
        self.tried: set[str] = set()
        self.operations = [
            (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if not path.startswith("/api/auth") and operation["operationId"] != "stop"
        ]

    def try_one(self) -> str:
        """What is wrong with the answer, or nothing."""
        method, path, operation = self._chance.choice(self.operations)
        self.tried.add(operation["operationId"])
        query = {one["name"]: self._value(one["name"]) for one in operation["parameters"] if self._is_said(one)}
        address, is_aimed = self._filled(path)
        sent: Json = {"query_string": query, "headers": self._headers()}
        body = self._body(operation)
        if body is not None:
            sent["json"] = body
        answer = self._person.open(address, method=method, **sent)
        fault = self._fault(answer, is_aimed=is_aimed)
        request = f"{method} {address} {query} {body}"
        return f"{fault}: {request} -> {answer.status_code} {answer.data[:300]!r}" if fault else ""

    def _fault(self, answer: Answer, *, is_aimed: bool) -> str:
        text = answer.data.decode(errors="replace")
        if SECRET in text:
            return "the secret is told"
        if any(one in text for one in self._unnamed):
            return "an id is told"
        if is_aimed and answer.status_code not in _REFUSED:
            return "what is another's was reached"
        return "the server failed" if answer.status_code == 500 else ""

    def _filled(self, path: str) -> tuple[str, bool]:
        """The address with ids in it, and whether one of them is the other's where one of its kind belongs."""
        aimed = []

        def fill(place: re.Match[str]) -> str:
            kind = kind_of(place[1])
            value = self._value(place[1])
            aimed.append(kind in KINDS[:-1] and value in self._others.ids[kind])
            return value

        return re.sub(r"{(\w+)}", fill, path), any(aimed)

    def _is_said(self, parameter: Json) -> bool:
        return parameter["in"] == "query" and (parameter.get("required", False) or self._chance.random() < 0.3)

    def _headers(self) -> dict[str, str]:
        return {"X-Entity-Id": self._others.ids["person"][0]} if self._chance.random() < 0.3 else {}

    def _body(self, operation: Json) -> Json | None:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        return None if content is None else self._object(content["schema"])

    def _object(self, schema: Json) -> Json:
        schema = self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        required = set(schema.get("required", ()))
        return {
            name: self._given(name, one)
            for name, one in schema.get("properties", {}).items()
            if name in required or self._chance.random() < 0.5
        }

    def _given(self, name: str, schema: Json) -> Any:
        schema = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        if "enum" in schema or "const" in schema:
            return self._chance.choice(schema.get("enum") or [schema["const"]])
        match schema.get("type"):
            case "array":
                return [self._given(name, schema.get("items", {}))]
            case "object":
                return self._object(schema) if "properties" in schema else {"channelId": self._value("channelId")}
            case "boolean":
                return True
            case "integer" | "number":
                return 1
        return self._value(name)

    def _value(self, name: str) -> str:
        """Mostly the other's id of the kind that ``name`` asks for, sometimes one of another kind, or one's own."""
        kind, chance = kind_of(name), self._chance.random()
        if kind == "agent":
            return self._agent
        if not kind:
            return "hello"
        if chance < 0.1:
            return self._chance.choice(sorted(self._others.all_ids))
        belongings = self._own if chance < 0.2 else self._others
        return self._chance.choice(belongings.ids[kind])


def kind_of(name: str) -> str:
    """What a field of this name holds the id of; empty for what is no id."""
    word = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    if "server" in word or not re.search(r"ids?$|participants$", word):
        return ""
    for part in word.split("_"):
        kind = _OF_A_NAME.get(part.rstrip("s"), part.rstrip("s"))
        if kind in {*KINDS, "agent"}:
            return kind
    return "person" if "participants" in word else ""


def made(answer: Answer) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json["data"]


def files_refused(person: Client, others: Belongings) -> bool:
    return {person.get(path).status_code for path in others.files} == {404}


def sockets_refused(house: House, others: Belongings) -> bool:
    socket: Socket = house.socket("Bob", apiKey=house.credential("Bob")["X-API-KEY"])
    answers = [
        answer
        for channel in others.ids["channel"]
        for answer in (
            socket.joins(UUID(channel)),
            socket.says(UUID(channel), "Hello"),
            socket.calls("typing", {"channelId": channel}),
            socket.calls("mark_read", {"channelId": channel, "seq": 1}),
        )
    ]
    return {answer["code"] for answer in answers} == {"NOT_FOUND"}
