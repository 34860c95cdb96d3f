"""Compression: long texts travel small."""

from collections.abc import Callable

from flask import Flask, Response
from flask_compress import Compress

_SHORT = 1024  # So many bytes travel as quickly as fewer.
_LONG = 4 << 20  # Nobody else is served meanwhile: with gzip, this takes a quarter of a second already.
_TEXTS = [
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/wasm",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
]
"""Not among them: events, which must not wait to be worth it, and media, which are compressed already."""


def compress(app: Flask) -> None:
    """Compress what is long, for whoever can read it. Comes first, for then it is the last to touch an answer."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_MIMETYPES=_TEXTS,
        COMPRESS_MIN_SIZE=_SHORT,
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["zstd", "br", "gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    app.after_request(_compressing(Compress(app).after_request))


def _compressing(smaller: Callable[[Response], Response]) -> Callable[[Response], Response]:
    def after(answer: Response) -> Response:
        if not _is_worth_it(answer) or answer.status_code == 206:  # Parts of a file would not fit together any more.
            return answer
        etag = answer.get_etag()[0]
        answer = smaller(answer)
        if etag is not None and "Content-Encoding" in answer.headers:
            # The same in other words: weak, so that it is still known when it comes back.
            answer.set_etag(etag, weak=True)
        return answer

    return after


def _is_worth_it(answer: Response) -> bool:
    length = answer.headers.get("Content-Length", type=int)
    return length is None or _SHORT <= length <= _LONG
