"""Policy: what a page that was built elsewhere may load and run: what came with it, and nothing from outside."""

import hashlib
from base64 import b64encode
from html.parser import HTMLParser

from eliza.http.security import CONTENT_POLICY


def policy_for(document: str) -> dict[str, str]:
    """As for the server's own page, and the scripts that are written inside of ``document``.

    Styles may be written into the document, and functions made out of text, since elizaOS's page does both before it
    shows anything: the second in its logger, which throws where it may not.
    """
    return {
        **CONTENT_POLICY,
        "script-src": " ".join(["'self'", "'unsafe-eval'", *_hashes(document)]),
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "media-src": "'self' blob: data:",
    }


def _hashes(document: str) -> list[str]:
    scripts = _InlineScripts()
    # A browser hashes what it has read, and it reads every end of a line as this one.
    scripts.feed(document.replace("\r\n", "\n").replace("\r", "\n"))
    scripts.close()
    return [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts.texts]


class _InlineScripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and "src" not in dict(attrs):
            self._is_inside = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.texts[-1] += data
