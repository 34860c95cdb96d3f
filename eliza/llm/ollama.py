"""Ollama: models that a local or remote Ollama has pulled, over its own HTTP interface.

That interface is four requests, so the official package would add more than it saves; and it tells what the
OpenAI-like one leaves out: which models are there, how big they are, how long their vectors.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import gevent
import httpx2

from eliza.llm import remote
from eliza.llm.errors import AnswerCutOff, ModelError
from eliza.llm.registry import Priority
from eliza.llm.remote import Callee, setting
from eliza.llm.types import Absence, Delta, Finished, Manner, ModelType, Offer, Prompt, Usage

_SETTINGS = (
    "OLLAMA_API_ENDPOINT",
    "OLLAMA_HOST",
    "OLLAMA_SMALL_MODEL",
    "OLLAMA_LARGE_MODEL",
    "OLLAMA_EMBEDDING_MODEL",
)
_PLANS_FROM = 7e9
"""Parameters from which a model is trusted with the long prompt and a structured answer."""
_CONTEXT = 8192
"""Tokens of context asked for. Ollama's own default is smaller, and it cuts long prompts without a word."""


@dataclass(frozen=True, slots=True)
class _Pulled:
    """A model that the Ollama has, and how many parameters it says it has (0 if it does not say)."""

    name: str
    parameters: float
    embeds: bool


class OllamaProvider:
    """Configured by any of the ``OLLAMA_`` settings; asks at start, for up to ``patience`` seconds, what is there."""

    name = "ollama"

    def __init__(self, *, patience: float = 2) -> None:
        self._patience = patience

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        if not setting(env, *_SETTINGS):
            return
        url = address(setting(env, "OLLAMA_API_ENDPOINT", "OLLAMA_HOST"))
        client = _client(url)
        try:
            pulled = _pulled(client, self._patience)
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            yield Absence(self.name, f"nothing that speaks Ollama answers at {url} ({type(error).__name__})")
            return
        yield from self._text(env, client, pulled)
        yield from self._embedding(env, client, pulled)

    def _text(
        self, env: Mapping[str, str], client: httpx2.Client, pulled: Sequence[_Pulled]
    ) -> Iterator[Offer | Absence]:
        small, large = setting(env, "OLLAMA_SMALL_MODEL"), setting(env, "OLLAMA_LARGE_MODEL")
        any_at_all = next((model.name for model in pulled if not model.embeds), "")
        wishes = {
            ModelType.TEXT_SMALL: small or large or any_at_all,
            ModelType.TEXT_LARGE: large or small or any_at_all,
        }
        if not any_at_all and not small and not large:
            yield Absence(self.name, "it has no model that writes text; run for example: ollama pull llama3.1")
            return
        for wish in dict.fromkeys(wishes.values()):
            if _find(pulled, wish) is None:
                yield _missing(wish)
        context = setting(env, "OLLAMA_NUM_CTX")
        for model_type, wish in wishes.items():
            model = _find(pulled, wish)
            if model is not None:
                text = OllamaText(
                    client, model.name, _manner(model), context=int(context) if context.isdecimal() else _CONTEXT
                )
                yield Offer(model_type, text, Priority.OLLAMA, f"the Ollama at {client.base_url.host} has it")

    def _embedding(
        self, env: Mapping[str, str], client: httpx2.Client, pulled: Sequence[_Pulled]
    ) -> Iterator[Offer | Absence]:
        wish = setting(env, "OLLAMA_EMBEDDING_MODEL") or next((model.name for model in pulled if model.embeds), "")
        if not wish:
            return
        model = _find(pulled, wish)
        if model is None:
            yield _missing(wish)
            return
        dimension = _dimension(client, model.name, self._patience)
        if dimension is None:
            yield Absence(self.name, f"{wish} does not say how long its vectors are")
            return
        embedding = OllamaEmbedding(client, model.name, dimension)
        yield Offer(
            ModelType.TEXT_EMBEDDING, embedding, Priority.OLLAMA, f"the Ollama at {client.base_url.host} has it"
        )


class OllamaText:
    def __init__(self, client: httpx2.Client, model: str, manner: Manner, *, context: int) -> None:
        self.name = f"ollama/{model}"
        self.manner = manner
        self._client = client
        self._model = model
        self._context = context
        self._callee = Callee(self.name)

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        with (
            _translated(self._client, self._callee),
            self._client.stream("POST", "/api/chat", json=self._request(prompt)) as response,
        ):
            _require_success(self._callee, response)
            yield from self._read(response)

    def _request(self, prompt: Prompt) -> dict[str, object]:
        options: dict[str, object] = {"num_predict": prompt.max_tokens, "num_ctx": self._context}
        if prompt.temperature is not None:
            options["temperature"] = prompt.temperature
        if prompt.stop:
            options["stop"] = list(prompt.stop)
        request: dict[str, object] = {
            "model": self._model,
            "messages": [{"role": line.role, "content": line.text} for line in prompt.lines],
            "options": options,
            "stream": True,
        }
        if prompt.schema is not None:
            request["format"] = dict(prompt.schema)
        return request

    def _read(self, response: httpx2.Response) -> Iterator[Delta | Finished]:
        for part in _parts(response):
            if "error" in part:
                raise remote.broken(self._callee, str(part["error"]))
            text = part.get("message", {}).get("content")
            if text:
                yield Delta(text)
            if part.get("done"):
                usage = Usage(part.get("prompt_eval_count", 0), part.get("eval_count", 0))
                yield Finished("length" if part.get("done_reason") == "length" else "stop", usage)
                return
        raise AnswerCutOff(f"{self.name} stopped before its answer was finished.")


class OllamaEmbedding:
    def __init__(self, client: httpx2.Client, model: str, dimension: int) -> None:
        self.name = f"ollama/{model}"
        self.dimension = dimension
        self._client = client
        self._model = model
        self._callee = Callee(self.name)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        with _translated(self._client, self._callee):
            response = self._client.post("/api/embed", json={"model": self._model, "input": list(texts)})
            _require_success(self._callee, response)
            return [remote.unit(vector) for vector in response.json()["embeddings"]]


def address(text: str) -> str:
    """The base URL meant by a setting: ``:11434``, ``0.0.0.0``, ``host:port`` and ``http://host:11434/api`` all do."""
    text = text.strip().rstrip("/").removesuffix("/api")
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    # An address to listen on is not one to call.
    everywhere = "0.0.0.0"  # noqa: S104  # nosec B104  # It is read, not bound.
    host = "127.0.0.1" if parts.hostname in {None, everywhere, "::"} else parts.hostname
    host = f"[{host}]" if host and ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else 11434)
    return f"{parts.scheme}://{host}:{port}{parts.path}"


def _client(url: str) -> httpx2.Client:
    is_local = urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
    # A proxy that is set for the outside world cannot reach this machine's own Ollama.
    return httpx2.Client(base_url=url, timeout=httpx2.Timeout(300, connect=5), trust_env=not is_local)


def _pulled(client: httpx2.Client, patience: float) -> list[_Pulled]:
    # The client's own limit is for each read: a server that drips would hold up the start.
    with gevent.Timeout(patience, httpx2.ReadTimeout("too slow")):
        response = client.get("/api/tags")
    response.raise_for_status()
    return [_described(model) for model in response.json()["models"]]


def _described(model: Mapping[str, Any]) -> _Pulled:
    details = model.get("details") or {}
    families = {details.get("family"), *(details.get("families") or ())}
    embeds = "embedding" in (model.get("capabilities") or ()) or any("bert" in str(family) for family in families)
    return _Pulled(model["name"], _count(str(details.get("parameter_size", ""))), embeds)


def _count(size: str) -> float:
    """The number of parameters that "8.0B" or "137M" stands for."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMBT])", size.strip(), re.IGNORECASE)
    if match is None:
        return 0
    return float(match[1]) * {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[match[2].upper()]


def _find(pulled: Sequence[_Pulled], wish: str) -> _Pulled | None:
    """A name without a tag means the latest, as on Ollama's command line."""
    names = {wish} if ":" in wish else {wish, f"{wish}:latest"}
    return next((model for model in pulled if model.name in names), None)


def _manner(model: _Pulled) -> Manner:
    return Manner.PLAN if model.parameters == 0 or model.parameters >= _PLANS_FROM else Manner.CHAT


def _missing(wish: str) -> Absence:
    return Absence("ollama", f"it has not pulled {wish}; run: ollama pull {wish}")


def _dimension(client: httpx2.Client, model: str, patience: float) -> int | None:
    try:
        response = client.post("/api/show", json={"model": model}, timeout=patience)
        response.raise_for_status()
        facts = response.json()["model_info"]
    except (httpx2.HTTPError, ValueError, KeyError):
        return None
    lengths = [value for name, value in facts.items() if name.endswith(".embedding_length")]
    return lengths[0] if lengths and isinstance(lengths[0], int) else None


def _parts(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    """The JSON objects of the stream, one a line. Only a newline ends a line: texts may hold other separators."""
    rest = b""
    for piece in response.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        yield from (json.loads(line) for line in lines if line.strip())
    if rest.strip():
        yield json.loads(rest)


def _require_success(callee: Callee, response: httpx2.Response) -> None:
    if response.is_success:
        return
    response.read()
    raise remote.failure(callee, response.status_code, _error_text(response), response.headers)


def _error_text(response: httpx2.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return response.text


@contextmanager
def _translated(client: httpx2.Client, callee: Callee) -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except httpx2.TimeoutException as error:
        raise remote.timed_out(callee) from error
    except httpx2.HTTPError as error:
        raise remote.unreachable(callee, client.base_url) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise remote.not_understood(callee) from error
