"""Policy: which scripts inside of a document are known by their content."""

import hashlib
from base64 import b64encode

import pytest

from eliza.web.policy import policy_for


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ("<p>Nothing.</p>", []),
        ("<script>a()</script><SCRIPT type=module>\nb('<p>')\n</SCRIPT>", ["a()", "\nb('<p>')\n"]),
        ('<script src="/x.js"></script><script async>c()</script>', ["c()"]),
        ("<script>a &amp;&amp; b</script>", ["a &amp;&amp; b"]),
        ("<script>one\r\ntwo\rthree</script>", ["one\ntwo\nthree"]),
        ("<!-- <script>hidden()</script> -->", []),
    ],
    ids=["none", "two", "from-elsewhere", "no-entities", "line-ends", "comment"],
)
def test_the_scripts_of_a_document_are_told_by_their_hashes(document: str, texts: list[str]) -> None:
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]

    assert policy_for(document)["script-src"].split() == ["'self'", "'unsafe-eval'", *hashes]
