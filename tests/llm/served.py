"""A provider's server played by a test: it keeps what it was asked and answers from a script."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

from gevent.event import Event
from gevent.pywsgi import WSGIServer
from werkzeug.formparser import parse_form_data

from eliza.llm.anthropic import AnthropicProvider
from eliza.llm.ollama import OllamaProvider
from eliza.llm.openai import OpenAIProvider
from eliza.llm.registry import Models
from eliza.llm.types import ModelType, Provider, TextModel

KEY = "sk-very-secret-0123456789"


@dataclass
class Answer:
    """``body`` is sent piece by piece; a generator may wait between them."""

    body: Iterable[bytes] = ()
    status: str = "200 OK"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    form: dict[str, Any] = field(default_factory=dict)
    """The fields of a multipart body; of a file its name, its type and its bytes."""


class Served:
    """Listens on a free port while it is entered. An answer under a path is given every time, the others in turn."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.hung_up = Event()
        self._queue: list[Answer] = []
        self._standing: dict[str, Answer] = {}
        self._server = WSGIServer(("127.0.0.1", 0), self._app, log=None, error_log=None)

    def __enter__(self) -> "Served":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(timeout=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def will(self, *answers: Answer) -> None:
        self._queue.extend(answers)

    def always(self, path: str, answer: Answer) -> None:
        self._standing[path] = answer

    def _app(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
        path = environ["PATH_INFO"]
        raw = environ["wsgi.input"].read()
        headers = {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        if path in self._standing:
            answer = self._standing[path]
        else:
            self.asked.append(_asked(path, environ.get("CONTENT_TYPE", ""), raw, headers))
            answer = self._queue.pop(0)
        start_response(answer.status, [*{"Content-Type": "application/json", **answer.headers}.items()])
        try:
            yield from answer.body
        except GeneratorExit:
            self.hung_up.set()
            raise


def _asked(path: str, content_type: str, raw: bytes, headers: dict[str, str]) -> Asked:
    if not content_type.startswith("multipart/"):
        return Asked(path, json.loads(raw) if raw else {}, headers)
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": BytesIO(raw),
    }
    _, fields, files = parse_form_data(environ)
    sent = {name: (file.filename, file.mimetype, file.read()) for name, file in files.items()}
    return Asked(path, {}, headers, form={**fields.to_dict(), **sent})


def refusal(status: str, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer([json.dumps(body).encode()], status, named)


def endless(piece: bytes) -> Iterator[bytes]:
    """The same piece until the other side hangs up."""
    never = Event()
    while True:
        yield piece
        never.wait(0.005)


def breaking(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, and then a connection that is torn down in the middle."""
    yield from pieces
    raise ConnectionAbortedError("as the test wanted")


class Dialect(Protocol):
    """How one provider's server speaks."""

    name: str

    def model(self, server: Served) -> TextModel: ...

    def piece(self, text: str) -> bytes: ...

    def end(self, *, length: bool = False) -> list[bytes]:
        """What ends an answer, reporting 7 tokens asked and 3 answered."""
        ...

    def trouble(self, message: str) -> object:
        """The JSON body of a refusal."""
        ...


def large(provider: Provider, env: Mapping[str, str]) -> TextModel:
    models = Models()
    models.ask(provider, env)
    return models.text(ModelType.TEXT_LARGE)


class OpenAIDialect:
    name = "openai"

    def model(self, server: Served) -> TextModel:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_LARGE_MODEL": "big"}
        return large(OpenAIProvider(), env)

    def piece(self, text: str) -> bytes:
        return sse(
            {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}
        )

    def end(self, *, length: bool = False) -> list[bytes]:
        reason = "length" if length else "stop"
        return [
            sse({"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}),
            sse({"id": "1", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}}),
            b"data: [DONE]\n\n",
        ]

    def trouble(self, message: str) -> object:
        return {"error": {"message": message, "type": "error", "param": None, "code": None}}


class AnthropicDialect:
    name = "anthropic"

    def model(self, server: Served) -> TextModel:
        env = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_LARGE_MODEL": "big"}
        return large(AnthropicProvider(), env)

    def piece(self, text: str) -> bytes:
        return event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})

    def end(self, *, length: bool = False) -> list[bytes]:
        reason = "max_tokens" if length else "end_turn"
        usage = {"input_tokens": 7, "output_tokens": 1}
        message = {"id": "1", "type": "message", "role": "assistant", "content": [], "model": "big", "usage": usage}
        return [
            event({"type": "message_start", "message": message}),
            event({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 3}}),
            event({"type": "message_stop"}),
        ]

    def trouble(self, message: str) -> object:
        return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}


class OllamaDialect:
    name = "ollama"

    def model(self, server: Served) -> TextModel:
        server.always("/api/tags", tags("big:latest"))
        return large(OllamaProvider(), {"OLLAMA_API_ENDPOINT": f"{server.url}/api", "OLLAMA_LARGE_MODEL": "big"})

    def piece(self, text: str) -> bytes:
        return line({"message": {"role": "assistant", "content": text}, "done": False})

    def end(self, *, length: bool = False) -> list[bytes]:
        reason = "length" if length else "stop"
        done = {"done": True, "done_reason": reason, "prompt_eval_count": 7, "eval_count": 3}
        return [line({"message": {"role": "assistant", "content": ""}, **done})]

    def trouble(self, message: str) -> object:
        return {"error": message}


def tags(*names: str, size: str = "8.0B", family: str = "llama") -> Answer:
    details = {"parameter_size": size, "family": family}
    models = [{"name": name, "details": details} for name in names]
    return Answer([json.dumps({"models": models}).encode()], headers={"Connection": "close"})


def sse(body: object) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def event(body: dict[str, Any]) -> bytes:
    return f"event: {body['type']}\n".encode() + sse(body)


def line(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"


DIALECTS: tuple[Dialect, ...] = (OpenAIDialect(), AnthropicDialect(), OllamaDialect())
