"""Wire: uploads as elizaOS's clients know them, and failures as they are told where files are served."""

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12.

from eliza.errors import ElizaError
from eliza.media.uploads import Upload


class UploadJson(TypedDict):
    url: str
    type: str
    """For an agent's upload its category (image, video, audio, document), for a channel's its MIME type."""
    filename: str
    originalName: str
    size: int


class BareFailure(TypedDict):
    error: str
    code: str


def agent_upload(upload: Upload) -> UploadJson:
    return _upload(upload, upload.kind.category)


def channel_upload(upload: Upload) -> UploadJson:
    return _upload(upload, upload.content_type)


def bare(failure: ElizaError) -> BareFailure:
    return {"error": failure.message, "code": failure.code}


def _upload(upload: Upload, kind: str) -> UploadJson:
    return {
        "url": upload.url,
        "type": kind,
        "filename": upload.name,
        "originalName": upload.original_name,
        "size": upload.size,
    }
