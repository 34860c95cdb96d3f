"""Model: a service that speaks OpenAI's protocol in the test's process, for a server that runs in another one."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gevent.event import Event
from gevent.pywsgi import WSGIServer

from tests.llm.served import OpenAIDialect
from tests.services.processes import HOST

REPLY = "Everything that was asked of me is done, and nothing got lost."
HEARD = "What is the news?"
UNSPEAKABLE = "Break down, please."
DIMENSIONS = 8
_DIALECT = OpenAIDialect()
_PLAN = "<response><thought>I can say that.</thought><actions>REPLY</actions><text>{}</text></response>"
_VOICE = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(413)
"""An MP3 as far as anybody looks: its tag, and a frame of silence."""


class ModelService:
    """Answers every prompt with ``REPLY``, hears ``HEARD`` in every recording, and speaks every text.

    It refuses what contains ``UNSPEAKABLE``. While ``rest`` is cleared, an answer stops in its middle. ``spoken`` are
    the texts it was asked to speak.
    """

    def __init__(self) -> None:
        self.rest = Event()
        self.rest.set()
        self.spoken: list[str] = []
        self._server = WSGIServer((HOST, 0), self._app, log=None, error_log=None)

    def __enter__(self) -> "ModelService":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.rest.set()
        self._server.stop(timeout=0)

    @property
    def settings(self) -> dict[str, str]:
        """What makes a server use this service for everything."""
        return {
            "OPENAI_BASE_URL": f"http://{HOST}:{self._server.server_port}/v1",
            "OPENAI_LARGE_MODEL": "large",
            "OPENAI_EMBEDDING_MODEL": "vectors",
            "OPENAI_EMBEDDING_DIMENSIONS": str(DIMENSIONS),
            "OPENAI_IMAGE_DESCRIPTION_MODEL": "eyes",
            "OPENAI_TRANSCRIPTION_MODEL": "ears",
            "OPENAI_TTS_MODEL": "voice",
            "ELIZA_LOCAL_MODEL": "off",
        }

    def _app(self, environ: Mapping[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
        raw = environ["wsgi.input"].read()
        service = environ["PATH_INFO"].removeprefix("/v1/")
        if service == "chat/completions" and UNSPEAKABLE.encode() in raw:
            start_response("403 Forbidden", [("Content-Type", "application/json")])
            yield _json(_DIALECT.trouble("I must not speak of this."))
            return
        speaks = service == "audio/speech"
        start_response("200 OK", [("Content-Type", "audio/mpeg" if speaks else "application/json")])
        if service == "audio/transcriptions":
            yield _json({"text": HEARD})
            return
        asked = json.loads(raw)
        if service == "embeddings":
            yield _json(_embeddings(asked["input"]))
        elif speaks:
            self.spoken.append(asked["input"])
            yield _VOICE
        else:
            yield from self._completion(asked)

    def _completion(self, asked: Mapping[str, Any]) -> Iterator[bytes]:
        answer = _PLAN.format(REPLY) if "<response>" in json.dumps(asked["messages"]) else REPLY
        if not asked.get("stream"):
            message = {"role": "assistant", "content": answer}
            yield _json({"id": "1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
            return
        words = answer.split(" ")
        yield from map(_DIALECT.piece, [f"{word} " for word in words[: len(words) // 2]])
        self.rest.wait()
        yield _DIALECT.piece(" ".join(words[len(words) // 2 :]))
        yield from _DIALECT.end()


def _embeddings(texts: list[str]) -> dict[str, Any]:
    vectors = [[1.0] + [0.0] * (DIMENSIONS - 1) for _ in texts]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return {"object": "list", "data": rows, "model": "vectors", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def _json(body: object) -> bytes:
    return json.dumps(body).encode()
