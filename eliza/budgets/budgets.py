"""Budgets: what each agent, channel and person spends on models in a day (UTC), and the limits on it.

Limits are checked before a model is called. Turns are counted at that moment, under a row lock, so their limits are
exact. Tokens and money are known only when a turn ends. They are booked in the transaction that ends it, so a crash
never books them twice or without the turn; turns that are already running may exceed the limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from peewee import EXCLUDED

from eliza.budgets.limits import NO_LIMIT, Kind, Spent, own, refusal, used_up
from eliza.budgets.prices import Prices
from eliza.clock import Clock
from eliza.config import Allowance, BudgetSettings
from eliza.db import Database, Statement, param, tables
from eliza.db.paging import Page, page_of
from eliza.llm.errors import NoModel
from eliza.llm.registry import Models
from eliza.llm.types import ModelType, Usage
from eliza.runtime.agent import Agent
from eliza.runtime.records import ModelCall
from eliza.runtime.turn import Outcome, Stop, model_calls

_TEXT = (ModelType.TEXT_LARGE, ModelType.TEXT_SMALL)


@dataclass(frozen=True, slots=True)
class Spender:
    """A turn, reduced to what decides which budgets it counts against."""

    turn_id: UUID
    message_id: UUID
    agent_id: UUID
    channel_id: UUID
    author_id: UUID
    hop: int


@dataclass(frozen=True, slots=True)
class Account:
    """What an agent, channel or person has used today, and its limits. ``name`` is None if it is unknown."""

    kind: Kind
    id: UUID
    name: str | None
    spent: Spent
    limit: Allowance


class Budgets:
    def __init__(
        self, database: Database, clock: Clock, models: Models, settings: BudgetSettings, prices: Prices
    ) -> None:
        self._database = database
        self._clock = clock
        self._models = models
        self._prices = prices
        self.limits: Mapping[Kind, Allowance] = {
            "agent": settings.agent,
            "channel": settings.channel,
            "person": settings.person,
        }

    def for_turn(self, spender: Spender, agent: Agent) -> "DailyTurnBudget":
        """The budget of one turn of this agent."""
        limits = {**self.limits, "agent": own(agent.character.settings, self.limits["agent"])}
        return DailyTurnBudget(self, spender, agent.name, limits)

    def person_of(self, spender: Spender) -> UUID | None:
        """The person whose message started the chain of turns: the author, or the person behind an agent's message.

        None if it was no person, or if the message was deleted. Call it within ``read`` or a unit of work.
        """
        if spender.hop == 0:
            return spender.author_id
        found = self._database.run(_PERSON, message=spender.message_id)
        return found[0][0] if found else None

    def book(self, spender: Spender, person_id: UUID | None, outcome: Outcome, *, is_counted: bool) -> None:
        """Book what a turn used, in the unit of work that ends it. A turn that called no model used nothing.

        What it used before it paused for approval was booked when it paused.
        """
        if outcome.model is None:
            return
        calls = model_calls(outcome)
        used = self._used(calls) if calls or outcome.earlier else self._priced(outcome.model, outcome.usage)
        self._add(spender, person_id, replace(used, turns=0 if is_counted else 1))

    def book_so_far(self, spender: Spender, calls: Sequence[ModelCall]) -> None:
        """Book what a turn used so far when it does not end here: it was interrupted, lost, or pauses for approval.

        Inside a unit of work, the booking is rolled back with it.
        """
        if calls:
            used = self._used(calls)
            self._database.write(lambda: self._add(spender, self.person_of(spender), used))

    def reserve(self, spender: Spender, limits: Mapping[Kind, Allowance]) -> tuple[Kind, str] | None:
        """Count the turn once over all its attempts. If that would exceed a limit, count nothing and return it."""

        def work() -> tuple[Kind, str] | None:
            day = self.today
            if not self._database.run(_COUNT, id=spender.turn_id, day=day):
                return None
            for kind, subject_id in _subjects(spender, self.person_of(spender)):
                values = {"day": day, "kind": kind, "subject": subject_id, "turns": 1, "tokens": 0, "micros": 0}
                turns = self._database.run(_ADD, **values)[0][0]
                if what := used_up(limits[kind], Spent(turns - 1)):
                    raise _Exceeded(kind, what)
            return None

        try:
            return self._database.write(work)
        except _Exceeded as exceeded:
            return exceeded.kind, exceeded.what

    def exceeded(self, spender: Spender, limits: Mapping[Kind, Allowance]) -> tuple[Kind, str] | None:
        """The first limit that is used up by what was booked so far: whose it is, and which; None if there is none."""
        with self._database.read():
            is_counted = bool(self._database.run(_IS_COUNTED, id=spender.turn_id))
            for kind, subject_id in _subjects(spender, self.person_of(spender)):
                if limits[kind] == NO_LIMIT:
                    continue
                if what := used_up(limits[kind], self._spent(kind, subject_id), is_counted=is_counted):
                    return kind, what
        return None

    def unpriced(self) -> list[str]:
        """The models in use that have no price."""
        return self._prices.missing(self._names())

    def page(self, *, limit: int, cursor: str | None = None) -> Page[Account]:
        """What was used today: agents first, then channels, then people."""
        row = tables.Spending
        with self._database.read():
            page = page_of(
                row.select().where(row.day == self.today), by=(row.kind, row.subject_id), limit=limit, cursor=cursor
            )
            known = _known(page.items)
            return page.map(lambda item: self._account(item, known))

    @property
    def today(self) -> str:
        return f"{self._clock.now():%Y-%m-%d}"

    @property
    def tomorrow(self) -> datetime:
        """When the counts start again from zero."""
        return datetime.combine(self._clock.now().date() + timedelta(days=1), time(), UTC)

    def _spent(self, kind: Kind, subject_id: UUID) -> Spent:
        found = self._database.run(_SPENT, day=self.today, kind=kind, subject=subject_id)
        return Spent(*found[0]) if found else Spent()

    def _add(self, spender: Spender, person_id: UUID | None, used: Spent) -> None:
        for kind, subject_id in _subjects(spender, person_id):
            self._database.run(_ADD, day=self.today, kind=kind, subject=subject_id, **asdict(used))

    def _used(self, calls: Iterable[ModelCall]) -> Spent:
        priced = [self._priced(call.model, call.usage) for call in calls]
        return Spent(tokens=sum(one.tokens for one in priced), micros=sum(one.micros for one in priced))

    def _priced(self, model: str, usage: Usage) -> Spent:
        tokens = usage.prompt_tokens + usage.completion_tokens
        return Spent(tokens=tokens, micros=self._prices.micros(model, usage))

    def _names(self) -> Iterable[str]:
        for model_type in _TEXT:
            try:
                yield self._models.text(model_type).name
            except NoModel:
                continue

    def _account(self, row: tables.Spending, known: Mapping[UUID, "_Known"]) -> Account:
        found, kind = known.get(row.subject_id, _Known()), cast(Kind, row.kind)
        limit = self.limits[kind]
        return Account(
            kind=kind,
            id=row.subject_id,
            name=found.name,
            spent=Spent(row.turns, row.tokens, row.micros),
            limit=own(found.settings, limit) if kind == "agent" else limit,
        )


class DailyTurnBudget:
    """The ``TurnBudget`` of one turn."""

    def __init__(self, budgets: Budgets, spender: Spender, agent_name: str, limits: Mapping[Kind, Allowance]) -> None:
        self._budgets = budgets
        self._spender = spender
        self._agent_name = agent_name
        self._limits = limits
        self._calls: list[ModelCall] = []

    def objection(self) -> str | None:
        if all(limit == NO_LIMIT for limit in self._limits.values()):
            return None
        if any(limit.micros is not None for limit in self._limits.values()) and (models := self._budgets.unpriced()):
            return f"money is limited, and ELIZA_PRICES has no price for {', '.join(models)}"
        return self._worded(self._budgets.exceeded(self._spender, self._limits))

    def start(self) -> None:
        objection = self.objection()
        if objection is None and any(limit.turns is not None for limit in self._limits.values()):
            objection = self._worded(self._budgets.reserve(self._spender, self._limits))
        if objection is not None:
            raise Stop("failed", objection)

    def record(self, call: ModelCall) -> None:
        self._calls.append(call)

    def book(self) -> None:
        """Book what an interrupted turn has used so far."""
        self._budgets.book_so_far(self._spender, self._calls)

    def _worded(self, exceeded: tuple[Kind, str] | None) -> str | None:
        return refusal(*exceeded, self._agent_name) if exceeded else None


class _Exceeded(Exception):
    """Rolls back what was counted."""

    def __init__(self, kind: Kind, what: str) -> None:
        super().__init__(kind, what)
        self.kind = kind
        self.what = what


@dataclass(frozen=True, slots=True)
class _Known:
    name: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)


def _subjects(spender: Spender, person_id: UUID | None) -> list[tuple[Kind, UUID]]:
    """Always in the same order, so that two turns cannot deadlock on each other's rows."""
    found: list[tuple[Kind, UUID]] = [("agent", spender.agent_id), ("channel", spender.channel_id)]
    return [*found, ("person", person_id)] if person_id else found


def _known(rows: Sequence[tables.Spending]) -> dict[UUID, _Known]:
    ids = [row.subject_id for row in rows]
    agent, channel, person = tables.Agent, tables.Channel, tables.Person
    return {
        **{row.id: _Known(row.username) for row in person.select().where(person.id.in_(ids))},
        **{row.id: _Known(row.name) for row in channel.select().where(channel.id.in_(ids))},
        **{row.id: _Known(row.name, row.settings) for row in agent.select().where(agent.id.in_(ids))},
    }


_row, _turn, _line = tables.Spending, tables.Turn, tables.Message
_THIS_TURN = _turn.id == param("id", _turn.id)


def _add() -> Any:
    values = {
        _row.day: param("day"),
        _row.kind: param("kind"),
        _row.subject_id: param("subject", _row.subject_id),
        _row.turns: param("turns"),
        _row.tokens: param("tokens"),
        _row.micros: param("micros"),
    }
    counts = (_row.turns, _row.tokens, _row.micros)
    added = {count: count + getattr(EXCLUDED, count.column_name) for count in counts}
    key = (_row.day, _row.kind, _row.subject_id)
    return _row.insert(values).on_conflict(conflict_target=key, update=added).returning(_row.turns)


_ADD = Statement(_add)
_SPENT = Statement(
    lambda: _row.select(_row.turns, _row.tokens, _row.micros).where(
        (_row.day == param("day"))
        & (_row.kind == param("kind"))
        & (_row.subject_id == param("subject", _row.subject_id))
    )
)
_COUNT = Statement(
    lambda: (
        _turn.update({_turn.counted_on: param("day")})
        .where(_THIS_TURN & _turn.counted_on.is_null())
        .returning(_turn.id)
    )
)
_IS_COUNTED = Statement(lambda: _turn.select(_turn.id).where(_THIS_TURN & _turn.counted_on.is_null(False)))
_PERSON = Statement(
    lambda: (
        _turn.select(_turn.person_id)
        .join(_line, on=(_line.turn_id == _turn.id))
        .where(_line.id == param("message", _line.id))
    )
)
