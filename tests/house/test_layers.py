"""The layers hold, and the tool that says so would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.processes import ROOT

_LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts, to be spoilt."""
    shutil.copytree(ROOT / "eliza", tmp_path / "eliza", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_an_import_that_points_up_is_caught(copy: Path) -> None:
    (copy / "eliza" / "db" / "upward.py").write_text("from eliza.messaging.messages import Messages\n")

    verdict = _verdict(copy)

    assert verdict.returncode == 1
    assert "eliza.db.upward -> eliza.messaging.messages" in verdict.stdout


def test_a_mind_that_imports_the_database_library_is_caught(copy: Path) -> None:
    (copy / "eliza" / "runtime" / "curious.py").write_text("import peewee\n")

    verdict = _verdict(copy)

    assert verdict.returncode == 1
    assert "eliza.runtime.curious -> peewee" in verdict.stdout


def test_no_import_is_excepted_from_the_contracts() -> None:
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()


def _verdict(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [_LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
