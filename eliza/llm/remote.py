"""Remote: what the providers reached over HTTP have in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import sqrt
from urllib.parse import urlsplit

from eliza.llm.errors import ModelError, ModelRefused, ModelTimedOut, ModelUnreachable, PromptTooLong

_TOO_LONG = re.compile(
    r"context.?(?:length|window|size)|maximum context|prompt is too long|too many (?:input )?tokens|input is too long",
    re.IGNORECASE,
)
_OUT_OF_MONEY = re.compile(r"insufficient_quota|billing|credit balance|exceeded your current quota", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Callee:
    """Whom a call goes to, as its failures name it: a model's name, the setting with its key, and that key."""

    name: str
    key_setting: str = ""
    key: str = field(default="", repr=False)


def setting(env: Mapping[str, str], *names: str) -> str:
    """The first of the settings that is not blank, else an empty string."""
    return next((env[name].strip() for name in names if env.get(name, "").strip()), "")


def is_too_long(message: str) -> bool:
    """True if a provider's words mean that the prompt does not fit the model."""
    return _TOO_LONG.search(message) is not None


def failure(callee: Callee, status: int, message: str, headers: Mapping[str, str]) -> ModelError:
    """What an HTTP answer other than 200 means for the conversation. The key never appears in it."""
    said = _quotable(callee, message)
    if status in {400, 413, 422} and is_too_long(message):
        return PromptTooLong(f"{callee.name} cannot take a prompt of this length: {said}")
    if status in {401, 403}:
        check = f" Check {callee.key_setting}." if callee.key_setting else ""
        return ModelRefused(f"{callee.name} does not accept the key it was called with (HTTP {status}).{check}")
    if status == 402 or (status == 429 and _OUT_OF_MONEY.search(message)):
        return ModelRefused(f"The account for {callee.name} has no credit left (HTTP {status}).")
    if status in {408, 504}:
        return ModelTimedOut(f"{callee.name} took too long (HTTP {status}).")
    if status in {409, 425, 429} or status >= 500:
        why = "has too many requests" if status == 429 else "has a fault at the provider"
        return ModelUnreachable(f"{callee.name} {why} (HTTP {status}).", details=retry_after(headers))
    return ModelRefused(f"{callee.name} refused the request (HTTP {status}): {said}")


def broken(callee: Callee, message: str) -> ModelError:
    """What an error event in the middle of a stream means."""
    if is_too_long(message):
        return PromptTooLong(f"{callee.name} cannot take a prompt of this length.")
    return ModelUnreachable(f"{callee.name} reported a fault: {_quotable(callee, message)}")


def unreachable(callee: Callee, url: object) -> ModelUnreachable:
    """Names the host alone: a URL may hold a password."""
    host = urlsplit(str(url)).netloc.rpartition("@")[2]
    return ModelUnreachable(f"{callee.name} cannot be reached at {host}, or the connection broke.")


def timed_out(callee: Callee) -> ModelTimedOut:
    return ModelTimedOut(f"{callee.name} did not answer in time.")


def not_understood(callee: Callee) -> ModelError:
    return ModelError(f"{callee.name} answered in a form that cannot be read.")


def retry_after(headers: Mapping[str, str]) -> dict[str, float]:
    """The pause a provider asks for, as the ``details`` of an error that ``calls`` honours; empty without one."""
    wish = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", wish):
        return {"retry_after": float(wish)}
    try:
        # A date is compared with the server's own clock, so that a difference to ours does no harm.
        pause = parsedate_to_datetime(wish) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return {}
    return {"retry_after": max(0.0, pause.total_seconds())}


def unit(vector: Sequence[float]) -> list[float]:
    """The vector at length one; a vector without length stays as it is."""
    length = sqrt(sum(number * number for number in vector))
    return [number / length for number in vector] if length else list(vector)


def _quotable(callee: Callee, message: str) -> str:
    if callee.key:
        message = message.replace(callee.key, "…")
    message = " ".join(message.split())
    return message if len(message) <= 300 else f"{message[:300]}…"
