"""Routes of files: uploads and what plugins generated, served so that nothing in them can run."""

from pathlib import Path
from uuid import UUID

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from eliza.config import Settings
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.principal import current_principal
from eliza.http.security import let_load
from eliza.media import wire
from eliza.media.generated_files import GeneratedFiles
from eliza.media.kinds import Kind, RefusedType, kind_of
from eliza.media.uploads import FileNotFound, Owner, Uploads

bp = Blueprint("files", __name__, url_prefix="/media")
envelope.speak(bp, wire.bare)

_POLICY = {"default-src": "'none'", "sandbox": "", "frame-ancestors": "'none'"}
_FILE = "*/*"
_UNKNOWN = Kind("application/octet-stream", "bin")


@bp.get("/uploads/agents/<agent_id>/<path:name>")
@api.returns(_FILE, or_else={206: _FILE, 304: None})
def agent_file(agent_id: UUID, name: str) -> ResponseReturnValue:
    return _upload(Owner("agents", agent_id), name)


@bp.get("/uploads/channels/<channel_id>/<path:name>")
@api.returns(_FILE, or_else={206: _FILE, 304: None})
def channel_file(channel_id: UUID, name: str) -> ResponseReturnValue:
    return _upload(Owner("channels", channel_id), name)


@bp.get("/generated/<agent_id>/<path:name>")
@api.returns(_FILE, or_else={206: _FILE, 304: None})
def generated_file(agent_id: UUID, name: str) -> ResponseReturnValue:
    path = current(GeneratedFiles).path(agent_id, name, current_principal().scope)
    return _sent(path, _kind_of(path), path.name)


for _view in (agent_file, channel_file, generated_file):
    let_load(_view, _POLICY)


def _upload(owner: Owner, name: str) -> ResponseReturnValue:
    uploads = current(Uploads)
    upload = uploads.get(owner, name, current_principal().scope)
    # Under a name like this there will never be another file.
    return _sent(uploads.path(upload), upload.kind, upload.saved_name, etag=upload.name)


def _sent(path: Path, kind: Kind, saved_name: str, *, etag: str | bool = True) -> ResponseReturnValue:
    """A browser may cache the file, but has to revalidate it each time."""
    _pass_over_odd_ranges()
    try:
        response = send_file(
            path,
            mimetype=kind.content_type,
            as_attachment=kind.category == "document",
            download_name=saved_name,
            etag=etag,
            conditional=True,
        )
    except FileNotFoundError:
        raise FileNotFound from None
    response.cache_control.public = False
    response.cache_control.private = True
    response.headers["Cross-Origin-Resource-Policy"] = (
        "cross-origin" if current(Settings).cors_origins else "same-origin"
    )
    return response


def _pass_over_odd_ranges() -> None:
    """Who asks for several parts, or for none that HTTP knows, gets the whole; werkzeug would refuse."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        request.environ.pop("HTTP_RANGE", None)


def _kind_of(path: Path) -> Kind:
    try:
        return kind_of(path)
    except RefusedType:
        return _UNKNOWN
