"""Heartbeat: asks a client now and then whether it is still there."""

import time
import weakref
from collections.abc import Callable
from typing import Protocol

from eliza.realtime.transport.deadlines import Deadlines

_LATENESS = 0.1


class Patient(Protocol):
    """Who the heartbeat belongs to."""

    @property
    def is_closed(self) -> bool: ...

    @property
    def is_handling(self) -> bool:
        """True while a handler runs: the answer may be there, and nobody has read it yet."""
        ...

    @property
    def heard_at(self) -> float:
        """When the last byte came, by the clock that never steps; 0 if that is not known."""
        ...

    def ping(self) -> None: ...

    def give_up(self) -> None:
        """The client did not answer in time."""
        ...


class Heartbeat:
    """Pings ``interval`` seconds after the last answer, and gives up ``timeout`` seconds after that."""

    def __init__(self, patient: Patient, deadlines: Deadlines, *, interval: float, timeout: float) -> None:
        self._patient = weakref.ref(patient)
        self._deadlines = deadlines
        self._interval = interval
        self._timeout = timeout
        self._number = 0
        self._pinged_at: float | None = None
        self._rest()

    def answered(self) -> None:
        """The client is there. Answers to no ping are passed over: each would cost a deadline."""
        if self._pinged_at is not None:
            self._rest()

    def is_overdue(self, patient: Patient) -> bool:
        """True when the client should have answered by now. A large message on a slow line is an answer too."""
        return self._pinged_at is not None and not patient.is_handling and self._seconds_left(patient) <= 0

    def _rest(self) -> None:
        self._pinged_at = None
        self._ping_due = time.monotonic() + self._interval
        self._schedule(self._interval, self._ping)

    def _ping(self, patient: Patient) -> None:
        # The time to answer runs from when the ping was due, unless it was us who were late.
        self._pinged_at = max(self._ping_due, time.monotonic() - _LATENESS)
        patient.ping()
        self._schedule(self._seconds_left(patient), self._look)

    def _look(self, patient: Patient) -> None:
        if self.is_overdue(patient):
            patient.give_up()
        else:
            left = self._seconds_left(patient)
            self._schedule(left if left > 0 else self._timeout, self._look)

    def _seconds_left(self, patient: Patient) -> float:
        return max(self._pinged_at or 0.0, patient.heard_at) + self._timeout - time.monotonic()

    def _schedule(self, seconds: float, action: Callable[[Patient], None]) -> None:
        # A deadline cannot be taken back: the one that an answer has overtaken finds its number out of date, and none
        # of them keeps in memory whoever has ended.
        self._number += 1
        number = self._number

        def act() -> None:
            patient = self._patient()
            if patient is not None and number == self._number and not patient.is_closed:
                action(patient)

        self._deadlines.after(seconds, act)
