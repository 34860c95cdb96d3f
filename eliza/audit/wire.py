"""Wire: the audit log as clients read it."""

from typing_extensions import TypedDict

from eliza.audit.audit import Entry
from eliza.clock import milliseconds
from eliza.http.envelope import Id, Json


class EntryJson(TypedDict):
    """``seq`` orders entries. ``credential`` is what the actor had brought: ``open``, ``token``, ``key:<id>``, …"""

    seq: int
    actor: str
    credential: str
    entityId: Id | None
    address: str | None
    action: str
    target: str | None
    details: Json
    createdAt: int


class EntriesJson(TypedDict):
    entries: list[EntryJson]


def entry(one: Entry) -> EntryJson:
    return {
        "seq": one.seq,
        "actor": one.actor,
        "credential": one.credential,
        "entityId": one.entity_id,
        "address": one.address,
        "action": one.action,
        "target": one.target,
        "details": dict(one.details),
        "createdAt": milliseconds(one.created_at),
    }
