"""Clock: a moment is the same on the wire, in the tables and in between."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from eliza.clock import SystemClock, from_milliseconds, milliseconds
from eliza.http.envelope import iso
from eliza.testing.clock import NOON, FrozenClock


@pytest.mark.parametrize("value", [0, 1, 999, 1_795_400_498_708, 1_795_400_498_999, 253_402_300_799_000, -1])
def test_milliseconds_come_back_as_they_went(value: int) -> None:
    assert milliseconds(from_milliseconds(value)) == value


@pytest.mark.parametrize("microsecond", [0, 499, 500, 999, 999_499, 999_500, 999_999])
def test_the_wire_tells_the_moment_that_is_kept(microsecond: int) -> None:
    moment = NOON.replace(microsecond=microsecond)

    kept = from_milliseconds(milliseconds(moment))

    assert iso(moment) == iso(kept)
    assert kept <= moment


def test_a_moment_is_told_as_javascript_tells_it() -> None:
    elsewhere = datetime(2026, 3, 1, 14, 0, 0, 7_000, tzinfo=timezone(timedelta(hours=2)))

    assert iso(elsewhere) == "2026-03-01T12:00:00.007Z"


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_frozen_clock_moves_by_hand_only() -> None:
    clock = FrozenClock()

    before = (clock.now(), clock.monotonic())
    clock.advance(1.5)

    assert before == (NOON, 0.0)
    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(seconds=1.5), 1.5)
