"""Unlocking: finds the key when the server starts, and checks that the database was encrypted with it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from eliza.db import Database, tables
from eliza.errors import ConfigurationError
from eliza.vault.key import NAME, make_key, read_key
from eliza.vault.vault import Vault

_ROW = 1
_NONE = ""


class MissingKey(ConfigurationError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The secrets in the database are encrypted, but the key file {path} is missing. Restore the file, "
            "or set ELIZA_SECRET_KEY to its content. Servers that share a database need the same key. "
            "If the key is lost for good, run: flask secrets give-up"
        )


class WrongKey(ConfigurationError):
    def __init__(self, source: str) -> None:
        super().__init__(
            f"The secrets in the database are encrypted with another key than the one in {source}. Restore the "
            "other key, or set ELIZA_SECRET_KEY to the new key, a comma and the other key. Servers that share a "
            "database need the same key. If the key is lost for good, run: flask secrets give-up"
        )


def open_vault(database: Database, directory: Path, given: Sequence[str]) -> Vault:
    """The vault with the keys that are ``given``, else with the key in ``directory``, created at the first start.

    No key is created if the database already uses one. Raises a ``ConfigurationError`` that says what to do.
    """
    with database.read():
        known = _fingerprint_in_database()
    vault = Vault(*given) if given else Vault(_kept(directory, is_first=known == _NONE))
    if known not in {_NONE, *_fingerprints(vault)}:
        raise WrongKey(_source(directory, given))
    return vault


def use_current_key(database: Database, vault: Vault, reencrypt: Callable[[], None]) -> None:
    """Make sure that everything is encrypted with the first key of the vault.

    ``reencrypt`` writes all secrets again, within a unit of work. It is called at the first start, when they are still
    plain text, and when the key was replaced. Otherwise one row is read. Raises ``WrongKey`` if another server has
    just set a different key.
    """
    current, *older = _fingerprints(vault)

    def work() -> None:
        check = tables.KeyCheck
        check.insert(id=_ROW, fingerprint=_NONE).on_conflict_ignore().execute()
        known = _fingerprint_in_database(locked=database.dialect == "postgres")
        if known == current:
            return
        if known not in {_NONE, *older}:
            raise WrongKey("use by this server")
        if database.dialect == "sqlite":  # Otherwise plain text would remain in unused parts of the file.
            database.orm.execute_sql("PRAGMA secure_delete = 1")
        reencrypt()
        check.update(fingerprint=current).where(check.id == _ROW).execute()

    with database.read():
        is_settled = _fingerprint_in_database() == current
    if not is_settled:
        database.write(work)
        _empty_journal(database)


def _empty_journal(database: Database) -> None:
    """Remove plain text from SQLite's write-ahead log."""
    if database.dialect == "sqlite":
        with database.read():
            database.orm.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _kept(directory: Path, *, is_first: bool) -> str:
    if is_first:
        return make_key(directory)
    key = read_key(directory)
    if key is None:
        raise MissingKey(directory / NAME)
    return key


def _fingerprints(vault: Vault) -> list[str]:
    purpose = "fingerprint"
    return [key.hex() for key in (vault.derive(purpose), *vault.derive_older(purpose))]


def _fingerprint_in_database(*, locked: bool = False) -> str:
    query = tables.KeyCheck.select().where(tables.KeyCheck.id == _ROW)
    row = (query.for_update() if locked else query).first()
    return _NONE if row is None else str(row.fingerprint)


def _source(directory: Path, given: Sequence[str]) -> str:
    return "ELIZA_SECRET_KEY" if given else str(directory / NAME)
