"""Keeping: what both databases have a say in when a file is taken in."""

from collections.abc import Callable

from tests.house_kit import House
from tests.media.sending import MP3, png, to_agent, uploaded


def test_a_picture_is_kept_under_a_name_of_ours_and_shown_as_what_it_is(house: House) -> None:
    upload = uploaded(to_agent(house, png(), "../../x.html"))

    served = house.http.get(upload["url"])

    assert {**upload, "url": "", "filename": ""} == {
        "url": "",
        "filename": "",
        "type": "image",
        "originalName": "x.html",
        "size": len(png()),
    }
    assert upload["filename"].endswith(".png")
    assert upload["url"] == f"/media/uploads/agents/{house.eliza}/{upload['filename']}"
    assert (served.status_code, served.data, served.headers["Content-Type"]) == (200, png(), "image/png")
    assert served.headers["Content-Disposition"] == "inline; filename=x.png"


def test_all_uploads_together_have_a_limit(open_house: Callable[..., House]) -> None:
    house = open_house(upload_quota=1000)
    uploaded(to_agent(house, MP3 * 6))

    answer = to_agent(house, MP3 * 5)

    assert (answer.status_code, answer.json["error"]["code"]) == (507, "STORAGE_FULL")
    uploaded(to_agent(house, MP3))
