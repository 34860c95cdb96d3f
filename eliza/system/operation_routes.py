"""Routes of operation: the server's variables, and its end."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, answer, ok
from eliza.system import operation_wire as wire
from eliza.system.environment import EnvironmentFile
from eliza.system.stopping import Stopping

bp = Blueprint("operation", __name__)
envelope.speak(bp, envelope.coded)


@bp.get("/api/system/env/local")
@api.returns(Ok[dict[str, str]])
def read_environment() -> ResponseReturnValue:
    return ok(current(EnvironmentFile).shown())


@bp.post("/api/system/env/local")
@api.returns(wire.SavedEnvironmentJson)
def write_environment(json: wire.NewEnvironment) -> ResponseReturnValue:
    file = current(EnvironmentFile)
    changed = file.replace(json.content)
    current(Audit).record("environment.write", details={"changed": changed})
    return answer(wire.saved(file.shown()))


@bp.post("/api/server/stop")
@api.returns(wire.StoppingJson)
def stop() -> ResponseReturnValue:
    end = current(Stopping).end_of(request.environ.get("SERVER_SOFTWARE", ""))
    current(Audit).record("server.stop")
    response = answer({"message": "The server is stopping"})
    response.call_on_close(end)
    return response
