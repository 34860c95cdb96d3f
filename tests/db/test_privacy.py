"""Privacy: who else has an account on the machine reads nothing, wherever the data folder stands open."""

from pathlib import Path

from eliza.db import Database, tables
from eliza.testing.clock import NOON


def test_a_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database.open_sqlite(tmp_path / "eliza.db")
    database.write(_leave_a_mark)

    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    database.close()

    assert modes == {"eliza.db": 0o600, "eliza.db-wal": 0o600, "eliza.db-shm": 0o600}


def test_one_that_stood_open_is_closed_to_all_but_its_group(tmp_path: Path) -> None:
    path = tmp_path / "eliza.db"
    Database.open_sqlite(path).close()
    path.chmod(0o644)

    Database.open_sqlite(path).close()

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_made_for_it_is_closed(tmp_path: Path) -> None:
    Database.open_sqlite(tmp_path / "data" / "eliza.db").close()

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def _leave_a_mark() -> None:
    tables.MessageServer.create(name="a mark", source_type="test", created_at=NOON, updated_at=NOON)
