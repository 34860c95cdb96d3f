"""AddressPolicy: which addresses are public, so that the server may fetch from them. Does no network access."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from eliza.errors import ConfigurationError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})
"""The usual ports of web servers. Services on other ports, such as mail, could misinterpret a request."""

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62}\.)*[a-z0-9_-]{1,63}", re.ASCII)
_LIKE_A_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.ASCII)
_INSIDE_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet")
_NAT64 = IPv6Network("64:ff9b::/96")
# Networks that some version of ``ipaddress`` counts as global although they are not public.
_INSIDE: tuple[Network, ...] = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("168.63.129.16/32"),  # The metadata of machines at Azure.
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("198.18.0.0/15"),
    IPv6Network("::/96"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("100::/64"),
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
    IPv6Network("5f00::/16"),
    IPv6Network("fc00::/7"),
    IPv6Network("fec0::/10"),
)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Allows public addresses, and on every port the ``names`` and ``networks`` that the operator lists."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def allowing(cls, entries: Iterable[str]) -> "AddressPolicy":
        """A policy that also allows these host names, addresses and networks. Raises ``ConfigurationError``."""
        names: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ip_network(entry, strict=False))
            except ValueError:
                names.add(_required_name(entry))
        return cls(frozenset(names), tuple(networks))

    def allows_name(self, host: str) -> bool:
        return plain_name(host) in self.names

    def refuses_name(self, host: str) -> bool:
        """True for a name that is forbidden without resolving it."""
        name = plain_name(host)
        if name in self.names:
            return False
        return name == "localhost" or name.endswith(_INSIDE_NAMES) or is_disguised(name)

    def allows_address(self, address: Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)

    def allows(self, address: Address, port: int) -> bool:
        """True if a request may be sent there."""
        address = _unwrapped(address)
        return self.allows_address(address) or (port in PORTS and is_outside(address))


def is_outside(address: Address) -> bool:
    """True for a public address, also if it is an IPv4 address embedded in an IPv6 one."""
    address = _unwrapped(address)
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return not any(address in network for network in _INSIDE if network.version == address.version)


def is_disguised(host: str) -> bool:
    """True for an unusual spelling of an IPv4 address that only some programs accept: ``2130706433``, ``0x7f.1``."""
    if not _LIKE_A_NUMBER.fullmatch(host.rpartition(".")[2]):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def plain_name(host: str) -> str:
    return host.strip("[]").rstrip(".").casefold()


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that is embedded in an IPv6 address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _required_name(entry: str) -> str:
    name = plain_name(entry)
    if not _NAME.fullmatch(name) or is_disguised(name):
        raise ConfigurationError(
            f"ELIZA_OUTGOING_ALLOW: {entry} is not a host name, an address or a network such as 10.0.0.0/8."
        )
    return name
