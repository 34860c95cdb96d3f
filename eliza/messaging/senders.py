"""Senders: messages and edits carry the name of their real sender, as the credential says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eliza.access.principal import Principal
from eliza.access.roles import Permission
from eliza.messaging.edits import Edit
from eliza.messaging.messages import Draft
from eliza.messaging.sources import require_no_agent

_NAMES = frozenset({"agentName", "authorDisplayName", "user_display_name", "userDisplayName", "senderName"})
"""The metadata keys in which clients look for the author's name."""


def attributed(draft: Draft, principal: Principal) -> Draft:
    """The draft under the name of ``principal``.

    People and agents trust the displayed name, so a client cannot choose it. Only callers who may speak for others set
    the author's name themselves.
    """
    draft = replace(draft, by_member=not principal.sees_all)
    if principal.may(Permission.ACT_AS):
        return draft
    return replace(draft, author_name=principal.shown_name, metadata=_without_names(draft.metadata))


def attributed_edit(edit: Edit, principal: Principal) -> Edit:
    """The edit, without a forged author. Raises ``NotAnAgent``."""
    if principal.may(Permission.ACT_AS):
        return edit
    require_no_agent(edit.source_type, edit.raw, edit.metadata)
    return edit if edit.metadata is None else replace(edit, metadata=_without_names(edit.metadata))


def _without_names(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in _NAMES}
