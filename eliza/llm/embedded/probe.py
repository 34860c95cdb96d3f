"""Probe: try a model file in a process of its own, because a crash there must not be a crash here.

``python -m eliza.llm.embedded.probe chat|embedding FILE`` ends with status 0 if the file can be loaded and used.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from eliza.llm.embedded.engine import CannotLoad, Engine, Size
from eliza.llm.embedded.processor import fingerprint
from eliza.llm.errors import ModelError

CHAT, EMBEDDING = "chat", "embedding"
_SMALL = Size(slots=1, window=512, batch=512)
_SECONDS = 120.0


class Verdicts:
    """Which files were tried and found good. It holds for this engine on this machine until the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def trouble_with(self, file: Path, kind: str) -> str | None:
        """Why the file cannot be used, or None. A trial takes a second; its good end is remembered, not its bad."""
        verdict = f"{version('xllamacpp')} | {fingerprint()} | {kind} | {_identity(file)}"
        known = self._read()
        if verdict in known:
            return None
        trouble = _try(file, kind)
        if trouble is None:
            self._write([*known, verdict])
        return trouble

    def _read(self) -> list[str]:
        try:
            known = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return []
        return [verdict for verdict in known if isinstance(verdict, str)] if isinstance(known, list) else []

    def _write(self, verdicts: Sequence[str]) -> None:
        # A folder that cannot be written to costs a trial at each start and nothing else.
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            part.write_text(json.dumps(list(verdicts)[-20:], indent=1))
            part.replace(self._path)


def _identity(file: Path) -> str:
    status = file.stat()
    return f"{file.absolute()} {status.st_size} {status.st_mtime_ns}"


def _try(file: Path, kind: str) -> str | None:
    command = [sys.executable, "-m", __name__, kind, str(file)]
    # The child must find this package where the parent did, whatever its working directory.
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        # Our own interpreter with our own module.
        done = subprocess.run(  # noqa: S603  # nosec B603
            command, capture_output=True, timeout=_SECONDS, env=env, check=False
        )
    except subprocess.TimeoutExpired:
        return f"the engine did not answer within {_SECONDS:.0f} seconds when it was tried with {file.name}"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f"the engine crashes on this machine with {file.name} ({name}); another provider is needed"
    return _reason(done.stderr.decode(errors="replace"))


def _reason(complaint: str) -> str:
    last = next((line for line in reversed(complaint.splitlines()) if line.strip()), "the engine gave no reason")
    if "libgomp" in last:
        return "the engine needs the system library libgomp1; on Debian and Ubuntu: apt-get install libgomp1"
    return last.strip()


def main(kind: str, file: str) -> None:
    """In the child: load and use the model; leave with the reason if that fails."""
    try:
        engine = Engine(Path(file), _SMALL, embedding=kind == EMBEDDING)
        if kind == EMBEDDING:
            engine.embed(["one"])
        else:
            request = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1, "stream": True}
            engine.chat(request, lambda piece: False)
        engine.close()
    except (CannotLoad, ModelError, ImportError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
