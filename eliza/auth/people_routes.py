"""Routes of people, for admins."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.auth import bodies, wire
from eliza.auth.people import People
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, created, nothing, ok
from eliza.http.paging import Paging, paged
from eliza.http.principal import current_principal

bp = Blueprint("people", __name__, url_prefix="/api/people")
envelope.speak(bp, envelope.coded)


@bp.get("")
@api.returns(Ok[wire.PeopleJson])
def list_people(query: Paging) -> ResponseReturnValue:
    """Oldest first."""
    page = current(People).page(limit=query.limit, cursor=query.cursor)
    return paged(ok({"people": page.map(wire.person).items}), page)


@bp.post("")
@api.returns(Ok[wire.PersonJson], status=201)
def create_person(json: bodies.NewPerson) -> ResponseReturnValue:
    """Nobody can add somebody who may more than they may themselves."""
    person = current(People).add(
        current_principal(), json.username, json.role, email=json.email, password=json.password
    )
    return created(wire.person(person))


@bp.get("/<person_id>")
@api.returns(Ok[wire.PersonJson])
def get_person(person_id: UUID) -> ResponseReturnValue:
    return ok(wire.person(current(People).get(person_id)))


@bp.patch("/<person_id>")
@api.returns(Ok[wire.PersonJson])
def change_person(person_id: UUID, json: bodies.PersonChange) -> ResponseReturnValue:
    """A new role or password, and being disabled, end their tokens and logins at once."""
    change = json.change()
    person = current(People).change(current_principal(), person_id, change)
    return ok(wire.person(person))


@bp.delete("/<person_id>")
@api.returns(status=204)
def delete_person(person_id: UUID) -> ResponseReturnValue:
    """Their keys and logins go with them; what they said stays."""
    current(People).delete(current_principal(), person_id)
    return nothing()
