"""Environment: the variables in a ``.env`` file, which the server reads when it starts."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from dotenv import find_dotenv

from eliza.agents.masks import unmasked
from eliza.errors import ElizaError, InvalidInput
from eliza.system.dotenv_text import assignment, rewritten, values
from eliza.telltales import MASK, masked

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_BREAK = re.compile(r"[\0\r\n]")


class InvalidVariable(InvalidInput):
    code = "INVALID_INPUT"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"content.{name}: {why}", details={"field": f"content.{name}"})


class UnreadableEnvironment(ElizaError):
    code = "FETCH_ERROR"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name} cannot be read: {why}")


class UnwritableEnvironment(ElizaError):
    code = "UPDATE_ERROR"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name} cannot be written: {why}")


class EnvironmentFile:
    """One ``.env`` file. Its secrets are shown as masks, and a mask that is sent back stands for its secret."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def nearest(cls) -> "EnvironmentFile":
        """The one the server has read: the first from the working directory upwards, or else one to be made there."""
        return cls(Path(find_dotenv(usecwd=True) or Path.cwd() / ".env").resolve())

    def shown(self) -> dict[str, str]:
        """Nothing if there is no file. Raises ``UnreadableEnvironment``."""
        return {name: str(value) for name, value in masked(values(self._text())).items()}

    def replace(self, variables: Mapping[str, str]) -> list[str]:
        """Let these be all the variables there are; comments stay. Happens whole or not at all.

        Returns the names of those that came, went or changed.

        Raises ``InvalidVariable``, ``UnreadableEnvironment`` or ``UnwritableEnvironment``.
        """
        text = self._text()
        before = values(text)
        wanted: dict[str, str] = unmasked(variables, before)
        for name, value in wanted.items():
            if before.get(name) != value:
                _require_acceptable(name, value)
        self._write(rewritten(text, wanted))
        return sorted(name for name in {*before, *wanted} if before.get(name) != wanted.get(name))

    def _text(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except OSError as failure:
            raise UnreadableEnvironment(self._path, failure.strerror or "unknown reason") from failure
        except UnicodeDecodeError as failure:
            raise UnreadableEnvironment(self._path, "it is not written in UTF-8") from failure

    def _write(self, text: str) -> None:
        try:
            _replace(self._path, text)
        except OSError as failure:
            raise UnwritableEnvironment(self._path, failure.strerror or "unknown reason") from failure


def _require_acceptable(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidVariable(name, "a name has letters, digits and underscores, and does not begin with a digit")
    if _BREAK.search(value):
        raise InvalidVariable(name, "must be one line, without NUL characters")
    if MASK in value:
        raise InvalidVariable(name, f"{MASK} stands for no secret here; write out what is meant")
    try:
        assignment(name, value)
    except ValueError:
        raise InvalidVariable(name, "cannot be written in a .env file") from None


def _replace(path: Path, text: str) -> None:
    """Readers find the old text or the new one, and nobody but us may read the new one."""
    # Beside the file, since only there it can take its name; made with mode 0600.
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".env.", delete=False) as new:
        try:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(path)
        except OSError:
            Path(new.name).unlink()
            raise
