"""Outgoing: fetches URLs that users or models supply, but nothing from the server's own network."""

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
