"""Several workers: only where they can share what they know."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.processes import HOST, ROOT, clean_environment, free_port
from tests.transport.serving import APP, OURS, gunicorn

POSTGRES = {"POSTGRES_URL": "postgresql://nobody@127.0.0.1/none"}


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({}, "Error: 2 workers cannot share SQLite; set POSTGRES_URL, or use one worker"),
        (POSTGRES, "Error: 2 workers share their sockets through Redis; set REDIS_URL, or use one worker"),
    ],
    ids=["SQLite", "no Redis"],
)
def test_several_workers_are_refused_where_they_share_nothing(
    env: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--workers", "2"]

    refused = subprocess.run(
        [*command, "--bind", f"{HOST}:{free_port()}", APP],
        env={**clean_environment(tmp_path), **env},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert refused.returncode != 0
    assert [line for line in refused.stderr.splitlines() if "rror" in line] == [complaint]


def test_several_workers_are_let_where_they_share_everything(tmp_path: Path) -> None:
    served = gunicorn(tmp_path, OURS, "--workers", "2", **POSTGRES, REDIS_URL="redis://127.0.0.1:1/0")
    served.kill()
