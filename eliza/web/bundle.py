"""Bundle: a page that was built elsewhere, such as elizaOS's own."""

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Response, send_file
from werkzeug.exceptions import NotFound

from eliza.web.policy import policy_for

_YEAR = 365 * 24 * 3600
_NAMED_AFTER_CONTENT = re.compile(r"(?:^|/)assets/.*[-.](?=[\w-]*[A-Z0-9])[\w-]{8,}\.\w+(?:\.map)?$")
"""How bundlers name what they build: a hash in front of the extension."""

_TYPES = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What browsers insist on, whatever the tables of this machine say."""


class Bundle:
    """A folder with an ``index.html``, read when it is made: what came later, or is hidden, is not served."""

    def __init__(self, folder: Path) -> None:
        self._index = (folder / "index.html").read_bytes()
        self._files = {path.relative_to(folder).as_posix(): path.absolute() for path in _visible(folder)}
        self.policy = policy_for(self._index.decode(errors="replace"))

    def document(self) -> Response:
        answer = Response(self._index, content_type="text/html; charset=utf-8")
        answer.headers["Cache-Control"] = "no-cache"
        # Of the content: package managers give every file of every version the same date.
        answer.add_etag()
        return answer

    def file(self, path: str) -> Response:
        try:
            answer = send_file(self._files[path], mimetype=_type_of(path))
        except (KeyError, FileNotFoundError):
            raise NotFound from None
        answer.headers["Cache-Control"] = _caching(path)
        return answer


def _visible(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _visible(path)
        else:
            yield path


def _type_of(path: str) -> str:
    suffix = Path(path).suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _caching(path: str) -> str:
    return f"public, max-age={_YEAR}, immutable" if _NAMED_AFTER_CONTENT.search(path) else "no-cache"
