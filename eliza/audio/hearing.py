"""Hearing: what is said in a recording that somebody sent."""

from eliza.errors import InvalidInput
from eliza.llm import calls
from eliza.llm.registry import Models
from eliza.llm.types import Recording
from eliza.media.disk import aside
from eliza.media.intake import Incoming
from eliza.media.kinds import ALLOWED, Kind, RefusedType, kind_of

_SOUNDS = tuple(kind for kind in ALLOWED if kind.category == "audio")


class NoSound(InvalidInput):
    """The file is no recording, or none in a format that models know."""

    code = "INVALID_FILE_TYPE"

    def __init__(self, found: str) -> None:
        refused = RefusedType(found, _SOUNDS)
        super().__init__(refused.message, details=refused.details)


class NothingSaid(InvalidInput):
    code = "NOTHING_SAID"

    def __init__(self) -> None:
        super().__init__("file: nothing is said in the recording", details={"field": "file"})


class Hearing:
    def __init__(self, models: Models) -> None:
        self._models = models

    def require_model(self) -> None:
        """Raises ``NoModel``, so that nobody sends a recording in vain."""
        self._models.transcription()

    def transcribe(self, sent: Incoming) -> str:
        """What is said, empty for silence. Raises ``NoSound`` or a ``ModelError``."""
        kind = aside(lambda: _sound(sent))
        recording = Recording(sent.path, f"recording.{kind.extension}", kind.content_type)
        return calls.transcribe(self._models.transcription(), recording)

    def words(self, sent: Incoming) -> str:
        """As ``transcribe``, for whom silence is no use. Raises ``NothingSaid`` too."""
        text = self.transcribe(sent)
        if not text:
            raise NothingSaid
        return text


def _sound(sent: Incoming) -> Kind:
    try:
        # What comes here is meant to be heard, whatever the sender's library calls it.
        kind = kind_of(sent.path, "audio/any")
    except RefusedType as refused:
        raise NoSound(str(refused.details["type"])) from None
    if kind not in _SOUNDS:
        raise NoSound(kind.content_type)
    return kind
