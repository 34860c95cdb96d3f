"""Guarded: which addresses are behind the key."""

from flask import Flask, current_app

_ALWAYS = ("/api/", "/media/", "/openapi.json/")
_KEY = "eliza.guarded"


def guard_also(app: Flask, address: str) -> None:
    """Put what lies at ``address``, and below it, behind the key as well."""
    guarded: tuple[str, ...] = app.extensions.get(_KEY, _ALWAYS)
    if not address.startswith(guarded):
        app.extensions[_KEY] = (*guarded, f"{address}/")


def needs_key(path: str) -> bool:
    """True for what is closed to whoever lacks the key, if there is one."""
    guarded: tuple[str, ...] = current_app.extensions.get(_KEY, _ALWAYS)
    return f"{path}/".startswith(guarded)
