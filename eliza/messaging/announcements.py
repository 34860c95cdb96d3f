"""Announcements: telling what was stored, also when the process that stored it died before it could."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from eliza import faults
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.rows import column
from eliza.events import Bus, Message, MessagePosted

_GRACE = timedelta(seconds=3)
_AT_ONCE = 200


class Announcements:
    """Every message is announced at least once; listeners drop what they have by its id.

    What was told is noted in the table a little later and in bulk; what stands there untold after a grace is told
    by whoever sweeps first.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._told: set[UUID] = set()

    def prepare(self, event: MessagePosted) -> None:
        """Inside the unit of work that stores the message: announce it after the commit."""
        self._database.after_commit(lambda: self._tell(event))

    def sweep(self, load: Callable[[UUID], Message | None]) -> None:
        """Note what was told, and tell what nobody told."""
        self._note()
        for message_id in self._forgotten():
            message = load(message_id)
            if message is not None and message_id not in self._told:
                self._tell(MessagePosted(message))

    def _tell(self, event: MessagePosted) -> None:
        faults.point("accept.committed")
        faults.point("announce.before")
        self._told.add(event.message.id)
        self._bus.publish(event)

    def _note(self) -> None:
        told = list(self._told)[:_AT_ONCE]
        while told:
            self._mark(told)
            self._told.difference_update(told)
            told = list(self._told)[:_AT_ONCE]

    def _mark(self, told: list[UUID]) -> None:
        self._database.write(lambda: tables.Message.update(announced=True).where(tables.Message.id.in_(told)).execute())

    def _forgotten(self) -> list[UUID]:
        message = tables.Message
        overdue = ~message.announced & (message.created_at < self._clock.now() - _GRACE)
        query = message.select(message.id).where(overdue).order_by(message.created_at, message.seq).limit(_AT_ONCE)
        with self._database.read():
            return column(query)
