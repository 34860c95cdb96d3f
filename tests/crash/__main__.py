"""Kill the server again and again, and check every promise after each time: ``python -m tests.crash --rounds 20``."""

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.crash.plan import KINDS, planned
from tests.crash.running import report, run_trial


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    outcome = run_trial(
        folder, planned(options.plan, seed, options.rounds), seed, options.database, options.postgres_url
    )
    print(report(outcome, seed, folder))
    if outcome.violations:
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often (default 10)")
    parser.add_argument("--plan", choices=KINDS, default="mixed", help="how the server dies (default mixed)")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres-url", help="a Postgres to create databases on; without it one is started")
    parser.add_argument("--seed", type=int, help="repeat the run that printed this seed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
