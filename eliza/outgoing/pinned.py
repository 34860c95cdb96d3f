"""Pinned: connections that go to exactly the address that was checked.

A name could resolve to another address between the check and the connection (DNS rebinding). So the check happens when
the connection is made, and the connection goes to the checked address. The certificate is still verified for the name.
"""

import ssl
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import gevent
from httpcore2 import SOCKET_OPTION, ConnectError, NetworkBackend, NetworkStream, SyncBackend

from eliza.outgoing.address_policy import Address, AddressPolicy

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host in the order to try them; an empty list or an ``OSError`` if there are none."""

_READ_BYTES = 4096
"""Bytes read at once, before other greenlets get their turn."""


class Refused(Exception):
    """The host has no address that may be called."""


class PinnedBackend(NetworkBackend):
    """Makes every connection of a fetch, including those of redirects."""

    def __init__(self, policy: AddressPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._network = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Raises ``Refused``, or the error of the last address tried."""
        failure: Exception = ConnectError("no address")
        for address in self._allowed_addresses(host, port):
            try:
                return _YieldingStream(
                    self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
                )
            except ConnectError as error:
                failure = error
        raise failure

    def _allowed_addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of a host. If any of them is private, all are refused: an honest host has none."""
        if self._policy.refuses_name(host):
            raise Refused
        addresses = self._addresses(host, port)
        is_opened = self._policy.allows_name(host)
        if not addresses or not (is_opened or all(self._policy.allows(address, port) for address in addresses)):
            raise Refused
        return addresses

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            return [ip_address(host.strip("[]"))]
        except ValueError:
            pass
        try:
            return [ip_address(found) for found in self._resolve(host, port)]
        except (OSError, ValueError, UnicodeError):
            raise Refused from None


class _YieldingStream(NetworkStream):
    """A stream that yields to other greenlets before every read.

    A read of a socket that has data never yields. A peer that sends faster than we read could therefore block the whole
    server, and no timeout would fire until it is done.
    """

    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        gevent.sleep(0)
        return self._stream.read(min(max_bytes, _READ_BYTES), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        return _YieldingStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
