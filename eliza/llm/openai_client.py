"""OpenAI's client: the connection that all models behind one address share, and what its failures mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2

from eliza.llm import remote
from eliza.llm.remote import Callee

if TYPE_CHECKING:
    import openai
    from openai import OpenAI


def connect(key: str, url: str) -> "OpenAI":
    """One client, so one pool of connections, for all models. Importing it takes more than half a second."""
    from openai import OpenAI, Timeout  # noqa: PLC0415 - loaded only when configured, and before the port opens.

    client = OpenAI(
        api_key=key or "none",
        base_url=url,
        max_retries=0,  # The patience is in calls.
        timeout=Timeout(300, connect=10),
    )
    # These are loaded at first use; a conversation should not have to wait for it.
    _ = client.chat.completions, client.embeddings, client.audio
    return client


@contextmanager
def translated(client: "OpenAI", callee: Callee) -> Iterator[None]:
    """Let nothing but a ``ModelError`` out of the block, in words that do not hold the key."""
    import openai  # noqa: PLC0415 - loaded when configured.

    try:
        yield
    except (openai.APITimeoutError, httpx2.TimeoutException) as error:
        raise remote.timed_out(callee) from error
    except (openai.APIConnectionError, httpx2.TransportError) as error:
        raise remote.unreachable(callee, client.base_url) from error
    except openai.APIStatusError as error:
        # Without its cause: the provider's words may repeat the key.
        raise remote.failure(callee, error.status_code, _words(error), error.response.headers) from None
    except openai.APIError as error:
        raise remote.broken(callee, _words(error)) from None
    except ValueError as error:
        raise remote.not_understood(callee) from error


def _words(error: "openai.APIError") -> str:
    return f"{error.message} {error.code or ''}".strip()
