"""Routes of media: sending files to agents and channels."""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, ok
from eliza.http.principal import current_principal
from eliza.media import wire
from eliza.media.intake import incoming
from eliza.media.uploads import Owner, Upload, Uploads

agents = Blueprint("agent media", __name__, url_prefix="/api/media/agents")
channels = Blueprint("channel media", __name__, url_prefix="/api")
envelope.speak(agents, envelope.coded)
envelope.speak(channels, envelope.plain)


@agents.post("/<agent_id>/upload-media")
@api.takes_file()
@api.returns(Ok[wire.UploadJson])
def upload_for_agent(agent_id: UUID) -> ResponseReturnValue:
    return ok(wire.agent_upload(_kept(Owner("agents", agent_id))))


@channels.post("/media/channels/<channel_id>/upload-media", endpoint="upload_media_for_channel")
@channels.post("/messaging/channels/<channel_id>/upload-media")
@api.takes_file()
@api.returns(Ok[wire.UploadJson])
def upload_for_channel(channel_id: UUID) -> ResponseReturnValue:
    return ok(wire.channel_upload(_kept(Owner("channels", channel_id))))


def _kept(owner: Owner) -> Upload:
    uploads = current(Uploads)
    uploads.require_welcome(owner, request.content_length or 0)
    with incoming(uploads.folder(owner)) as file:
        return uploads.keep(owner, file, current_principal().entity_id)
