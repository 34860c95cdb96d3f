"""Errors: why a URL was not fetched.

They help the caller to choose another URL, and reveal nothing about the server's own network. A name that does not
exist and a name of a private address both raise ``ForbiddenAddress``, so nobody can probe for names in an intranet.
Nothing is ever sent to a forbidden address, so its ports cannot be probed either. For a public address, a closed port,
a broken connection, a bad certificate and an unsuccessful answer all raise ``FetchFailed``; the log tells which it was.
"""

from urllib.parse import urlsplit

from eliza.errors import ElizaError

_SHOWN = 200


class CannotFetch(ElizaError):
    """The URL could not be fetched; one of the classes below says why."""

    status = 502
    code = "FETCH_FAILED"


class ForbiddenAddress(CannotFetch):
    """The server may not call this URL, or one that it redirects to."""

    status = 400
    code = "FORBIDDEN_ADDRESS"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{shown(url)} cannot be fetched: use an http or https URL of a public address, on a usual port "
            "and without a user name"
        )


class FetchTimedOut(CannotFetch):
    status = 504
    code = "FETCH_TIMED_OUT"

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(f"{shown(url)} did not arrive within {seconds:g} seconds")


class TooLarge(CannotFetch):
    status = 400
    code = "FETCHED_TOO_LARGE"

    def __init__(self, url: str, most_bytes: int) -> None:
        super().__init__(f"{shown(url)} is larger than {most_bytes:,} bytes")


class FetchFailed(CannotFetch):
    def __init__(self, url: str) -> None:
        super().__init__(f"{shown(url)} could not be fetched")


def shown(url: str) -> str:
    """The part of a URL that is safe to show: user info, query and fragment may contain secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "That address"
    host = parts.netloc.rpartition("@")[2]
    plain = " ".join(f"{parts.scheme}://{host}{parts.path}".split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
