"""Answers: the three ways a client that posted a message may listen for what comes of it."""

import logging
from collections.abc import Iterator, Mapping, Sequence

from flask import Response

from eliza.errors import ElizaError
from eliza.events import Message
from eliza.http.envelope import answer, given, internal_error
from eliza.http.streams import KEEP_ALIVE, event, event_stream
from eliza.messaging import wire
from eliza.messaging.bodies import Transport
from eliza.messaging.replies import Replies, TurnState

log = logging.getLogger(__name__)


class AgentFailed(ElizaError):
    """The message is stored; the agent could not answer it, and the message says why."""

    status = 502
    code = "AGENT_FAILED"


class Answers:
    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def answer(
        self, message: Message, transport: Transport, *, seconds: float, beside: Mapping[str, object] | None = None
    ) -> Response:
        """Return at once (``websocket``), with the replies (``http``), or tell them as they come (``sse``).

        ``http`` and ``sse`` wait until every agent's turn on the message has ended, at most ``seconds``; one that waits
        for an approval is not waited for, and its reply comes later like any other message. What is to
        stand ``beside`` the message stands in the answer, or in the last event of the stream.
        Raises ``AgentFailed`` when nobody replied and somebody failed.
        """
        if transport == "sse":
            return event_stream(self._events(message, seconds, beside or {}))
        if transport == "websocket":
            return _posted(message, {}, beside or {})
        return _posted(message, self._outcome(self._replies.wait(message.id, seconds=seconds)), beside or {})

    def _events(self, message: Message, seconds: float, beside: Mapping[str, object]) -> Iterator[bytes]:
        """The stream. It ends with ``done`` or ``error`` whatever happens, since its status has been sent by then."""
        try:
            yield from self._told(message, seconds, beside)
        except ElizaError as failure:
            yield _error(failure)
        except Exception as failure:
            yield _error(internal_error(log, "stream failed", failure, message_id=str(message.id)))

    def _told(self, message: Message, seconds: float, beside: Mapping[str, object]) -> Iterator[bytes]:
        yield event("user_message", {"type": "user_message", **wire.bus_message(message)})
        for piece in self._replies.follow(message.id, seconds=seconds):
            if piece is None:
                yield KEEP_ALIVE
                continue
            chunk = {"messageId": str(piece.reply_id), "chunk": piece.text, "index": piece.index}
            yield event("chunk", {"type": "chunk", "text": piece.text, "agentId": str(piece.agent_id), **chunk})
        outcome = self._outcome(self._replies.states(message.id))
        yield event("done", {"type": "complete", **(outcome.get("agentResponse") or {}), **outcome, **beside})

    def _outcome(self, states: Sequence[TurnState]) -> wire.OutcomeJson:
        replies = [wire.content(reply) for reply in self._replies.written(states)]
        failed = [state for state in states if state.status == "failed"]
        if failed and not replies:
            raise AgentFailed(
                f"{failed[0].agent_name} could not answer: {failed[0].reason}",
                details={"turns": [wire.turn(state) for state in states]},
            )
        outcome: wire.OutcomeJson = {"turns": [wire.turn(state) for state in states]}
        return {"agentResponse": replies[0], "agentResponses": replies, **outcome} if replies else outcome


def _error(failure: ElizaError) -> bytes:
    return event("error", {"type": "error", "error": failure.message, "code": failure.code})


def _posted(message: Message, outcome: wire.OutcomeJson, beside: Mapping[str, object]) -> Response:
    payload: wire.PostedJson = {"userMessage": wire.bus_message(message), **outcome}
    payload = given(payload, **beside)
    data: wire.PostedDataJson = {**wire.central_message(message), **payload}
    answered: wire.AnsweredJson = {"success": True, **payload, "data": data}
    return answer(answered, 201)
