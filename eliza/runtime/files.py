"""Files: what an agent's mind asks for the files that people send. ``eliza.media`` answers from the disk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message shows.

    ``read`` gives its content up to so many bytes. It may be gone: ``OSError``. One that lies elsewhere is fetched
    then, has no size before, and raises a ``CannotFetch`` if it is larger or not to be had.
    """

    name: str
    content_type: str
    size: int
    read: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Seen:
    """An attachment made into words; ``text`` is empty when nobody here can tell what is in it."""

    name: str
    content_type: str
    text: str


class Files(Protocol):
    def of_message(self, message_id: UUID) -> list[Attachment]:
        """The files of this server and the pictures of the web that the message shows, in its order."""
        ...


class NoFiles:
    """For minds that nobody sends files."""

    def of_message(self, message_id: UUID) -> list[Attachment]:
        return []
