"""People: clients who talk, lose the connection, come back and say the same thing again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from benchmarks.http import Address, HttpConnection, Response
from benchmarks.sockets import MessageSocket
from benchmarks.target import DEFAULT_MESSAGE_SERVER
from tests.crash.journal import Acknowledgement, Journal, Question, Way

_PATIENCE = 15


class Line(Protocol):
    """A connection over which a person submits. Raises ``OSError`` once it is lost."""

    async def submit(self, question: Question) -> Acknowledgement: ...

    def close(self) -> None: ...


class RefusedError(Exception):
    """The server answered a submission with a failure."""


@dataclass(frozen=True)
class Keys:
    """The key of each person, by which the server knows who is speaking."""

    of_people: dict[str, str] = field(default_factory=dict)

    def at(self, address: Address, person_id: str) -> Address:
        return replace(address, key=self.of_people[person_id])


class Person:
    """Says one thing after another, and does not go on before the last one was acknowledged."""

    def __init__(
        self,
        person_id: str,
        way: Way,
        rooms: Sequence[tuple[str, str]],
        journal: Journal,
        keys: Keys,
        random: Random,
    ):
        self.id = person_id
        self._keys = keys
        self._way = way
        self._rooms = rooms
        self._journal = journal
        self._random = random
        self._open: Question | None = None

    async def talk(self, address: Address, most: int) -> None:
        """Say again what got no answer, then up to ``most`` new things; return early when the line is lost."""
        try:
            async with asyncio.timeout(30):
                line = await open_line(self._way, self._keys.at(address, self.id), self.id, self._journal)
                await self._talk(line, address, most)
        except OSError:
            return
        except RefusedError as error:
            self._journal.complaints.append(str(error))

    async def _talk(self, line: Line, address: Address, most: int) -> None:
        try:
            if self._open is not None:
                await say_again(address, [self._open], self._journal, self._keys)
                self._open = None
            for _ in range(most):
                await self._submit(line, self._new_question())
                await asyncio.sleep(self._random.uniform(0.0, 0.1))
        finally:
            line.close()

    def _new_question(self) -> Question:
        channel_id, words = self._random.choice(self._rooms)
        return self._journal.new_question(self._random, channel_id, self.id, self._way, words)

    async def _submit(self, line: Line, question: Question) -> None:
        self._open = question
        async with asyncio.timeout(_PATIENCE):
            self._journal.acknowledge(question, await line.submit(question))
        self._open = None


async def open_line(way: Way, address: Address, person_id: str, journal: Journal) -> Line:
    if way == "socket":
        socket = MessageSocket(address, person_id, journal.hear)
        await socket.connect(_PATIENCE)
        return SocketLine(socket)
    return RestLine(address, await HttpConnection.open(address))


async def say_again(address: Address, questions: Sequence[Question], journal: Journal, keys: Keys) -> None:
    """Submit what was submitted before, each question the way it was; both answers must be the first one's.

    Each goes over two lines at the same time, as from an impatient client that did not wait for its own retry.
    """
    for question in questions:
        own = keys.at(address, question.author_id)
        lines = [await open_line(question.way, own, question.author_id, journal) for _ in range(2)]
        try:
            async with asyncio.timeout(_PATIENCE):
                words = await asyncio.gather(*(line.submit(question) for line in lines))
        except RefusedError as error:
            journal.complaints.append(str(error))
        else:
            for word in words:
                journal.acknowledge(question, word)
        finally:
            for line in lines:
                line.close()


class RestLine:
    def __init__(self, address: Address, connection: HttpConnection) -> None:
        self._address = address
        self._connection = connection

    async def submit(self, question: Question) -> Acknowledgement:
        response = await self._connection.ask(self._request(question))
        message = response.json().get("userMessage")
        if not response.is_success or not isinstance(message, dict):
            raise RefusedError(f"{question} was answered {response.status} {response.body[:300]!r}")
        _require_replay_mark(question, response)
        return Acknowledgement(str(message.get("id")), message.get("seq"))

    def close(self) -> None:
        self._connection.close()

    def _request(self, question: Question) -> bytes:
        body = {
            "author_id": question.author_id,
            "content": question.text,
            "message_server_id": DEFAULT_MESSAGE_SERVER,
            "source_type": "client_chat",
        }
        headers = {}
        if question.way == "messageId":
            body["messageId"] = question.client_id
        else:
            headers["Idempotency-Key"] = question.client_id
        path = f"/api/messaging/channels/{question.channel_id}/messages"
        return self._address.request("POST", path, body, headers=headers)


class SocketLine:
    def __init__(self, socket: MessageSocket) -> None:
        self._socket = socket

    async def submit(self, question: Question) -> Acknowledgement:
        payload = {
            "channelId": question.channel_id,
            "messageServerId": DEFAULT_MESSAGE_SERVER,
            "senderId": question.author_id,
            "senderName": "Somebody",
            "message": question.text,
            "messageId": question.client_id,
            "source": "client_chat",
        }
        answer = await self._socket.call("message", {"type": 2, "payload": payload})
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise RefusedError(f"{question} was acknowledged with {answer}")
        return Acknowledgement(str(answer.get("messageId")), answer.get("seq"))

    def close(self) -> None:
        self._socket.close()


def _require_replay_mark(question: Question, response: Response) -> None:
    is_known = question.way == "Idempotency-Key" and question.acknowledged is not None
    if is_known and (response.header("Idempotency-Replayed") or "").lower() != "true":
        raise RefusedError(f"{question} was answered again without Idempotency-Replayed")
