"""Background: work that nobody waits for, and that nobody's failure ends."""

import gevent
import pytest
from gevent.event import Event

from eliza.background import Background, Greenlets, Immediate
from tests.services.waiting import eventually


@pytest.mark.parametrize("background", [Greenlets(), Immediate()], ids=["greenlets", "immediate"])
def test_work_is_done(background: Background) -> None:
    done: list[str] = []

    background.run(lambda: done.append("once"))

    eventually(lambda: done == ["once"])
    background.stop()


def test_work_that_fails_reaches_nobody() -> None:
    background, done = Greenlets(), list[str]()

    def fail() -> None:
        raise RuntimeError("as expected")

    background.run(fail)
    background.run(lambda: done.append("next"))

    eventually(lambda: done == ["next"])
    background.stop()


def test_work_is_repeated_also_after_it_failed() -> None:
    background, tries = Greenlets(), list[int]()

    def work() -> None:
        tries.append(len(tries))
        raise RuntimeError("again")

    background.every(0.001, work)

    eventually(lambda: len(tries) >= 3)
    background.stop()


def test_nothing_is_repeated_after_the_stop() -> None:
    background, tries = Greenlets(), list[int]()
    background.every(0.001, lambda: tries.append(1))
    eventually(lambda: tries)

    background.stop()
    counted = len(tries)
    gevent.idle()

    assert len(tries) == counted


def test_a_stop_lets_running_work_end() -> None:
    background, may_end, ended = Greenlets(), Event(), list[str]()

    def work() -> None:
        may_end.wait()
        ended.append("well")

    background.run(work)
    gevent.spawn(may_end.set)
    background.stop(timeout=5)

    assert ended == ["well"]


def test_a_stop_cuts_off_work_that_does_not_end() -> None:
    background, begun, cut_off = Greenlets(), Event(), list[str]()

    def work() -> None:
        try:
            begun.set()
            Event().wait()
        except gevent.GreenletExit:
            cut_off.append("yes")
            raise

    background.run(work)
    begun.wait()
    background.stop(timeout=0.01)

    assert cut_off == ["yes"]


def test_immediate_work_repeats_when_the_test_says_so() -> None:
    background, ticks = Immediate(), list[str]()
    background.every(60, lambda: ticks.append("tick"))

    background.tick()
    background.tick()

    assert ticks == ["tick", "tick"]
