"""Unlocking: the key at the start of the server, and that it is the one the database was written with."""

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
            f"The secrets in the database are encrypted with a key, and {path} is missing. Bring the file back, "
            "or set ELIZA_SECRET_KEY to what it holds. Servers that share a database need the same key. "
            "If it is gone for good, run: flask secrets give-up"
        )


class WrongKey(ConfigurationError):
    def __init__(self, source: str) -> None:
        super().__init__(
            f"The secrets in the database are encrypted with another key than the one in {source}. Put that one "
            "there, or name it behind the new one in ELIZA_SECRET_KEY, with a comma between them. Servers that share "
            "a database need the same key. If it is gone for good, run: flask secrets give-up"
        )


def open_vault(database: Database, directory: Path, given: Sequence[str]) -> Vault:
    """The vault with the keys that were ``given``, or else with the one in ``directory``, made at the first start.

    None is made where the database speaks of one already. Raises a ``ConfigurationError`` that says what to do.
    """
    with database.read():
        known = _fingerprint_in_database()
    vault = Vault(*given) if given else Vault(_kept(directory, is_first=known == _NONE))
    if known not in {_NONE, *_fingerprints(vault)}:
        raise WrongKey(_source(directory, given))
    return vault


def use_current_key(database: Database, vault: Vault, reencrypt: Callable[[], None]) -> None:
    """See to it that the vault's first key is what everything is encrypted with.

    ``reencrypt`` writes all secrets anew, within a unit of work. It is called at the first start, when they still lie
    open, and when the key was replaced; otherwise one row is read. Raises ``WrongKey`` if another server, with
    another key, was first in this very moment.
    """
    current, *older = _fingerprints(vault)

    def work() -> None:
        check = tables.KeyCheck
        check.insert(id=_ROW, fingerprint=_NONE).on_conflict_ignore().execute()
        known = _fingerprint_in_database(alone=database.dialect == "postgres")
        if known == current:
            return
        if known not in {_NONE, *older}:
            raise WrongKey("use here")
        if database.dialect == "sqlite":  # Or what lay open would stay in the gaps of the file.
            database.orm.execute_sql("PRAGMA secure_delete = 1")
        reencrypt()
        check.update(fingerprint=current).where(check.id == _ROW).execute()

    with database.read():
        is_settled = _fingerprint_in_database() == current
    if not is_settled:
        database.write(work)
        _empty_journal(database)


def _empty_journal(database: Database) -> None:
    """What lay open must not lie on in SQLite's journal, where a crash may have left it."""
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


def _fingerprint_in_database(*, alone: bool = False) -> str:
    query = tables.KeyCheck.select().where(tables.KeyCheck.id == _ROW)
    row = (query.for_update() if alone else query).first()
    return _NONE if row is None else str(row.fingerprint)


def _source(directory: Path, given: Sequence[str]) -> str:
    return "ELIZA_SECRET_KEY" if given else str(directory / NAME)
