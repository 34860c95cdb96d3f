"""Commands: keys and people from the command line, for whoever sits at the machine and so may do everything."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from eliza.access.roles import Permission, Role
from eliza.audit.audit import COMMAND_LINE
from eliza.auth.key import ApiKey, Draft
from eliza.auth.keys import Keys
from eliza.auth.people import People
from eliza.auth.person import Change, Person
from eliza.clock import SystemClock
from eliza.db.paging import Page
from eliza.errors import ElizaError
from eliza.http.current import current

keys = AppGroup("keys", help="Keys that programs and people bring to be let in.")
people = AppGroup("people", help="Who has a name here, and what they may do.")

_ROLE = click.Choice([role.value for role in Role])
_PAGE = 500
_NONE = "-"


def add(app: Flask) -> None:
    """``flask keys`` and ``flask people``."""
    app.cli.add_command(keys)
    app.cli.add_command(people)


def _told_plainly(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is said in a sentence."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except ElizaError as failure:
            raise click.ClickException(failure.message) from None

    return run


_password = click.option(
    "--password",
    is_flag=True,
    help="Ask for a password, which is not shown.",
)


# Keys


@keys.command("create")
@click.argument("name")
@click.option("--role", type=_ROLE, default=Role.MEMBER.value, show_default=True)
@click.option("--scope", "scopes", multiple=True, type=click.Choice([one.value for one in Permission]), metavar="SCOPE")
@click.option("--person", help="Whose key it is: a username, an email address or an id.")
@click.option("--entity", type=click.UUID, help="Whom it speaks for, if nobody who has a name here.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=36_500), help="How long it is good for.")
@_told_plainly
def create_key(
    name: str, role: str, scopes: tuple[str, ...], person: str | None, entity: UUID | None, days: float | None
) -> None:
    """Make a key and show it, this once. The first one closes a server that was open.

    A SCOPE, of which there may be several, narrows the role; act-as alone comes on top of all that the role may. A
    member's or viewer's key of nobody's speaks for itself, any other key of nobody's for anybody.
    """
    draft = Draft(
        name=name,
        role=Role(role),
        scopes=frozenset(map(Permission, scopes)) or None,
        expires_at=current(SystemClock).now() + timedelta(days=days) if days else None,
        person_id=current(People).named(person).id if person else None,
        entity_id=entity,
    )
    key, secret = current(Keys).create(draft, COMMAND_LINE)
    click.echo(f"Key {key.id} ({key.role}). It is shown this once:", err=True)
    click.echo(secret)


@keys.command("list")
@_told_plainly
def list_keys() -> None:
    """List all keys, newest first."""
    _show(("ID", "NAME", "ROLE", "SPEAKS FOR", "LAST USED", "EXPIRES", "REVOKED"), map(_key_line, _all(_keys_page)))


@keys.command("revoke")
@click.argument("key_id", type=click.UUID)
@_told_plainly
def revoke_key(key_id: UUID) -> None:
    """End a key, and those that were made with it. Its sockets close within seconds."""
    for key in current(Keys).revoke(key_id, COMMAND_LINE):
        click.echo(f"Revoked {key.id} ({_plain(key.name)}).")


# People


@people.command("add")
@click.argument("username")
@click.option("--role", type=_ROLE, default=Role.MEMBER.value, show_default=True)
@click.option("--email")
@_password
@_told_plainly
def add_person(username: str, role: str, email: str | None, password: bool) -> None:
    """Add somebody. With an email address and a password they can sign in; a key can be made for them, too."""
    secret = _asked() if password else None
    person = current(People).add(COMMAND_LINE, username, Role(role), email=email, password=secret)
    click.echo(f"Added {_plain(person.username)} ({person.role}), {person.id}.")


@people.command("list")
@_told_plainly
def list_people() -> None:
    """List everybody, oldest first."""
    _show(("ID", "USERNAME", "EMAIL", "ROLE", "PASSWORD", "DISABLED"), map(_person_line, _all(_people_page)))


@people.command("role")
@click.argument("person")
@click.argument("role", type=_ROLE)
@_told_plainly
def change_role(person: str, role: str) -> None:
    """Let somebody be something else from now on. They have to sign in again."""
    _change(person, Change(role=Role(role)))


@people.command("password")
@click.argument("person")
@_told_plainly
def change_password(person: str) -> None:
    """Give somebody another password, which is asked for. They have to sign in again."""
    current(People).named(person)
    _change(person, Change(password=_asked()))


@people.command("disable")
@click.argument("person")
@click.option("--undo", is_flag=True, help="Let them come in again.")
@_told_plainly
def disable_person(person: str, undo: bool) -> None:
    """Let somebody come in no more, by whatever they bring."""
    _change(person, Change(is_disabled=not undo))


@people.command("remove")
@click.argument("person")
@_told_plainly
def remove_person(person: str) -> None:
    """Forget somebody and their keys. What they said stays."""
    gone = current(People).delete(COMMAND_LINE, current(People).named(person).id)
    click.echo(f"Removed {_plain(gone.username)}.")


def _change(name: str, change: Change) -> None:
    changed = current(People).change(COMMAND_LINE, current(People).named(name).id, change)
    click.echo(f"Changed {_plain(changed.username)} ({changed.role}).")


def _asked() -> str:
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


# How lists are shown


def _keys_page(cursor: str | None) -> Page[ApiKey]:
    return current(Keys).page(COMMAND_LINE, limit=_PAGE, cursor=cursor)


def _people_page(cursor: str | None) -> Page[Person]:
    return current(People).page(limit=_PAGE, cursor=cursor)


def _all(page_at: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    page = page_at(None)
    yield from page.items
    while page.next is not None:
        page = page_at(page.next)
        yield from page.items


def _key_line(key: ApiKey) -> tuple[str, ...]:
    speaks_for = str(key.entity_id) if key.entity_id else "anybody"
    moments = (key.last_used_at, key.expires_at, key.revoked_at)
    return (str(key.id), _plain(key.name), key.role, speaks_for, *map(_moment, moments))


def _person_line(person: Person) -> tuple[str, ...]:
    words = ("yes" if person.has_password else "no", "yes" if person.is_disabled else "no")
    return (str(person.id), _plain(person.username), _plain(person.email or _NONE), person.role, *words)


def _moment(moment: datetime | None) -> str:
    return _NONE if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _plain(text: str) -> str:
    """A name that moves no terminal, whatever somebody calls themselves."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _show(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> None:
    table = [head, *lines]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        click.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())
