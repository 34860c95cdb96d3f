"""Exposure: a server without any credential listens on loopback addresses only.

``python -m eliza.auth.exposure <address> …`` does the check in a process of its own, for gunicorn's arbiter: what
the check imports must not be loaded there before gevent has patched the workers' copies.
"""

import shutil
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg

from eliza.config import Settings, is_loopback
from eliza.errors import ConfigurationError

_SECONDS = 5
_HAS_CREDENTIALS = "SELECT EXISTS (SELECT 1 FROM people) OR EXISTS (SELECT 1 FROM api_keys WHERE revoked_at IS NULL)"


class OpenToOthers(ConfigurationError):
    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} can be reached from other machines, and this server has no key yet. "
            f"Make one with: {_flask()} keys create <name>. Or set ELIZA_SERVER_AUTH_TOKEN."
        )


def require_a_key(settings: Settings, addresses: Iterable[str]) -> None:
    """Raises ``ConfigurationError`` if one of the addresses is not loopback and there is no credential at all."""
    reachable = [address for address in addresses if not is_loopback(address)]
    if reachable and not _is_closed_by(settings) and not _has_credentials(settings):
        raise OpenToOthers(reachable[0] or "Every address of this machine")


def _flask() -> str:
    """The ``flask`` of this environment, as it is typed in the current folder."""
    program = Path(sys.executable).with_name("flask")
    if not program.exists() or shutil.which("flask") == str(program):
        return "flask"
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)


def _is_closed_by(settings: Settings) -> bool:
    tokens = settings.tokens
    by_another_service = tokens.public_key or tokens.jwks_url or (tokens.secret and (tokens.issuer or tokens.audience))
    return bool(settings.auth_token or by_another_service)


def _has_credentials(settings: Settings) -> bool:
    return _on_postgres(settings.postgres_url) if settings.postgres_url else _on_sqlite(settings)


def _on_postgres(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS) as connection:
            return _is_true(connection.execute(_HAS_CREDENTIALS).fetchone())
    except psycopg.errors.UndefinedTable:
        return False
    except psycopg.Error as failure:
        raise ConfigurationError(f"The database cannot be asked whether there is a key: {failure}") from failure


def _on_sqlite(settings: Settings) -> bool:
    path = settings.data_dir / "eliza.db"
    if not path.exists():
        return False
    connection = sqlite3.connect(path, timeout=_SECONDS)
    try:
        return _is_true(connection.execute(_HAS_CREDENTIALS).fetchone())
    except sqlite3.OperationalError as failure:
        if "no such table" in str(failure):
            return False
        raise ConfigurationError(f"The database cannot be asked whether there is a key: {failure}") from failure
    finally:
        connection.close()


def _is_true(row: tuple[object, ...] | None) -> bool:
    return row is not None and bool(row[0])


if __name__ == "__main__":
    try:
        require_a_key(Settings.from_env(), sys.argv[1:])
    except ConfigurationError as error:
        sys.exit(f"Error: {error.message}")
