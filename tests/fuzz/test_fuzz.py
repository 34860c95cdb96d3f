"""A first look by schemathesis, the same every time. ``make fuzz`` looks longer."""

from pathlib import Path

from tests.fuzz.running import Effort, fuzz


def test_no_answer_is_an_error_or_something_else_than_described(tmp_path: Path) -> None:
    report = fuzz(tmp_path, Effort("fuzzing", examples=2, seed=1, things=6), {})

    assert report.failures == (), report.said
    assert report.operations > 100
    assert report.accepted > 100
