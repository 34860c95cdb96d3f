"""Jobs: a question put to an agent once, whose answer is fetched later."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import Select, fn

from eliza.agents.agents import Agents
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.db.participation import exists
from eliza.db.rows import column, tuples
from eliza.errors import NotFound
from eliza.ids import new_id
from eliza.jobs import standing
from eliza.jobs.standing import Status
from eliza.messaging.channels import Channels, WithThemselves
from eliza.messaging.messages import Draft, Messages

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
"""How long a job can be asked for."""

PATIENCE = timedelta(seconds=30)
"""How long an agent has for its answer if nobody says otherwise."""

_ASIDE = "Executing action:"


class JobNotFound(NotFound):
    code = "JOB_NOT_FOUND"

    def __init__(self, job_id: UUID | str) -> None:
        super().__init__(f"Job {job_id} not found")


@dataclass(frozen=True, slots=True)
class Answer:
    """The message that answers a job."""

    id: UUID
    text: str
    author_id: UUID
    created_at: datetime
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands; ``reason`` says why it failed, if its turn is there to say so."""

    id: UUID
    agent_id: UUID
    user_id: UUID
    prompt: str
    metadata: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    status: Status
    reason: str | None
    ended_at: datetime | None
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs stand how, and how long those that were completed took on average."""

    counts: Mapping[Status, int]
    average: timedelta

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def count(self, status: Status) -> int:
        return self.counts.get(status, 0)

    def rate(self, status: Status) -> float:
        """Of the jobs that are over, the part that ended so."""
        over = sum(self.count(end) for end in _ENDS)
        return self.count(status) / over if over else 0.0


class Jobs:
    """At most ``most`` jobs are kept, for ``KEPT`` at the longest. The newest of each person are kept, so that
    many jobs of one person do not displace the few of another."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        agents: Agents,
        channels: Channels,
        messages: Messages,
        *,
        most: int = 10_000,
    ) -> None:
        self._database = database
        self._clock = clock
        self._agents = agents
        self._channels = channels
        self._messages = messages
        self.most = most

    def ask(
        self,
        user_id: UUID,
        text: str,
        *,
        agent_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        patience: timedelta = PATIENCE,
    ) -> Job:
        """Put a question to an agent, in a direct channel of its own; to the first that runs if none is named.

        Raises ``AgentNotRunning``, ``WithThemselves`` or ``InvalidInput``; then nothing is stored.
        """

        def work() -> Job:
            agent, job_id, now = self._agents.require_running(agent_id).id, new_id(), self._clock.now()
            if user_id == agent:
                raise WithThemselves("userId", other="the agent")
            marks = {"jobId": str(job_id)}
            channel = self._channels.create(
                f"job-{job_id}",
                type="DM",
                participants=(user_id, agent),
                source_type="job",
                metadata={**marks, "isDm": True},
            )
            posted = self._messages.post(Draft(channel.id, user_id, text, source_type="job", metadata=marks))
            tables.Job.create(
                id=job_id,
                agent_id=agent,
                user_id=user_id,
                channel=channel.id,
                message_id=posted.message.id,
                prompt=text,
                metadata=dict(metadata or {}),
                created_at=now,
                expires_at=now + patience,
            )
            return self.get(job_id)

        return self._database.write(work)

    def get(self, job_id: UUID) -> Job:
        """Raises ``JobNotFound``."""
        with self._database.read():
            rows = list(self._standing().where(tables.Job.id == job_id))
            if not rows:
                raise JobNotFound(job_id)
            return _with_answers(rows)[0]

    def is_of(self, job_id: UUID, person: UUID) -> bool:
        with self._database.read():
            return exists(tables.Job, (tables.Job.id == job_id) & (tables.Job.user_id == person))

    def page(
        self, *, limit: int, status: Status | None = None, cursor: str | None = None, person: UUID | None = None
    ) -> Page[Job]:
        """Newest first; limited to a ``status`` and to the jobs of a ``person`` if given."""
        job, query = tables.Job, _of(person, self._standing())
        if status is not None:
            query = query.where(standing.status(self._clock.now()) == status)
        with self._database.read():
            page = page_of(query, by=(job.created_at, job.id), newest_first=True, limit=limit, cursor=cursor)
            return Page(_with_answers(page.items), page.total, page.next)

    def count(self, person: UUID | None = None) -> int:
        """Counts all jobs, or those of a person."""
        with self._database.read():
            return int(_of(person, tables.Job.select()).count())

    def tally(self, person: UUID | None = None) -> Tally:
        """Counts all jobs, or those of a person."""
        spent = tables.Turn.ended_at - tables.Job.created_at
        status = standing.status(self._clock.now()).alias("status")
        each = _of(person, standing.with_turns(status, spent.alias("spent"))).alias("e")
        columns = (each.c.status, fn.COUNT(each.c.status), fn.AVG(each.c.spent))
        with self._database.read():
            rows = tuples(Select([each], columns).group_by(each.c.status).bind(self._database.orm))
        taken = next((spent for status, _, spent in rows if status == "completed"), 0)
        return Tally({status: count for status, count, _ in rows}, timedelta(milliseconds=float(taken)))

    def prune(self) -> None:
        """Delete the jobs that are too old or too many, with their channels."""
        job = tables.Job
        by_age = (job.created_at.desc(), job.id.desc())
        place = fn.ROW_NUMBER().over(partition_by=[job.user_id], order_by=[*by_age])
        newest = job.select(job.id).order_by(place, *by_age).limit(self.most)
        too_old = job.created_at <= self._clock.now() - KEPT
        with self._database.read():
            channels = column(job.select(job.channel).where(too_old | job.id.not_in(newest)))
        for channel_id in channels:
            self._channels.delete(channel_id)
        if channels:
            log.info("jobs pruned", extra={"count": len(channels)})

    def _standing(self) -> Any:
        turn, status = tables.Turn, standing.status(self._clock.now())
        columns = (tables.Job, status.alias("status"), turn.reason, turn.ended_at, turn.id.alias("turn_id"))
        return standing.with_turns(*columns).objects()


def _of(person: UUID | None, query: Any) -> Any:
    return query if person is None else query.where(tables.Job.user_id == person)


_ENDS: tuple[Status, ...] = ("completed", "failed", "timeout")


def _with_answers(rows: Sequence[Any]) -> list[Job]:
    told = _told_in([row.turn_id for row in rows if row.status == "completed"])
    return [_job(row, best(told.get(row.turn_id, ()))) for row in rows]


def _told_in(turn_ids: list[UUID]) -> dict[UUID, list[Answer]]:
    message = tables.Message
    columns = (message.turn_id, message.id, message.content, message.author_id, message.created_at, message.metadata)
    told: defaultdict[UUID, list[Answer]] = defaultdict(list)
    for turn_id, *answer in tuples(
        message.select(*columns).where(message.turn_id.in_(turn_ids)).order_by(message.part)
    ):
        told[turn_id].append(Answer(*answer))
    return told


def best(told: Iterable[Answer]) -> Answer | None:
    """The first that is no mere word that an action begins, or else the last."""
    all_told = list(told)
    last = all_told[-1] if all_told else None
    return next((one for one in all_told if not one.text.startswith(_ASIDE)), last)


def _job(row: Any, answer: Answer | None) -> Job:
    return Job(
        id=row.id,
        agent_id=row.agent_id,
        user_id=row.user_id,
        prompt=row.prompt,
        metadata=row.metadata,
        created_at=row.created_at,
        expires_at=row.expires_at,
        status=row.status,
        reason=row.reason,
        ended_at=row.ended_at,
        answer=answer,
    )
