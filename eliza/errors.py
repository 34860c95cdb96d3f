"""Errors: every failure a client can meet, by name."""

import errno
from collections.abc import Mapping

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of the operating system: no space left on the disk, in the quota or for the file."""
NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
"""Errors of the operating system: too many open files, in this process or in all."""


class ElizaError(Exception):
    """A failure with a name.

    ``status`` is the HTTP status it answers with, ``code`` the stable name a client can
    act on, ``details`` facts about this occurrence that are safe to show, ``retry_after`` the
    seconds until the same request may succeed, where it may.
    """

    status = 500
    code = "INTERNAL_ERROR"
    retry_after: int | None = None

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})


class InvalidInput(ElizaError):
    """The caller sent something that cannot be used; the message names the field."""

    status = 400
    code = "VALIDATION_ERROR"


class NotFound(ElizaError):
    """What the caller named does not exist."""

    status = 404
    code = "NOT_FOUND"


class Conflict(ElizaError):
    """The request contradicts what is already stored."""

    status = 409
    code = "CONFLICT"


class Unavailable(ElizaError):
    """The server cannot do this now; the same request may succeed later."""

    status = 503
    code = "UNAVAILABLE"
    retry_after = 5


class DiskFull(Unavailable):
    """There is no space to store the request; it can be repeated once there is."""

    status = 507
    code = "DISK_FULL"
    retry_after = 30

    def __init__(self, message: str = "The server's disk is full; nothing of this request was stored") -> None:
        super().__init__(message)


class OutOfDescriptors(Unavailable):
    """The process has reached its limit of open files and connections."""

    code = "OUT_OF_DESCRIPTORS"

    def __init__(self) -> None:
        super().__init__("The server has too many open files and connections; try again in a moment")


class ConfigurationError(ElizaError):
    """The server cannot start as it is configured; the message says what to change."""

    code = "CONFIGURATION_ERROR"
