"""Engine: one model file loaded into the process. The only module that knows xllamacpp, which has no types."""

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gevent.monkey import get_original

from eliza.llm.embedded.processor import cores
from eliza.llm.errors import ModelError, ModelRefused, ModelUnreachable, PromptTooLong
from eliza.llm.types import Usage

_SECONDS_TO_STOP = 5.0


class CannotLoad(Exception):
    """The file is not a model this engine can run."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a model may hold at a time."""

    slots: int
    """Conversations it works on at once."""
    window: int
    """Tokens each of them may have."""
    batch: int
    """Tokens read in one go. It is the longest that a cancelled or another conversation has to wait."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the engine tells while it works: more text, at last why it ended and what it cost; or a sign of life."""

    text: str = ""
    reason: Literal["stop", "length"] | None = None
    usage: Usage | None = None


class Engine:
    """A loaded model. Its calls block the thread they are made in and let all others run."""

    def __init__(self, path: Path, size: Size, *, name: str = "", embedding: bool = False) -> None:
        """Holds the interpreter for as long as loading takes. Raises ``CannotLoad``."""
        self.name = name or path.stem
        self._size = size
        self._closing = False
        self._running = 0
        self._count = get_original("_thread", "allocate_lock")()
        self._process = os.getpid()
        self._server = _load(path, size, embedding=embedding)
        # A thread that comes back from the engine when the interpreter is gone aborts the process.
        atexit.register(self.close)

    def chat(self, request: Mapping[str, object], hand_over: Callable[[Piece], bool]) -> None:
        """Call ``hand_over`` with each piece of the answer until it returns True or the answer ends.

        Raises a ``ModelError``; one that comes after pieces did is for the caller to see as an answer cut off.
        """
        failures: list[ModelError] = []

        def on_chunk(chunk: Any) -> bool:
            if "error" in chunk:
                failures.append(self._failure(chunk["error"]))
                return True
            return hand_over(_piece(chunk)) or self._closing

        self._run(lambda server: server.handle_chat_completions(dict(request), on_chunk))
        if failures:
            raise failures[0]

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector a text. Raises ``PromptTooLong`` if any is, and other ``ModelError``s."""
        answer = self._run(lambda server: server.handle_embeddings({"input": list(texts)}))
        if "error" in answer:
            raise self._failure(answer["error"])
        return [
            list(map(float, entry["embedding"])) for entry in sorted(answer["data"], key=lambda entry: entry["index"])
        ]

    def close(self) -> None:
        """Break off what runs and free the memory. Later calls raise ``ModelUnreachable``."""
        atexit.unregister(self.close)
        # The engine's threads do not survive a fork, and waiting for them in the child would never end.
        if os.getpid() != self._process:
            return
        self._closing = True
        sleep = get_original("time", "sleep")
        for _ in range(int(_SECONDS_TO_STOP / 0.01)):
            if not self._running:
                break
            sleep(0.01)
        self._server = None

    def _run(self, work: Callable[[Any], Any]) -> Any:
        with self._count:
            server = self._server
            if self._closing:
                raise ModelUnreachable(f"{self.name} is being shut down.")
            self._running += 1
        try:
            return work(server)
        except ValueError as error:
            raise ModelRefused(f"{self.name} cannot do this: {error}") from error
        except RuntimeError as error:
            raise ModelUnreachable(f"{self.name} failed: {error}") from error
        finally:
            with self._count:
                self._running -= 1

    def _failure(self, error: Mapping[str, Any]) -> ModelError:
        message = str(error.get("message", error))
        if error.get("type") == "exceed_context_size_error":
            long, window = error.get("n_prompt_tokens"), error.get("n_ctx")
            return PromptTooLong(f"{self.name} reads at most {window} tokens at a time, and this is {long}.")
        if "too large to process" in message:
            return PromptTooLong(f"{self.name} reads at most {self._size.batch} tokens at a time.")
        if error.get("code") == 400:
            return ModelRefused(f"{self.name} cannot do this: {message}")
        return ModelUnreachable(f"{self.name} failed: {message}")


def _load(path: Path, size: Size, *, embedding: bool) -> Any:
    # Threads that wait for each other by spinning make a busy machine several times slower, a quiet one a tenth faster.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # Importing it can end the process on a machine it was not made for; see the probe.
    import xllamacpp  # noqa: PLC0415

    # The engine insists on listening for HTTP. A socket in a folder of our own, unlinked as soon as it is open,
    # can be reached by nobody; the key is for the moment in between.
    folder = Path(tempfile.mkdtemp(prefix="eliza-"))
    params = xllamacpp.CommonParams()
    params.hostnames = [str(folder / "llama.sock")]
    params.api_keys = [secrets.token_urlsafe()]
    params.ui = params.endpoint_slots = False
    params.n_threads_http = 1
    params.model.path = str(path)
    params.n_parallel = size.slots
    params.n_ctx = size.slots * size.window
    params.n_batch = params.n_ubatch = size.batch
    params.embedding = embedding
    # All cores for writing would be quicker on a machine that does nothing else, and far slower on any other.
    params.cpuparams.n_threads = max(1, cores() - 1)
    params.cpuparams_batch.n_threads = cores()
    params.cache_ram_mib = 128
    params.enable_reasoning = 0
    params.fit_params = params.warmup = False
    params.verbosity = -1
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise CannotLoad(f"{path.name} is not a model file that can be loaded") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _piece(chunk: Mapping[str, Any]) -> Piece:
    choice: Mapping[str, Any] = next(iter(chunk.get("choices") or ()), {})
    reason = choice.get("finish_reason")
    usage = chunk.get("usage")
    return Piece(
        text=choice.get("delta", {}).get("content") or "",
        reason=None if reason is None else "length" if reason == "length" else "stop",
        usage=Usage(usage["prompt_tokens"], usage["completion_tokens"]) if usage else None,
    )
