"""Routes of agents: who there is, and starting and stopping them."""

import re
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.agents import wire
from eliza.agents.agents import Agents
from eliza.agents.files import read, taken
from eliza.audit.audit import Audit
from eliza.config import Settings
from eliza.errors import InvalidInput
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, created, nothing, ok
from eliza.http.paging import Paging, paged, unless_known
from eliza.outgoing import Outgoing
from eliza.runtime.character import Character

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LARGEST_CHARACTER = 1 << 20
_FETCH_SECONDS = 10

bp = Blueprint("agents", __name__, url_prefix="/api/agents")
envelope.speak(bp, envelope.coded)


@bp.get("")
@api.also(bp, "/", methods=["GET"])
@api.returns(Ok[wire.AgentsJson])
def list_agents(query: Paging) -> ResponseReturnValue:
    """Those that run first, then by name."""
    page = current(Agents).summaries(limit=query.limit, cursor=query.cursor)
    return paged(ok({"agents": page.map(wire.listed).items}), page)


@bp.get("/<agent_id>")
@api.returns(Ok[wire.AgentJson], or_else={304: None})
def get_agent(agent_id: UUID) -> ResponseReturnValue:
    return unless_known(ok(wire.full(current(Agents).get(agent_id))))


@bp.post("")
@api.also(bp, "/", methods=["POST"])
@api.returns(Ok[wire.CreatedAgentJson], status=201)
def create_agent(json: wire.NewAgent) -> ResponseReturnValue:
    character = _character(json)
    record = current(Audit).along(
        partial(current(Agents).add, character),
        "agent.create",
        target=f"agent:{character.id}",
        details={"name": character.name},
    )
    return created({"id": record.id, "character": wire.full(record), "name": record.name})


@bp.patch("/<agent_id>")
@api.returns(Ok[wire.AgentJson])
def update_agent(agent_id: UUID, json: wire.AgentChange) -> ResponseReturnValue:
    changes = json.model_extra or {}
    record = current(Audit).along(
        partial(current(Agents).update, agent_id, changes),
        "agent.update",
        target=f"agent:{agent_id}",
        details={"fields": wire.names(changes)},
    )
    return ok(wire.full(record))


@bp.delete("/<agent_id>")
@api.returns(status=204)
def delete_agent(agent_id: UUID) -> ResponseReturnValue:
    current(Audit).along(partial(current(Agents).delete, agent_id), "agent.delete", target=f"agent:{agent_id}")
    return nothing()


@bp.post("/<agent_id>/start")
@api.returns(Ok[wire.StartedJson])
def start_agent(agent_id: UUID) -> ResponseReturnValue:
    record = current(Audit).along(partial(current(Agents).start, agent_id), "agent.start", target=f"agent:{agent_id}")
    return ok({"id": record.id, "name": record.name, "status": "active"})


@bp.post("/<agent_id>/stop")
@api.returns(Ok[wire.StoppedJson])
def stop_agent(agent_id: UUID) -> ResponseReturnValue:
    record = current(Audit).along(partial(current(Agents).stop, agent_id), "agent.stop", target=f"agent:{agent_id}")
    return ok({"message": f"{record.name} is stopped", "status": "stopped", "id": record.id})


def _character(body: wire.NewAgent) -> Character:
    written = body.characterJson or body.agent
    if written is not None:
        return taken(written)
    if body.characterPath is not None:
        return _pointed_at(body.characterPath)
    raise InvalidInput("characterJson: give a character as characterJson, agent or characterPath")


def _pointed_at(place: str) -> Character:
    """The character in a file of the characters' directory or, if ``place`` is a URL, somewhere in the web."""
    if not _URL.match(place):
        return read(_inside(current(Settings).characters_dir, place))
    fetched = current(Outgoing).fetch(
        place, most_bytes=_LARGEST_CHARACTER, seconds=_FETCH_SECONDS, accept="application/json"
    )
    return read(Path(urlsplit(fetched.url).path), fetched.content)


def _inside(directory: Path, name: str) -> Path:
    """A file of the characters' directory, and of no other place."""
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise InvalidInput(
            f"characterPath: must name a file in the characters' directory, not {name}",
            details={"field": "characterPath"},
        )
    return path
