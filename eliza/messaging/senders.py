"""Senders: whose words a message or an edit are, as the credential says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eliza.access.principal import Principal
from eliza.access.roles import Permission
from eliza.messaging.edits import Edit
from eliza.messaging.messages import Draft
from eliza.messaging.sources import require_no_agent

_NAMES = frozenset({"agentName", "authorDisplayName", "user_display_name", "userDisplayName", "senderName"})
"""Where clients look among the metadata for the name of who wrote a message."""


def attributed(draft: Draft, principal: Principal) -> Draft:
    """What ``principal`` says, under their own name.

    The name a client gives is only for show, and yet people and agents go by it: whoever speaks for themselves alone is
    called what their credential calls them. Who may speak for others says what those are called.
    """
    draft = replace(draft, by_member=not principal.sees_all)
    if principal.may(Permission.ACT_AS):
        return draft
    return replace(draft, author_name=principal.shown_name, metadata=_without_names(draft.metadata))


def attributed_edit(edit: Edit, principal: Principal) -> Edit:
    """What ``principal`` may make of their own words. Raises ``NotAnAgent``."""
    if principal.may(Permission.ACT_AS):
        return edit
    require_no_agent(edit.source_type, edit.raw, edit.metadata)
    return edit if edit.metadata is None else replace(edit, metadata=_without_names(edit.metadata))


def _without_names(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in _NAMES}
