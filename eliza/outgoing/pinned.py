"""Pinned: connections that go to the very address that was looked at.

Between a look at a name and its use the name may come to mean something else. So the look happens where the connection
is made, and the connection is made to the address and not to the name, which stays what the certificate must bear.
"""

import ssl
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import gevent
from httpcore2 import SOCKET_OPTION, ConnectError, NetworkBackend, NetworkStream, SyncBackend

from eliza.outgoing.address_policy import Address, AddressPolicy

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, in the order to try them; none, or an ``OSError``, where there are none."""

_READ_BYTES = 4096
"""Bytes read at once: as much as is worked through before anybody else's turn comes."""


class Refused(Exception):
    """The host leads nowhere that may be called."""


class PinnedBackend(NetworkBackend):
    """Every connection of a fetch is made here, those to which a redirect leads too."""

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
        """Raises ``Refused``, or what the connection raises."""
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
        """The addresses of a host. One among them that lies inside spoils all: an honest host has none."""
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
    """A stream that lets everybody else go on before it reads.

    Who sends faster than we read keeps the socket full, and a read that finds something there never waits. Ten
    megabytes in pieces of a byte would then hold up the whole server, and no deadline would pass before their end.
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
