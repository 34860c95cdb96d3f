"""FrozenClock: time that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from eliza.clock import SystemClock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FrozenClock(SystemClock):
    """Takes the place of the server's clock: ``AgentServer(clock=FrozenClock())``."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._passed = timedelta()

    def now(self) -> datetime:
        return self._start + self._passed

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def advance(self, seconds: float) -> None:
        """Let time pass. Both ways of asking for it agree."""
        self._passed += timedelta(seconds=seconds)
