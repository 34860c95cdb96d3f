"""The server's key file: made once, closed to others, and no other one taken in silence."""

import os
import sys
from pathlib import Path

import pytest

from eliza.errors import ConfigurationError
from eliza.vault.key import NAME, make_key, read_key
from tests.services.processes import Process, clean_environment

_MAKING = (
    "import sys; from pathlib import Path; from eliza.vault.key import make_key; print(make_key(Path(sys.argv[1])))"
)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    key = make_key(folder)

    assert len(key) >= 43
    assert make_key(folder) == read_key(folder) == key
    assert (folder.stat().st_mode & 0o777, (folder / NAME).stat().st_mode & 0o777) == (0o700, 0o600)
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_there_is_no_key_before_one_is_made(tmp_path: Path) -> None:
    assert read_key(tmp_path) is None


def test_processes_that_make_it_together_get_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    processes = [_making(folder, tmp_path / str(number)) for number in range(4)]

    ends = {(process.wait(within=30), process.log) for process in processes}

    assert ends == {(0, f"{read_key(folder)}\n")}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620], ids=["group", "everybody", "group may write"])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path)
    (tmp_path / NAME).chmod(mode)

    with pytest.raises(ConfigurationError, match=f"chmod 600 {tmp_path / NAME}"):
        make_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40], ids=["empty", "short", "no text"])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(ConfigurationError, match=f"{path} cannot be used"):
        read_key(tmp_path)


def test_a_folder_that_takes_no_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("A file stands where the folder should be.")

    with pytest.raises(ConfigurationError, match="set ELIZA_SECRET_KEY instead"):
        make_key(tmp_path / "data")


def _making(folder: Path, home: Path) -> Process:
    home.mkdir()
    command = [sys.executable, "-c", _MAKING, str(folder)]
    return Process(command, log_path=home / "log", env={**os.environ, **clean_environment(home)}, cwd=home)
