"""Large answers: how much memory the answers may take that slow clients have not read yet.

An answer is in memory as a whole until its client has read it. A list of a hundred messages that carry pictures can
have a hundred megabytes, and a client that asks for it many times and reads slowly would fill the machine.
"""

from flask import Flask, Response, current_app, g, request

from eliza.access.principal import LOOPBACK, Principal
from eliza.errors import Unavailable
from eliza.http.limits import client_network

_LARGE = 1 << 20


class TooManyLargeAnswers(Unavailable):
    """This client, or all clients together, have too many large answers left to read."""

    code = "TOO_MANY_LARGE_ANSWERS"

    def __init__(self) -> None:
        super().__init__("Too many large answers are still being read; read them first, or ask for less")


class LargeAnswers:
    """Bytes of answers under way. ``each`` is for one credential, or one address without any; ``whole`` for all.

    A credential that reads no other large answer gets one of any size while ``whole`` lasts. Callers that need no
    credential share ``whole`` alone. Files do not count: they are not read into memory.
    """

    def __init__(self, *, each: int = 64 << 20, whole: int = 256 << 20) -> None:
        self._each = each
        self._whole = whole
        self._under_way: dict[object, tuple[str, int]] = {}

    def watch(self, app: Flask) -> None:
        """Call it after everything else that changes answers, so that a refusal gets all headers, too."""
        app.after_request(self._counted)

    def _counted(self, answer: Response) -> Response:
        size = (answer.calculate_content_length() or 0) if answer.is_sequence else 0
        if size < _LARGE:
            return answer
        reader = _reader()
        if not self._has_room(reader, size):
            answer.close()
            return current_app.make_response(current_app.handle_user_exception(TooManyLargeAnswers()))
        ticket = object()
        self._under_way[ticket] = (reader, size)
        answer.call_on_close(lambda: self._under_way.pop(ticket, None))  # A middleware may close it twice.
        return answer

    def _has_room(self, reader: str, size: int) -> bool:
        under_way = list(self._under_way.values())
        total = sum(bytes_ for _, bytes_ in under_way)
        own = sum(bytes_ for whose, bytes_ in under_way if whose == reader)
        if total and total + size > self._whole:
            return False
        return not own or reader == LOOPBACK.credential or own + size <= self._each


def _reader() -> str:
    principal: Principal | None = g.get("principal")
    return principal.credential if principal is not None else client_network(request.remote_addr)
