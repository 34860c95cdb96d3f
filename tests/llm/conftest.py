"""The models run under gevent, as in production."""

from gevent import monkey

monkey.patch_all()
