"""Bodies of a size that was set, and failures that nobody foresaw."""

from collections.abc import Callable

import pytest

from tests.house_kit import House


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_limit_for_a_body_can_be_set(open_house: Callable[..., House]) -> None:
    house = open_house(max_payload=1000)
    room = house.room("Ada", "Bob")

    assert room.post("Ada", "x" * 500).status_code == 201
    assert room.post("Ada", "x" * 1500).status_code == 413


def test_what_nobody_foresaw_is_told_by_a_reference_that_is_in_the_log(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    @small_house.server.app.get("/api/broken")
    def broken() -> str:
        raise RuntimeError("the s3cret inside")

    answer = small_house.http.get("/api/broken")

    [record] = [record for record in caplog.records if record.getMessage() == "request failed"]
    assert answer.status_code == 500
    assert "s3cret" not in answer.text
    assert record.__dict__["reference"] in answer.json["error"]["message"]
