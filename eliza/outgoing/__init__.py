"""Outgoing: fetching what somebody else points at, and nothing that lies within our own network."""

from eliza.outgoing.errors import CannotFetch, FetchFailed, FetchTimedOut, ForbiddenAddress, TooLarge
from eliza.outgoing.fetching import Fetched, Outgoing
from eliza.outgoing.frontier import Frontier

__all__ = [
    "CannotFetch",
    "FetchFailed",
    "FetchTimedOut",
    "Fetched",
    "ForbiddenAddress",
    "Frontier",
    "Outgoing",
    "TooLarge",
]
