"""Owner: whether the process that holds a turn still lives, as far as another can tell."""

import os
import subprocess
import sys
from dataclasses import replace

import psutil

from eliza.turns.owner import Owner


def test_an_owner_is_read_as_it_was_written() -> None:
    owner = Owner("a/host-with.slashes", 42, 1_700_000_000)

    assert Owner.parse(str(owner)) == owner


def test_who_asks_is_alive() -> None:
    me = Owner.myself()

    assert me.pid == os.getpid()
    assert not me.is_known_dead(seen_from=me)


def test_another_process_of_the_host_is_alive_until_it_ends() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = replace(Owner.myself(), pid=process.pid, born=int(psutil.Process(process.pid).create_time()))

    before = owner.is_known_dead(seen_from=Owner.myself())
    process.communicate(b"\n")

    assert (before, owner.is_known_dead(seen_from=Owner.myself())) == (False, True)


def test_a_process_that_got_the_id_of_a_dead_one_is_not_taken_for_it() -> None:
    mine = Owner.myself()
    predecessor = replace(mine, born=mine.born - 1000)

    assert predecessor.is_known_dead(seen_from=replace(mine, pid=1))


def test_nothing_is_known_of_a_process_on_another_host() -> None:
    assert not Owner("another-host", 1, 1).is_known_dead(seen_from=Owner.myself())
