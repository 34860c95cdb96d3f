"""Sweep: a file is gone with the last that shows it, from the table and from the disk, and not a moment before."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eliza.clock import SystemClock
from eliza.db import tables
from eliza.media.sweep import Sweep
from eliza.media.uploads import Uploads
from eliza.messaging.messages import Draft
from tests.house_kit import House, Room, id_of
from tests.media.sending import png, send, to_agent, uploaded
from tests.services.waiting import eventually

ABANDONED = "0123456789abcdef0123456789abcdef"


def files(house: House) -> list[Path]:
    settings = house.server.settings
    return [
        path
        for root in (settings.agent_uploads_dir, settings.channel_uploads_dir)
        for path in root.rglob("*")
        if path.is_file()
    ]


def is_served(house: House, url: str) -> bool:
    return house.http.get(url).status_code == 200


def shows(room: Room, url: str) -> UUID:
    return UUID(room.says("Ada", "Look!", raw_message={"attachments": [{"url": url, "contentType": "image"}]})["id"])


def is_noted(house: House, message_id: UUID) -> bool:
    with house.server.database.read():
        return bool(tables.UploadUse.select().where(tables.UploadUse.message == message_id).exists())


def is_swept(house: House, url: str) -> None:
    eventually(lambda: not is_served(house, url) and files(house) == [])


def sweep(house: House) -> Sweep:
    """As another worker would do it."""
    uploads = Uploads(house.server.database, SystemClock(), house.server.settings)
    return Sweep(house.server.database, uploads)


def delete(room: Room, message_id: UUID) -> None:
    assert room.house.http.delete(f"{room.url}/{message_id}").status_code == 204


@pytest.mark.parametrize("holder", ["raw_message", "metadata"])
@pytest.mark.parametrize("host", ["", "http://localhost:3000"], ids=["path", "whole URL"])
def test_a_file_goes_with_the_last_message_that_shows_it(small_house: House, holder: str, host: str) -> None:
    room = small_house.room("Ada", "Bob")
    url = uploaded(to_agent(small_house, png()))["url"]
    first, second = (
        UUID(room.says("Ada", "Look!", **{holder: {"attachments": [{"url": host + url}]}})["id"]) for _ in range(2)
    )

    delete(room, first)
    sweep(small_house).everything()
    assert is_served(small_house, url)

    delete(room, second)
    is_swept(small_house, url)


def test_a_file_is_held_from_the_moment_its_message_is_stored(house: House) -> None:
    room, server = house.room("Ada", "Bob"), house.server
    attachments = [{"url": uploaded(to_agent(house, png()))["url"]}]
    draft = Draft(room.id, id_of("Ada"), "Look!", raw={"attachments": attachments})

    assert server.database.write(lambda: is_noted(house, server.create_message(draft).id))


def test_a_file_goes_when_its_message_shows_another_instead(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    old, new = (uploaded(to_agent(small_house, png()))["url"] for _ in range(2))
    said = shows(room, old)

    changed = small_house.http.patch(
        f"/api/messaging/messages/{said}", json={"rawMessage": {"attachments": [{"url": new}]}}
    )

    assert changed.status_code == 200
    eventually(lambda: not is_served(small_house, old))
    assert is_served(small_house, new)
    delete(room, said)
    is_swept(small_house, new)


def test_a_cleared_channel_takes_its_pictures_along(house: House) -> None:
    room = house.room("Ada", "Bob")
    url = uploaded(to_agent(house, png()))["url"]
    shows(room, url)

    house.http.delete(room.url)

    is_swept(house, url)


def test_a_channel_takes_along_what_was_sent_to_it(house: House) -> None:
    room = house.room("Ada", "Bob")
    url = uploaded(send(house, f"/api/messaging/channels/{room.id}/upload-media", png()))["url"]

    house.http.delete(f"/api/messaging/channels/{room.id}")

    is_swept(house, url)


def test_an_agent_takes_along_what_was_sent_to_it(house: House) -> None:
    bob = house.agent("Bob")
    url = uploaded(send(house, f"/api/media/agents/{bob}/upload-media", png()))["url"]

    house.http.delete(f"/api/agents/{bob}")

    is_swept(house, url)


def test_what_no_message_has_shown_yet_stays(small_house: House) -> None:
    url = uploaded(to_agent(small_house, png()))["url"]

    sweep(small_house).everything()

    assert is_served(small_house, url)


@pytest.mark.parametrize(
    "attachments",
    ["text", [1, None, {"url": 7}, {"url": "http://[x"}, {"url": "/media/uploads/agents/x/y.png"}], {"url": "/"}],
    ids=["text", "odd things", "object"],
)
def test_odd_attachments_show_nothing(small_house: House, attachments: Any) -> None:
    room = small_house.room("Ada", "Bob")
    url = uploaded(to_agent(small_house, png()))["url"]

    message = room.says("Ada", "Look!", raw_message={"attachments": attachments})
    delete(room, UUID(message["id"]))

    assert is_served(small_house, url)


def test_what_a_dead_process_left_is_deleted_after_a_while(small_house: House) -> None:
    _is_as_old_as_time(small_house)
    kept = uploaded(to_agent(small_house, png()))["url"]
    folder = files(small_house)[0].parent
    left = [folder / f"{ABANDONED}{ending}" for ending in (".part", ".png")]
    young, foreign = folder / f"{ABANDONED}.gif", folder / "1699999999-holiday.png"
    for path in (*left, young, foreign, *files(small_house)):
        path.touch()
        if path is not young:
            os.utime(path, (0, 0))

    sweep(small_house).everything()

    assert [path.exists() for path in left] == [False, False]
    assert (young.exists(), foreign.exists(), is_served(small_house, kept)) == (True, True, True)


def test_files_that_are_older_than_the_database_stay(small_house: House) -> None:
    uploaded(to_agent(small_house, png()))
    folder = files(small_house)[0].parent
    of_another, half = folder / f"{ABANDONED}.png", folder / f"{ABANDONED}.part"
    for path in (of_another, half):
        path.touch()
        os.utime(path, (0, 0))

    sweep(small_house).everything()

    assert (of_another.exists(), half.exists()) == (True, False)


def test_what_a_process_deleted_before_it_died_is_swept_by_another(house: House) -> None:
    room = house.room("Ada", "Bob")
    url = uploaded(to_agent(house, png()))["url"]
    said = shows(room, url)
    eventually(lambda: is_noted(house, said))
    house.server.database.write(lambda: tables.Message.delete().where(tables.Message.id == said).execute())

    sweep(house).everything()

    is_swept(house, url)


def _is_as_old_as_time(house: House) -> None:
    """Its database was there before any file."""
    house.server.database.write(lambda: tables.MessageServer.update(created_at=0).execute())
