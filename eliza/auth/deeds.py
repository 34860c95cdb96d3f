"""Deeds: what the audit log is told of keys and people. Never a key, a password or a token."""

from eliza.access.principal import Principal
from eliza.audit.audit import Audit
from eliza.auth.people import Change
from eliza.http.current import current


def note(action: str, target: str, **details: object) -> None:
    """By whoever sends the request at hand."""
    current(Audit).record(action, target=target, details=details)


def note_by(principal: Principal, action: str, target: str, **details: object) -> None:
    """By somebody whom the gate did not see, as on the command line."""
    current(Audit).record(action, target=target, details=details, principal=principal)


def told(change: Change) -> dict[str, object]:
    """What was changed of a person; of the password, that it was."""
    shown: dict[str, object] = {
        "role": change.role,
        "username": change.username,
        "email": change.email,
        "disabled": change.is_disabled,
        "new password": None if change.password is None else True,
    }
    return {name: value for name, value in shown.items() if value is not None}
