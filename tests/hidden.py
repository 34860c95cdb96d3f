"""Hidden: what somebody else has is answered as what nobody has."""

import re
from typing import Any
from uuid import uuid4

from tests.house_kit import Answer, Client

_OWN = frozenset({"Set-Cookie", "RateLimit-Remaining", "RateLimit-Reset"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
"""What differs whatever is asked for."""


def require_hidden(client: Client, path: str, theirs: object, *, method: str = "GET", **request: Any) -> None:
    """An id of somebody else's is told, with the same words, to be no more there than one that nobody has.

    It stands in the ``path`` as ``{}``.
    """
    unknown = uuid4()
    hidden = client.open(path.format(theirs), method=method, **request)
    missing = client.open(path.format(unknown), method=method, **request)
    assert hidden.status_code == 404, hidden.text
    assert _told(hidden, theirs) == _told(missing, unknown)


def _told(answer: Answer, id_: object) -> tuple[int, str, list[tuple[str, str]]]:
    headers = [header for header in answer.headers.items() if header[0] not in _OWN]
    return answer.status_code, _MOMENT.sub("…", answer.text.replace(str(id_), "…")), headers
