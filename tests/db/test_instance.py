"""Instance: two servers never write to one SQLite directory."""

import sys
from pathlib import Path

import gevent
import pytest

from eliza.db.instance import DirectoryInUse, InstanceLock
from tests.services.processes import Process, clean_environment
from tests.services.waiting import eventually

_HOLDING = "import sys, time; from pathlib import Path; from eliza.db.instance import *; "
_HOLDING += "lock = InstanceLock(Path(sys.argv[1])); lock.acquire(0); "


def test_a_second_process_is_told_who_is_in_its_way(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = InstanceLock(data)
    first.acquire(0)

    second = _process(tmp_path, data, "print('never')")

    assert second.wait(within=20) != 0
    first.release()
    assert f"DirectoryInUse: Another server is using {data}. Stop it, choose another ELIZA_DATA_DIR" in second.log


def test_the_lock_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    data = tmp_path / "data"
    holder = _process(tmp_path, data, "print('mine', flush=True); time.sleep(60)")
    eventually(lambda: holder.log == "mine\n", within=20)
    with pytest.raises(DirectoryInUse):
        InstanceLock(data).acquire(0)

    holder.kill()

    InstanceLock(data).acquire(0)


def test_who_comes_while_the_other_is_leaving_waits_for_it(tmp_path: Path) -> None:
    leaving, coming = InstanceLock(tmp_path), InstanceLock(tmp_path)
    leaving.acquire(0)
    gevent.spawn_later(0.05, leaving.release)

    coming.acquire(10)

    with pytest.raises(DirectoryInUse):
        leaving.acquire(0)


def test_letting_go_of_what_one_does_not_hold_is_no_error(tmp_path: Path) -> None:
    InstanceLock(tmp_path).release()


def _process(folder: Path, data: Path, then: str) -> Process:
    command = [sys.executable, "-c", _HOLDING + then, str(data)]
    return Process(command, log_path=folder / "log", env=clean_environment(folder), cwd=folder)
