"""A full disk: whoever is told that something was stored finds it, everybody else is told why not, and it passes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from gevent.event import Event

from eliza.testing.scripted import ScriptedModel
from tests.house_kit import Answer, House, Room, at_once
from tests.media.sending import png, to_agent
from tests.services.disk import SmallDisk
from tests.services.postgres import PostgresServer
from tests.services.waiting import eventually

_LONG = "x" * 20_000


@pytest.fixture
def cramped(disk: SmallDisk) -> Iterator[House]:
    with closing(House(disk.folder / "data")) as house:
        yield house


def test_what_was_acknowledged_is_there_and_the_rest_is_refused_by_name(cramped: House, disk: SmallDisk) -> None:
    room, ada = cramped.room("Ada", "Bob"), cramped.socket("Ada")
    kept = [_said(room, number) for number in range(3)]
    disk.fill()

    answers = at_once(*[lambda number=number: room.post("Ada", f"{number} {_LONG}") for number in range(3, 23)])
    over_socket = ada.says(room, _LONG)
    the_file = to_agent(cramped, png())
    seen_meanwhile = room.history()

    refused = [answer for answer in answers if answer.status_code != 201]
    assert {_refusal(answer) for answer in refused} == {(507, "30", "DISK_FULL")}
    assert over_socket["code"] == ada.hears("messageError")["code"] == "DISK_FULL"
    assert _refusal(the_file)[::2] == (507, "DISK_FULL")
    kept += [answer.json["userMessage"] for answer in answers if answer.status_code == 201]
    assert seen_meanwhile == [message["content"] for message in kept]

    disk.make_room()

    kept.append(_said(room, 99))
    assert [message["id"] for message in room.messages(after_seq=0, limit=1000)] == [message["id"] for message in kept]
    assert [message["seq"] for message in kept] == list(range(1, len(kept) + 1))
    assert ada.says(room, "Again.")["ok"]
    assert to_agent(cramped, png()).status_code == 200


def test_an_answer_that_finds_no_room_is_kept_in_mind_until_there_is_some(disk: SmallDisk) -> None:
    gate = Event()
    model = ScriptedModel("All is well.", gate=gate)
    with closing(House(disk.folder / "data", model=model)) as house:
        room = house.private("Ada", house.eliza)
        room.says("Ada", "Hi!")
        eventually(lambda: model.prompts)
        disk.fill()
        gate.set()
        eventually(lambda: "the database is away; the outcome waits" in _log(house))

        disk.make_room()

        room.reads("Hi!", "All is well.")
        assert len(model.prompts) == 1


def test_a_file_that_does_not_fit_leaves_nothing_behind(cramped: House, disk: SmallDisk) -> None:
    answer = to_agent(cramped, png() + bytes(20 << 20))

    assert _refusal(answer)[::2] == (507, "DISK_FULL")
    assert [path for path in _files(disk.folder) if "uploads" in path.parts] == []
    assert to_agent(cramped, png()).status_code == 200


def test_a_full_disk_under_postgres_has_the_same_name(data_dir: Path, own_postgres: PostgresServer) -> None:
    with own_postgres.database() as url, closing(House(data_dir, url)) as house:
        room = house.room("Ada", "Bob")
        with own_postgres.without_room(url, "central_messages"):
            refused = room.post("Ada", "Hello?")
        room.says("Ada", "Hello again?")

        assert _refusal(refused) == (507, "30", "DISK_FULL")
        assert room.history() == ["Hello again?"]


def _said(room: Room, number: int) -> dict[str, object]:
    return room.says("Ada", f"{number} {_LONG}")


def _refusal(answer: Answer) -> tuple[int, str | None, str]:
    error = answer.json["error"]
    code = error["code"] if isinstance(error, dict) else answer.json["code"]
    return answer.status_code, answer.headers.get("Retry-After"), code


def _log(house: House) -> str:
    return house.http.get("/api/server/logs").text


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
