"""Ask a server everything that its description allows and forbids: ``python -m tests.fuzz --database postgres``."""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fuzz.running import Effort, fuzz
from tests.services.postgres import PostgresServer

_OPERATIONS = 140
"""About how many there are; the coverage phase brings as many cases again as are made up."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    effort = Effort(options.phases, max(1, options.cases // _OPERATIONS), seed, options.things)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, _database(options.database) as env:
        report = fuzz(Path(folder), effort, env)
    if report.failures:
        print(report.said)
    print(f"{options.database}: {report.cases} cases of {report.operations} operations, seed {seed}")
    print(f"{report.accepted} were accepted, {len(report.failures)} answers were wrong")
    return 1 if report.failures or report.cases < options.cases else 0


@contextmanager
def _database(kind: str) -> Iterator[dict[str, str]]:
    """The settings of a server with an empty database of this kind."""
    if kind == "sqlite":
        yield {}
        return
    postgres = PostgresServer()
    try:
        with postgres.database() as url:
            yield {"POSTGRES_URL": url}
    finally:
        postgres.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="at least how many (default 10000)")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--phases", default="coverage,fuzzing,stateful", help="those of schemathesis to go through")
    parser.add_argument("--things", type=int, default=80, help="of everything on the server (default 80)")
    parser.add_argument("--seed", type=int, help="repeat the run that printed this seed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
