"""Errors: why something was not fetched.

They tell what the caller needs to choose another address, and nothing about the network this server stands in. A name
that does not exist and one that leads inside are the same ``ForbiddenAddress``, so nobody learns what names there are
in an intranet. Nothing is ever sent to a forbidden address, so there is nothing to learn about its ports; at a public
one a closed port, a broken connection, a wrong certificate and an answer other than success are the same
``FetchFailed``. The log says which.
"""

from urllib.parse import urlsplit

from eliza.errors import ElizaError

_SHOWN = 200


class CannotFetch(ElizaError):
    """What a URL leads to is not to be had. Raised as one of its kinds below."""

    status = 502
    code = "FETCH_FAILED"


class ForbiddenAddress(CannotFetch):
    """The URL, or one that it redirects to, is none that this server may call."""

    status = 400
    code = "FORBIDDEN_ADDRESS"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{shown(url)} cannot be fetched: only http and https addresses in the public internet can, on the usual "
            "ports and without a user name"
        )


class FetchTimedOut(CannotFetch):
    status = 504
    code = "FETCH_TIMED_OUT"

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(f"{shown(url)} was not there within {seconds:g} seconds")


class TooLarge(CannotFetch):
    status = 400
    code = "FETCHED_TOO_LARGE"

    def __init__(self, url: str, most_bytes: int) -> None:
        super().__init__(f"{shown(url)} is larger than {most_bytes:,} bytes")


class FetchFailed(CannotFetch):
    def __init__(self, url: str) -> None:
        super().__init__(f"{shown(url)} could not be fetched")


def shown(url: str) -> str:
    """As much of a URL as may be shown: what stands before the host or behind the path may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "That address"
    host = parts.netloc.rpartition("@")[2]
    plain = " ".join(f"{parts.scheme}://{host}{parts.path}".split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
