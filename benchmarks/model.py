"""Model: a scripted language model behind an OpenAI-compatible API, so that a run measures the server alone."""

import asyncio
import base64
import itertools
import json
import struct
import threading
import time
import zlib
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Self, TypeVar

NAME = "scripted-1"
DIMENSIONS = 1536

_PIECES = 4
_T = TypeVar("_T")


def at_once() -> float:
    return 0.0


class ScriptedModel:
    """A model server on loopback that answers every prompt with a new short sentence.

    Prompts that ask for the ``<response>`` form get it. ``latency`` is asked before each answer
    for the seconds to wait. ``with`` starts and stops it; it serves from a thread of its own, so
    it outlives whatever happens to the server under test.
    """

    def __init__(self, latency: Callable[[], float] = at_once) -> None:
        self.answered = 0
        self._latency = latency
        self._numbers = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted model", daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def environment(self) -> dict[str, str]:
        """What makes a server use this model and no other."""
        return {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": "scripted",
            "OPENAI_SMALL_MODEL": NAME,
            "OPENAI_LARGE_MODEL": NAME,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._wait_for(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(5)

    def _wait_for(self, work: Coroutine[None, None, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_soon(self._loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                path, body = await _request(reader)
                writer.write(await self._response(path, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    async def _response(self, path: str, body: dict[str, object]) -> bytes:
        if path.endswith("/chat/completions"):
            await asyncio.sleep(self._latency())
            return self._completion(body)
        if path.endswith("/embeddings"):
            return _json(_embeddings(body))
        if path.endswith("/models"):
            return _json({"object": "list", "data": [{"id": NAME, "object": "model"}]})
        return _json({"error": {"message": f"{path} is not served here", "type": "not_found"}}, status="404 Not Found")

    def _completion(self, body: dict[str, object]) -> bytes:
        self.answered += 1
        text = answer(prompt_text(body), next(self._numbers))
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        if body.get("stream"):
            return _event_stream(text, usage)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return _json({**_frame("chat.completion"), "choices": [choice], "usage": usage})


def answer(prompt: str, number: int) -> str:
    """What the model says to ``prompt``: plain text, a plan, or a decision, whichever form is asked for."""
    said = f"This is answer {number}, and it is as short as answers go."
    if "<response>" not in prompt:
        return said
    if "<actions>" not in prompt:
        return "<response><reasoning>I was spoken to.</reasoning><action>RESPOND</action></response>"
    return (
        "<response><thought>A short answer will do.</thought><actions>REPLY</actions>"
        f"<providers></providers><text>{said}</text></response>"
    )


def prompt_text(body: dict[str, object]) -> str:
    """All that a chat request tells the model, in one string."""
    messages = body.get("messages")
    return "\n".join(_spoken(message) for message in messages) if isinstance(messages, list) else ""


def _spoken(message: object) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else json.dumps(content)


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, object]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    target = head.split(" ", 2)[1]
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    parsed = json.loads(body) if body else {}
    return target.split("?")[0], parsed if isinstance(parsed, dict) else {}


def _frame(kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-scripted", "object": kind, "created": int(time.time()), "model": NAME}


def _event_stream(text: str, usage: dict[str, int]) -> bytes:
    frame = _frame("chat.completion.chunk")
    choices = [{"index": 0, "delta": delta, "finish_reason": end} for delta, end in _deltas(text)]
    events: list[dict[str, object]] = [{**frame, "choices": [choice]} for choice in choices]
    events.append({**frame, "choices": [], "usage": usage})
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    return _head("200 OK", "text/event-stream", len(body)) + body


def _deltas(text: str) -> Iterator[tuple[dict[str, str], str | None]]:
    size = -(-len(text) // _PIECES)
    yield {"role": "assistant", "content": ""}, None
    for start in range(0, len(text), size):
        yield {"content": text[start : start + size]}, None
    yield {}, "stop"


def _embeddings(body: dict[str, object]) -> dict[str, object]:
    given = body.get("input")
    texts = given if isinstance(given, list) else [given]
    wanted = body.get("dimensions")
    dimensions = wanted if isinstance(wanted, int) else DIMENSIONS
    vectors = [_vector(str(text), dimensions) for text in texts]
    coded = [_base64(vector) for vector in vectors] if body.get("encoding_format") == "base64" else vectors
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(coded)]
    return {"object": "list", "model": NAME, "data": rows, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def _vector(text: str, dimensions: int) -> list[float]:
    """A unit vector along one axis: the same text points the same way, other texts mostly elsewhere."""
    vector = [0.0] * dimensions
    vector[zlib.crc32(text.encode()) % dimensions] = 1.0
    return vector


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _json(body: dict[str, object], *, status: str = "200 OK") -> bytes:
    coded = json.dumps(body).encode()
    return _head(status, "application/json", len(coded)) + coded


def _head(status: str, kind: str, length: int) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()
