"""The application for development: ``python app.py`` serves it, and ``flask run`` finds it here."""

from gevent import monkey

monkey.patch_all()

from eliza.factory import create_app  # noqa: E402 - nothing may be imported before the patching

app = create_app()

if __name__ == "__main__":
    app.extensions["eliza.server"].start()
