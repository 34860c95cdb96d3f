# `flask run` serves the application for development, and listens where the other ways of running the server do.
FLASK_APP=app
FLASK_RUN_HOST=${SERVER_HOST:-127.0.0.1}
FLASK_RUN_PORT=${SERVER_PORT:-3000}
