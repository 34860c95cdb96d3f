"""Resolver: host names are resolved on threads of their own, so that a dead name server blocks nobody else."""

import socket
from typing import Any

import gevent
import pytest
from gevent.monkey import get_original

from eliza.outgoing import FetchTimedOut, ForbiddenAddress, Outgoing
from eliza.outgoing.resolver import Resolver
from tests.house_kit import at_once


def test_each_address_is_told_once() -> None:
    assert Resolver()("127.0.0.1", 80) == ["127.0.0.1"]


def test_a_name_that_nobody_knows_has_none() -> None:
    def ask(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror

    assert Resolver(ask)("nobody.example", 80) == []
    with pytest.raises(ForbiddenAddress):
        Outgoing(resolve=Resolver(ask)).fetch("http://nobody.example/", most_bytes=1, seconds=5)


def test_a_name_server_that_never_answers_keeps_nobody_else_from_working() -> None:
    answered = get_original("_thread", "allocate_lock")()
    answered.acquire()

    def ask(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        with answered:
            return []

    asking = Outgoing(resolve=Resolver(ask))
    at_once(*[lambda: _in_vain(asking) for _ in range(20)])

    with gevent.Timeout(5):
        assert gevent.get_hub().threadpool.apply(len, ([],)) == 0
    answered.release()


def _in_vain(asking: Outgoing) -> None:
    with pytest.raises(FetchTimedOut):
        asking.fetch("http://slow.example/", most_bytes=1, seconds=0.1)
