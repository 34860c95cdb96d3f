"""Trial: a server, people who talk to it, and a plan of how it dies; after each round, every promise is checked."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import get_args

from benchmarks.bench import product
from benchmarks.http import Address
from benchmarks.process import Process, StartError
from benchmarks.sockets import MessageSocket
from benchmarks.target import RefusedError, Target
from tests.crash.inspection import broken_promises, untold
from tests.crash.invariants import Message, Turn, Violation, has_ended, violations
from tests.crash.journal import Journal, Way
from tests.crash.people import Keys, Person, say_again
from tests.crash.plan import AtMoment, AtPoint, Death, Round, WhileStarting, WorkerAtMoment

START_BOUND = 20.0
"""Seconds within which the server must serve again, whatever state it was left in."""

_SETTLING_BOUND = 20.0
_POINT_BOUND = 20.0
_THINGS_TO_SAY = 12
_SAID_AGAIN = 4
KEY = "the key of whoever runs the server"

_PAGE = 100


@dataclass(slots=True)
class Outcome:
    """What a trial came to. ``last`` is the round it ended with, and after which ``violations`` were found."""

    rounds: int = 0
    starts: list[float] = field(default_factory=list)
    questions: int = 0
    messages: int = 0
    last: Round | None = None
    violations: list[Violation] = field(default_factory=list)

    def __str__(self) -> str:
        slowest = max(self.starts, default=0.0)
        return (
            f"{self.rounds} rounds, {len(self.starts)} starts (slowest {slowest:.1f} s), "
            f"{self.questions} questions, {self.messages} messages"
        )


class Trial:
    """Rounds on one database. ``environment`` is what the server is given besides the point to die at."""

    def __init__(self, folder: Path, environment: Mapping[str, str], seed: int) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._random = Random(seed)
        self._journal = Journal()
        self._outcome = Outcome()
        self._process: Process | None = None
        self._listener: MessageSocket | None = None
        self._people: list[Person] = []
        self._direct: dict[str, str] = {}
        self._channels: list[str] = []
        self._keys = Keys()

    async def run(self, rounds: Iterable[Round]) -> Outcome:
        """Play the rounds; stop after the first that breaks a promise."""
        try:
            self._outcome.violations += await _witnessed(self._furnish())
            for plan in rounds:
                if self._outcome.violations:
                    break
                self._outcome.last = plan
                self._outcome.violations += await _witnessed(self._play(plan))
                self._outcome.rounds += 1
            if not self._outcome.violations:
                self._outcome.violations += await self._everything_told()
        finally:
            self._kill()
        return self._outcome

    async def _play(self, plan: Round) -> list[Violation]:
        for death in plan.deaths:
            await self._die(death)
        return await self._recover()

    async def _furnish(self) -> list[Violation]:
        """Two agents; for each person a direct channel with one of them, and one channel for all."""
        await self._start()
        target = self._target()
        agents = [await target.create_agent("Ada"), await target.create_agent("Bo")]
        ways: list[Way] = list(get_args(Way)) * 2
        ids = [str(uuid.UUID(int=self._random.getrandbits(128), version=4)) for _ in ways]
        shared = await target.channel("everybody", [*ids, *agents])
        for person_id in ids:
            made = await target.ask("POST", "/api/keys", {"name": person_id, "role": "member", "entityId": person_id})
            self._keys.of_people[person_id] = _key_in(made.json())
        for number, (person_id, way) in enumerate(zip(ids, ways, strict=True)):
            agent_id = agents[number % 2]
            own = await target.channel(f"direct {number}", [person_id, agent_id], "DM")
            self._direct[own] = agent_id
            rooms = [(own, "My"), (shared, "@Ada, my")]
            self._people.append(self._person(person_id, way, rooms))
        self._channels = [shared, *self._direct]
        return []

    def _person(self, person_id: str, way: Way, rooms: list[tuple[str, str]]) -> Person:
        return Person(person_id, way, rooms, self._journal, self._keys, Random(self._random.random()))

    async def _die(self, death: Death) -> None:
        if isinstance(death, WhileStarting):
            self._spawn()
            await asyncio.sleep(death.seconds)
            self._kill()
            return
        if isinstance(death, AtPoint):
            self._kill()
            await self._start({"ELIZA_CRASH_AT": f"{death.point}:{death.passage}"})
        talk = asyncio.gather(self._listen(), *(person.talk(self._address, _THINGS_TO_SAY) for person in self._people))
        await self._wait_for(death)
        if isinstance(death, WorkerAtMoment):
            self._running().kill_workers()
        else:
            self._kill()
        await talk

    async def _wait_for(self, death: AtMoment | WorkerAtMoment | AtPoint) -> None:
        if not isinstance(death, AtPoint):
            await asyncio.sleep(death.seconds)
            return
        process, deadline = self._running(), time.perf_counter() + _POINT_BOUND
        workers = process.workers()
        while workers <= process.workers() and process.is_running:
            if time.perf_counter() > deadline:
                self._journal.complaints.append(f"the point {death} was never passed")
                return
            await asyncio.sleep(0.005)

    async def _recover(self) -> list[Violation]:
        """Start if nothing runs, say again what got no answer, let everything settle, and look at it."""
        if self._process is None:
            await self._start()
        await asyncio.to_thread(self._running().wait_until_ready, START_BOUND)
        await asyncio.gather(self._listen(), *(person.talk(self._address, 0) for person in self._people))
        known = [question for question in self._journal.questions if question.acknowledged]
        await say_again(
            self._address, self._random.sample(known, min(_SAID_AGAIN, len(known))), self._journal, self._keys
        )
        channels = await self._settle()
        self._outcome.questions = len(self._journal.questions)
        self._outcome.messages = sum(len(messages) for messages in channels.values())
        found = violations(channels, self._journal.questions, self._journal.heard, self._direct)
        found += [Violation("the server never says this", "-", (word,)) for word in self._journal.complaints]
        return found + await self._broken_promises()

    async def _settle(self) -> dict[str, list[Message]]:
        """The channels once every turn has ended, or as they are at the bound."""
        deadline = time.perf_counter() + _SETTLING_BOUND
        before: dict[str, list[Message]] = {}
        while True:
            channels = {channel_id: await self._messages(channel_id) for channel_id in self._channels}
            ended = all(has_ended(message) for messages in channels.values() for message in messages)
            # A list read while replies were still coming may miss the newest: so it counts only if it is the second.
            settled = ended and channels == before and not await self._broken_promises()
            if settled or time.perf_counter() > deadline:
                return channels
            before = channels
            await asyncio.sleep(0.1)

    async def _broken_promises(self) -> list[Violation]:
        return await asyncio.to_thread(broken_promises, self._environment)

    async def _everything_told(self) -> list[Violation]:
        """What is still not announced when the last round is over and the sweeper had its time."""
        deadline = time.perf_counter() + _SETTLING_BOUND
        while (left := await asyncio.to_thread(untold, self._environment)) and time.perf_counter() < deadline:
            await asyncio.sleep(0.2)
        return left

    async def _messages(self, channel_id: str) -> list[Message]:
        messages: list[Message] = []
        while True:
            last = messages[-1].seq if messages else 0
            path = f"/api/messaging/channels/{channel_id}/messages?after_seq={last}&limit={_PAGE}"
            data = (await self._target().ask("GET", path)).json()["data"]
            assert isinstance(data, dict)
            page = [_message(row) for row in data["messages"]]
            messages += page
            if len(page) < _PAGE:
                return messages

    async def _listen(self) -> None:
        listener = MessageSocket(self._address, self._people[0].id, self._journal.hear)
        self._listener = listener
        try:
            await listener.connect(5)
            for channel_id in self._channels:
                await listener.join(channel_id, 5)
        except OSError:
            listener.close()

    async def _start(self, extra: Mapping[str, str] | None = None) -> None:
        begun = time.perf_counter()
        self._spawn(extra)
        await asyncio.to_thread(self._running().wait_until_ready, START_BOUND)
        self._outcome.starts.append(time.perf_counter() - begun)

    def _spawn(self, extra: Mapping[str, str] | None = None) -> None:
        self._kill()
        self._process = product(self._folder, {**self._environment, **(extra or {})})
        self._process.spawn()

    def _kill(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _running(self) -> Process:
        assert self._process is not None, "no server runs"
        return self._process

    @property
    def _address(self) -> Address:
        return Address.of(self._running().url, KEY)

    def _target(self) -> Target:
        return Target.at(self._address)


async def _witnessed(work: Awaitable[list[Violation]]) -> list[Violation]:
    """What ``work`` finds; that a server does not come or does not answer is a finding like any other."""
    try:
        return await work
    except (StartError, RefusedError, OSError) as error:
        return [
            Violation("the server comes up by itself, in time, and serves", "-", (f"{type(error).__name__}: {error}",))
        ]


def _key_in(answer: object) -> str:
    assert isinstance(answer, dict), answer
    return str(answer["data"]["key"])


def _message(row: dict[str, object]) -> Message:
    turns = row.get("turns")
    seq, reply_to = row.get("seq"), row.get("inReplyToRootMessageId")
    return Message(
        id=str(row["id"]),
        seq=seq if isinstance(seq, int) else None,
        author_id=str(row["authorId"]),
        text=str(row["content"]),
        reply_to=str(reply_to) if reply_to else None,
        turns=tuple(_turn(turn) for turn in turns) if isinstance(turns, list) else (),
    )


def _turn(row: dict[str, object]) -> Turn:
    reason = row.get("reason")
    return Turn(str(row["agentId"]), str(row["status"]), str(reason) if reason else None)
