"""AddressPolicy: which addresses and names are public, whatever their spelling."""

from ipaddress import ip_address

import pytest

from eliza.errors import ConfigurationError
from eliza.outgoing import AddressPolicy
from eliza.outgoing.address_policy import is_disguised, is_outside

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "5f00::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_lies_inside_is_not_admitted(address: str) -> None:
    assert not is_outside(ip_address(address))
    assert not AddressPolicy().allows(ip_address(address), 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111", "1.1.1.1"])
def test_what_lies_outside_is_admitted_on_the_ports_of_the_web(address: str) -> None:
    admitted = [
        port for port in (22, 25, 80, 443, 6379, 8080, 8443) if AddressPolicy().allows(ip_address(address), port)
    ]

    assert admitted == [80, 443, 8080, 8443]


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.2", "1.2.3.4.0x5", "010.8.8.8"]
)
def test_an_address_in_an_odd_spelling_is_refused(host: str) -> None:
    assert is_disguised(host)
    assert AddressPolicy().refuses_name(host)
    assert AddressPolicy().refuses_name(f"{host}.")


@pytest.mark.parametrize("host", ["8.8.8.8", "example.com", "example.com.", "2606:4700::1111", "7zip.org", "x.0xyz"])
def test_an_ordinary_name_is_not(host: str) -> None:
    assert not AddressPolicy().refuses_name(host)


@pytest.mark.parametrize("host", ["localhost", "LocalHost.", "a.localhost", "metadata.google.internal", "nas.local"])
def test_names_that_mean_something_inside_are_refused_unasked(host: str) -> None:
    assert AddressPolicy().refuses_name(host)


def test_an_operator_opens_names_addresses_and_networks_on_any_port() -> None:
    policy = AddressPolicy.allowing(["images.intranet", "10.1.2.3", "10.7.0.0/16", "fd12::/64"])

    assert policy.allows_name("Images.Intranet.")
    assert not policy.refuses_name("images.intranet")
    assert policy.refuses_name("other.intranet")
    assert all(policy.allows(ip_address(address), 9000) for address in ("10.1.2.3", "10.7.9.9", "fd12::1"))
    assert policy.allows(ip_address("::ffff:10.1.2.3"), 9000)
    assert not policy.allows(ip_address("10.1.2.4"), 80)


@pytest.mark.parametrize("entry", ["http://10.0.0.1", "10.0.0.0/99", "a b", "0x7f.1", "*"])
def test_what_opens_nothing_is_said_at_start(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="ELIZA_OUTGOING_ALLOW"):
        AddressPolicy.allowing([entry])
