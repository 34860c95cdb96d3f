"""The application for production: ``gunicorn wsgi:app``."""

from gevent import monkey

monkey.patch_all()

from eliza.factory import create_app  # noqa: E402 - nothing may be imported before the patching

app = create_app()
