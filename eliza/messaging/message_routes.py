"""Routes of the messages in a channel."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.config import Settings
from eliza.events import Message
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, nothing, ok
from eliza.http.paging import unless_known
from eliza.http.principal import current_principal
from eliza.messaging import bodies, posting, wire
from eliza.messaging.answers import Answers
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.edits import Edits
from eliza.messaging.messages import MessageNotFound, Messages
from eliza.messaging.replies import Replies
from eliza.messaging.rights import Rights
from eliza.messaging.search import Search
from eliza.messaging.senders import attributed_edit

bp = Blueprint("messages", __name__, url_prefix="/api/messaging")
envelope.speak(bp, envelope.plain)

_HEAVIEST_PAGE = 8 << 20
_PORTION = 100


@bp.post("/channels/<channel_id>/messages")
@api.also(bp, "/central-channels/<channel_id>/messages", methods=["POST"])
@api.heeds("Idempotency-Key", "X-Entity-Id")
@api.returns(wire.AnsweredJson, status=201, or_else={200: api.EVENTS})
def post_message(channel_id: UUID, json: bodies.NewMessage) -> ResponseReturnValue:
    posted = current(Arrivals).receive(posting.draft(json, channel_id), json.message_server_id)
    response = current(Answers).answer(posted.message, json.transport, seconds=current(Settings).reply_timeout)
    return posting.marked(response, posted)


@bp.get("/channels/<channel_id>/messages")
@api.also(bp, "/central-channels/<channel_id>/messages", methods=["GET"])
@api.returns(Ok[wire.MessagesJson], or_else={304: None})
def list_messages(channel_id: UUID, query: bodies.History) -> ResponseReturnValue:
    """Oldest first after ``after_seq``, else newest first."""
    page = _page_before(channel_id, query) if query.after_seq is None else _page_after(channel_id, query)
    turns = current(Replies).states_on(page)
    return unless_known(ok({"messages": [wire.listed_message(message, turns.get(message.id, ())) for message in page]}))


@bp.get("/messages/<message_id>")
@api.returns(Ok[wire.ListedMessageJson])
def get_message(message_id: UUID) -> ResponseReturnValue:
    message = current(Messages).existing(message_id)
    return ok(wire.listed_message(message, current(Replies).states(message_id)))


@bp.patch("/messages/<message_id>")
@api.returns(Ok[wire.MessageJson])
def update_message(message_id: UUID, json: bodies.MessageChange) -> ResponseReturnValue:
    """Changes what is given; no agent takes the message up again."""
    current(Rights).require_author(current_principal(), message_id)
    return ok(wire.central_message(current(Edits).apply(message_id, attributed_edit(json.edit(), current_principal()))))


@bp.post("/messages/search")
@api.returns(Ok[wire.FoundJson])
def search_messages(json: bodies.Wanted) -> ResponseReturnValue:
    """Newest first. The text is looked for as it stands, in capitals or not."""
    page = current(Search).find(
        json.criteria(), limit=json.limit, cursor=json.cursor, skip=json.offset, whose=current_principal().scope
    )
    return ok(wire.found(page))


@bp.delete("/channels/<channel_id>/messages/<message_id>")
@api.also(bp, "/central-channels/<channel_id>/messages/<message_id>", methods=["DELETE"])
@api.returns(status=204)
def delete_message(channel_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Deletes what one has said oneself, or what others have in a channel that one has made."""
    current(Rights).require_deletion(current_principal(), channel_id, message_id)
    current(Audit).along(
        partial(_delete, current(Messages), channel_id, message_id),
        "message.delete",
        target=f"message:{message_id}",
        details={"channel": str(channel_id)},
        order=channel_id,
    )
    return nothing()


@bp.delete("/channels/<channel_id>/messages")
@api.also(bp, "/central-channels/<channel_id>/messages", methods=["DELETE"])
@api.returns(status=204)
def clear_channel(channel_id: UUID) -> ResponseReturnValue:
    current(Rights).require_creator(current_principal(), channel_id)
    current(Audit).along(
        partial(current(Messages).clear, channel_id), "channel.clear", target=f"channel:{channel_id}", order=channel_id
    )
    return nothing()


def _delete(messages: Messages, channel_id: UUID, message_id: UUID) -> None:
    if not messages.delete(channel_id, message_id):
        raise MessageNotFound(message_id)


def _page_after(channel: UUID, query: bodies.History) -> list[Message]:
    start, messages = query.after_seq or 0, current(Messages)
    return _as_many_as_fit(
        lambda last, most: messages.after(channel, last.seq if last else start, limit=most), limit=query.limit
    )


def _page_before(channel: UUID, query: bodies.History) -> list[Message]:
    messages = current(Messages)
    return _as_many_as_fit(
        lambda last, most: messages.page(
            channel,
            limit=most,
            before=query.before,
            before_seq=last.seq if last else query.before_seq,
            after=query.after,
            skip=0 if last else query.skip,
        ),
        limit=query.limit,
    )


def _as_many_as_fit(read: Callable[[Message | None, int], list[Message]], *, limit: int) -> list[Message]:
    """Up to ``limit`` messages; of large ones fewer, though never fewer than a portion. ``read`` goes on after one.

    A portion is always whole, since clients that ask for no more take a shorter page for the last one.
    """
    page: list[Message] = []
    room = _HEAVIEST_PAGE
    while len(page) < limit and room > 0:
        asked = min(_PORTION, limit - len(page))
        portion = read(page[-1] if page else None, asked)
        page += portion
        if len(portion) < asked:
            break
        room -= sum(wire.weight(message) for message in portion)
    return page
