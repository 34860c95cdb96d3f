"""Cookies: sent only by the server's own pages (``SameSite=Strict``), and not readable by scripts."""

from datetime import timedelta

from flask import Response, request


def set_cookie(response: Response, name: str, value: str, *, path: str, lifetime: timedelta) -> None:
    """Set a cookie for all requests below ``path``."""
    response.set_cookie(
        name, value, max_age=lifetime, path=path, secure=request.is_secure, httponly=True, samesite="Strict"
    )


def delete_cookie(response: Response, name: str, *, path: str) -> None:
    """Delete the cookie in the browser."""
    response.delete_cookie(name, path=path, secure=request.is_secure, httponly=True, samesite="Strict")
