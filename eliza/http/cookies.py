"""Cookies: as none but the server's own pages send them, and no script of theirs reads them."""

from datetime import timedelta

from flask import Response, request


def set_cookie(response: Response, name: str, value: str, *, path: str, lifetime: timedelta) -> None:
    """Have the browser send ``value`` along with whatever it asks for below ``path``."""
    response.set_cookie(
        name, value, max_age=lifetime, path=path, secure=request.is_secure, httponly=True, samesite="Strict"
    )


def delete_cookie(response: Response, name: str, *, path: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(name, path=path, secure=request.is_secure, httponly=True, samesite="Strict")
