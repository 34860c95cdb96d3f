"""Plan: how the server is to die in each round, decided by the seed alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

POINTS = (
    "accept.before_commit",
    "accept.committed",
    "claim.committed",
    "think.started",
    "think.ended",
    "finish.before_commit",
    "finish.committed",
    "announce.before",
)
"""The places in the turn protocol that the product names with ``faults.point``."""

KINDS = ("mixed", "points", "moments")


@dataclass(frozen=True, slots=True)
class AtMoment:
    """Killed from outside, so many seconds after people began to talk."""

    seconds: float

    def __str__(self) -> str:
        return f"killed after {self.seconds:.2f} s of talk"


@dataclass(frozen=True, slots=True)
class AtPoint:
    """Killed by its own hand, when it passes the point for the n-th time."""

    point: str
    passage: int

    def __str__(self) -> str:
        return f"killed at {self.point}, passage {self.passage}"


@dataclass(frozen=True, slots=True)
class WorkerAtMoment:
    """Only the process that serves is killed, so many seconds after people began to talk; nobody starts another."""

    seconds: float

    def __str__(self) -> str:
        return f"its worker killed after {self.seconds:.2f} s of talk"


@dataclass(frozen=True, slots=True)
class WhileStarting:
    """Killed from outside, so many seconds after it was started, ready or not."""

    seconds: float

    def __str__(self) -> str:
        return f"killed {self.seconds:.2f} s after its start"


Death = AtMoment | WorkerAtMoment | AtPoint | WhileStarting


@dataclass(frozen=True, slots=True)
class Round:
    """Deaths that follow each other without a rest; then the server must put everything right.

    At most two, because a turn that was begun three times may rightly count as failed.
    """

    number: int
    deaths: tuple[Death, ...]

    def __str__(self) -> str:
        return f"round {self.number}: " + ", then ".join(map(str, self.deaths))


def at_points(seed: int) -> list[Round]:
    """A round for each point, in the order of the seed."""
    random = Random(seed)
    points = random.sample(POINTS, len(POINTS))
    return [Round(number, (_at_point(random, point),)) for number, point in enumerate(points, 1)]


def at_moments(seed: int, count: int) -> list[Round]:
    """Rounds that end at random moments: by the whole server's death, its worker's, or two deaths in a row."""
    random = Random(seed)
    return [Round(number, _moments(random, number)) for number in range(1, count + 1)]


def planned(kind: str, seed: int, count: int) -> Iterable[Round]:
    """``count`` rounds of a kind: ``moments``, ``points`` (as many as there are, at most) or ``mixed``."""
    if kind == "points":
        return at_points(seed)[:count]
    return at_moments(seed, count) if kind == "moments" else mixed(seed, count)


def mixed(seed: int, count: int) -> Iterator[Round]:
    """Random moments and every point in turn, now and then two deaths in a row."""
    random = Random(seed)
    points = _shuffled_for_ever(random)
    for number in range(1, count + 1):
        if number % 2:
            yield Round(number, (_at_point(random, next(points)), *_sometimes_while_starting(random)))
        else:
            yield Round(number, _moments(random, number // 2))


def _moments(random: Random, number: int) -> tuple[Death, ...]:
    seconds = random.uniform(0.02, 1.0)
    if number % 3 == 0:
        return AtMoment(seconds), WhileStarting(random.uniform(0.1, 2.0))
    return (WorkerAtMoment(seconds),) if number % 3 == 2 else (AtMoment(seconds),)


def _sometimes_while_starting(random: Random) -> tuple[Death, ...]:
    return (WhileStarting(random.uniform(0.1, 2.0)),) if random.random() < 0.25 else ()


def _at_point(random: Random, point: str) -> AtPoint:
    return AtPoint(point, random.randint(1, 12))


def _shuffled_for_ever(random: Random) -> Iterator[str]:
    while True:
        yield from random.sample(POINTS, len(POINTS))
