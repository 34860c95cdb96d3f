"""Routes of agents: who there is, and starting and stopping them."""

from pathlib import Path

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.agents import wire
from eliza.agents.agents import Agents
from eliza.agents.files import read
from eliza.config import Settings
from eliza.errors import InvalidInput
from eliza.http import envelope
from eliza.http.body import json_object, parse, path_id
from eliza.http.current import current
from eliza.http.envelope import created, nothing, ok
from eliza.runtime.character import Character

bp = Blueprint("agents", __name__, url_prefix="/api/agents")
envelope.speak(bp, envelope.coded)


@bp.get("")
@bp.get("/")
def list_agents() -> ResponseReturnValue:
    return ok({"agents": [wire.listed(summary) for summary in current(Agents).summaries()]})


@bp.get("/<agent_id>")
def get_agent(agent_id: str) -> ResponseReturnValue:
    return ok(wire.full(current(Agents).get(path_id("agentId", agent_id))))


@bp.post("")
@bp.post("/")
def create_agent() -> ResponseReturnValue:
    record = current(Agents).add(_character(parse(wire.NewAgent)))
    return created({"id": str(record.id), "character": wire.full(record), "name": record.name})


@bp.patch("/<agent_id>")
def update_agent(agent_id: str) -> ResponseReturnValue:
    return ok(wire.full(current(Agents).update(path_id("agentId", agent_id), json_object())))


@bp.delete("/<agent_id>")
def delete_agent(agent_id: str) -> ResponseReturnValue:
    current(Agents).delete(path_id("agentId", agent_id))
    return nothing()


@bp.post("/<agent_id>/start")
def start_agent(agent_id: str) -> ResponseReturnValue:
    record = current(Agents).start(path_id("agentId", agent_id))
    return ok({"id": str(record.id), "name": record.name, "status": "active"})


@bp.post("/<agent_id>/stop")
def stop_agent(agent_id: str) -> ResponseReturnValue:
    record = current(Agents).stop(path_id("agentId", agent_id))
    return ok({"message": f"{record.name} is stopped", "status": "stopped", "id": str(record.id)})


def _character(body: wire.NewAgent) -> Character:
    written = body.characterJson or body.agent
    if written is not None:
        return Character.parse(written)
    if body.characterPath is not None:
        return read(_inside(current(Settings).characters_dir, body.characterPath))
    raise InvalidInput("characterJson: give a character as characterJson, agent or characterPath")


def _inside(directory: Path, name: str) -> Path:
    """A file of the characters' directory, and of no other."""
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise InvalidInput(f"characterPath: must name a file in the characters' directory, not {name}")
    return path
