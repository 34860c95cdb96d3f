"""Running: a trial from an empty database to its report."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from random import Random

from benchmarks.model import ScriptedModel
from benchmarks.storage import storage
from tests.crash.plan import Round
from tests.crash.trial import KEY, Outcome, Trial

_SLOWEST_ANSWER = 0.08


def run_trial(
    folder: Path, rounds: Iterable[Round], seed: int, database: str = "sqlite", postgres_url: str | None = None
) -> Outcome:
    """Play ``rounds`` on an empty database in ``folder``, against a model that answers when it pleases."""
    latency = Random(seed)
    with (
        storage(database, folder, postgres_url) as data,
        ScriptedModel(lambda: latency.uniform(0, _SLOWEST_ANSWER)) as model,
    ):
        # Two agents in one channel would otherwise talk on for a while after each question.
        settings = {"ELIZA_MAX_AGENT_TURNS": "2", "ELIZA_SERVER_AUTH_TOKEN": KEY, "ELIZA_RATE_LIMITS": "off"}
        environment = {**data.fresh(), **model.environment(), **settings}
        return asyncio.run(Trial(folder, environment, seed).run(rounds))


def report(outcome: Outcome, seed: int, folder: Path) -> str:
    """What came of it; for a broken promise also how to see it again, and where the server's log lies."""
    if not outcome.violations:
        return f"{outcome}: every promise held."
    found = "\n  ".join(map(str, outcome.violations[:20]))
    found_in = outcome.last or "before the first round"
    return f"{outcome}\nseed {seed}, {found_in}\n  {found}\nThe server's log: {folder / 'server.log'}"
