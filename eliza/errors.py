"""Errors: every failure a client can meet, by name."""

import errno
from collections.abc import Mapping

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when a disk, a share of it or a file may grow no more."""
NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
"""What it says when a process, or all of them, may open nothing more."""


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
    """There is no room to keep what was sent. It is not wrong, and will be kept once there is room again."""

    status = 507
    code = "DISK_FULL"
    retry_after = 30

    def __init__(self, message: str = "The server's disk is full; nothing of this was stored") -> None:
        super().__init__(message)


class OutOfDescriptors(Unavailable):
    """The process has as many files and connections open as it may have."""

    code = "OUT_OF_DESCRIPTORS"

    def __init__(self) -> None:
        super().__init__("The server has too much open at once; try again in a moment")


class ConfigurationError(ElizaError):
    """The server cannot start as it is configured; the message says what to change."""

    code = "CONFIGURATION_ERROR"
