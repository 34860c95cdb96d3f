"""Realtime: the parts of this folder, put together: sockets that hear what happens, before the application."""

from typing import TYPE_CHECKING

from flask import Flask

from eliza.access.authenticator import Authenticator
from eliza.background import Background
from eliza.clock import Clock
from eliza.config import Settings
from eliza.events import Bus, CredentialEnded, PeopleLeft
from eliza.http.limits import RateLimits
from eliza.http.origins import Names
from eliza.http.same_site import SameSite
from eliza.messaging.messaging import Messaging
from eliza.realtime.broadcast import Broadcast
from eliza.realtime.connection import Connections
from eliza.realtime.handshake import Handshake
from eliza.realtime.inbound import Inbound
from eliza.realtime.limits import EventLimits
from eliza.realtime.log_stream import LogStream
from eliza.realtime.transport import create_sockets

if TYPE_CHECKING:
    from flask_socketio import SocketIO

_REVIEW_SECONDS = 5.0
"""How long a socket may outlive the credential that opened it, when that ends in another process."""


def open_sockets(
    app: Flask,
    settings: Settings,
    clock: Clock,
    bus: Bus,
    background: Background,
    *,
    authenticator: Authenticator,
    rates: RateLimits,
    messaging: Messaging,
) -> "SocketIO":
    """From now on sockets are taken, and told what the bus tells."""
    limits = settings.limits
    sockets = create_sockets(
        app,
        origins=settings.cors_origins or None,
        message_queue=settings.redis_url,
        most_per_address=limits.sockets,
        request_seconds=limits.request_seconds,
    )
    server, names, same_site = sockets.server, Names(settings), SameSite(settings.cors_origins)
    handshake = Handshake(authenticator, settings.socket_token, rates, names, same_site)
    connections = Connections(server, clock, messaging.channels, handshake, most_each=limits.sockets // 2)
    server.on("connect", connections.open)
    server.on("disconnect", connections.close)
    Inbound(server, connections, messaging.arrivals, messaging.channels, messaging.messages, messaging.reading).listen()
    Broadcast(server).listen(bus)
    LogStream(server, connections).listen(bus)
    bus.subscribe(PeopleLeft, lambda left: connections.take_out(left.channel_id, left.people))
    bus.subscribe(CredentialEnded, lambda ended: connections.end(ended.credential))
    EventLimits(server, connections, rates, per_second=limits.events).listen()
    background.every(_REVIEW_SECONDS, connections.review)
    return sockets
