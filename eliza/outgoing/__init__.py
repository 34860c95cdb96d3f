"""Outgoing: fetching what somebody else points at, and nothing that lies within our own network."""

from eliza.outgoing.address_policy import AddressPolicy
from eliza.outgoing.errors import CannotFetch, FetchFailed, FetchTimedOut, ForbiddenAddress, TooLarge
from eliza.outgoing.fetching import Fetched, Outgoing

__all__ = [
    "AddressPolicy",
    "CannotFetch",
    "FetchFailed",
    "FetchTimedOut",
    "Fetched",
    "ForbiddenAddress",
    "Outgoing",
    "TooLarge",
]
