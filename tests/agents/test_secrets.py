"""Secrets of agents at rest: what an answer masks, nobody finds in the database."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from eliza.db import Database, tables
from eliza.errors import ElizaError
from eliza.ids import to_uuid
from eliza.telltales import MASK
from tests.house_kit import House
from tests.services.sqlite import migrated

SECRETS = [f"sesame-{number}-very-secret" for number in range(9)]
TOLD: dict[str, Any] = {
    "settings": {
        "secrets": {"API": SECRETS[0], "PIN": 4711},
        "OPENAI_API_KEY": SECRETS[1],
        "deep": {"credentials": {"user": SECRETS[2], "list": [SECRETS[3]]}},
        "DATABASE": f"postgres://ada:{SECRETS[4]}@db/ada",
        "hint": f"send Authorization: Bearer {SECRETS[5]}",
        "voice": {"model": "en"},
        "maxTokens": 5,
        "looksLocked": "enc:v1:but is not",
    },
    "secrets": {"ROOT": SECRETS[6]},
    "discord": {"token": SECRETS[7]},
    "account": {"password": SECRETS[8]},
}
OPEN = {"voice": {"model": "en"}, "maxTokens": 5}

Open = Callable[..., House]


def test_no_secret_lies_open_in_the_database(house: House, data_dir: Path) -> None:
    agent = house.agent("Ada", **TOLD)
    house.http.patch(f"/api/agents/{agent}", json={"settings": {"secrets": {"LATER": "sesame-later-secret"}}})

    rows = _rows(house)
    house.close()

    stored = rows + b"".join(path.read_bytes() for path in data_dir.glob("eliza.db*"))
    assert [secret for secret in [*SECRETS, "sesame-later-secret"] if secret.encode() in stored] == []
    assert orjson.loads(rows)[str(agent)]["settings"].items() >= OPEN.items()


def test_an_agent_knows_its_secrets_and_shows_none(house: House) -> None:
    agent = house.agent("Ada", **TOLD)

    [known] = [one.character for one in house.server.agents if one.id == agent]
    answer = house.http.get(f"/api/agents/{agent}")

    nested = known.settings["secrets"]
    assert nested == {"API": SECRETS[0], "PIN": 4711, "ROOT": SECRETS[6]}
    assert {**known.settings, "secrets": TOLD["settings"]["secrets"]} == TOLD["settings"]
    assert (known.extra["discord"], known.extra["account"]) == (TOLD["discord"], TOLD["account"])
    assert answer.json["data"]["settings"]["secrets"] == dict.fromkeys(("API", "PIN", "ROOT"), MASK)
    assert [secret for secret in SECRETS if secret in answer.text] == []
    assert "enc:v1:" not in answer.text.replace("enc:v1:but is not", "")


def test_what_is_sent_back_as_it_was_shown_stays_as_it_was(house: House) -> None:
    agent = house.agent("Ada", **TOLD)
    shown = house.http.get(f"/api/agents/{agent}").json["data"]

    house.http.patch(f"/api/agents/{agent}", json={key: shown[key] for key in ("settings", "discord", "account")})

    [known] = [one.character for one in house.server.agents if one.id == agent]
    assert {**known.settings, "secrets": TOLD["settings"]["secrets"]} == TOLD["settings"]
    assert (known.extra["discord"], known.extra["account"]) == (TOLD["discord"], TOLD["account"])


def test_what_lay_open_is_locked_away_at_the_next_start(data_dir: Path) -> None:
    _leave_open(data_dir, "Ada", **TOLD)

    house = House(data_dir)
    rows = _rows(house)
    [known] = [one.character for one in house.server.agents if one.name == "Ada"]
    house.close()

    stored = rows + _on_disk(data_dir)
    assert [secret for secret in SECRETS if secret.encode() in stored] == []
    assert known.settings["OPENAI_API_KEY"] == SECRETS[1]


def test_what_a_crash_left_in_the_journal_does_not_lie_on_there(data_dir: Path) -> None:
    _leave_open(data_dir, "Ada", **TOLD)
    # Whoever holds the database open keeps its journal, as a crash does.
    with closing(sqlite3.connect(data_dir / "eliza.db")) as held:
        held.execute("UPDATE agents SET settings = settings || ' '")
        held.commit()
        assert SECRETS[1].encode() in _on_disk(data_dir)

        house = House(data_dir)

        found = [secret for secret in SECRETS if secret.encode() in _on_disk(data_dir)]
        house.close()
    assert found == []


def test_a_secret_that_is_carried_to_another_agent_does_not_open(small_house: House) -> None:
    rich, poor = small_house.agent("Rich", **TOLD), small_house.agent("Poor")

    small_house.server.database.write(lambda: _carry(rich, poor))

    with pytest.raises(ElizaError, match=f"A secret of agent {poor} .* cannot be decrypted"):
        _ = small_house.server.agents
    refused = small_house.http.get(f"/api/agents/{poor}")
    assert (refused.status_code, "sesame" in refused.text) == (500, False)


def test_nothing_of_the_environment_is_copied_into_an_agent(open_house: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRETS[0])
    house = open_house(env={"OPENAI_API_KEY": SECRETS[0], "ANYTHING": SECRETS[1]})
    agent = house.agent("Ada")
    house.room("Bob", agent).says("Bob", "Hello Ada!")

    known = [one.character.to_json() for one in house.server.agents]

    assert [one.get("settings", {}) for one in known if one["name"] == "Ada"] == [{}]
    assert [secret for secret in SECRETS if secret in orjson.dumps(known).decode()] == []
    assert orjson.loads(_rows(house))[str(agent)] == {"settings": {}, "extra": {}}


def _rows(house: House) -> bytes:
    """What the table itself holds."""
    with house.server.database.read():
        found = house.server.database.orm.execute_sql("SELECT id, settings, extra FROM agents").fetchall()
    return orjson.dumps({str(UUID(str(row[0]))): {"settings": _json(row[1]), "extra": _json(row[2])} for row in found})


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def _leave_open(data_dir: Path, name: str, **character: Any) -> None:
    """An agent as servers kept it that had no key yet."""
    database = Database.open_sqlite(migrated(data_dir / "eliza.db"))
    settings = {**character.pop("settings"), "filler": ["x" * 2000] * 5}
    settings.pop("looksLocked")
    character.pop("secrets")
    row = {"settings": settings, "extra": character, "created_at": 1, "updated_at": 1}
    database.write(lambda: tables.Agent.create(id=to_uuid(name), name=name, bio=[], **row))
    database.close()


def _carry(rich: UUID, poor: UUID) -> None:
    agent = tables.Agent
    settings = agent.get(agent.id == rich).settings
    agent.update(settings=settings).where(agent.id == poor).execute()


def _on_disk(data_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data_dir.glob("eliza.db*"))
