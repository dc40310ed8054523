import pytest

from bridgewatch.config.hosts import check_unicast, parse_host, parse_socket
from tests.config.files import SITE, errors_of, messages, write


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("0.0.0.0", "an address of no host"),
        ("0.1.2.3", "an address of 0.0.0.0/8"),
        ("224.0.0.1", "a multicast address"),
        ("239.255.255.255", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("255.255.255.255", "the broadcast address"),
        ("::", "an address of no host"),
        ("ff02::1", "a multicast address"),
        ("::ffff:192.0.2.1", "an IPv4 address written as IPv6"),
    ],
)
@pytest.mark.parametrize("target", ['"{}"', '{{icmp: "{}"}}', '{{stamp: "[{}]:862"}}'])
def test_an_address_that_no_host_can_have_is_no_target(tmp_path, address, what, target):
    sites = SITE.replace("192.0.2.1", target.format(address))
    (message,) = messages(write(tmp_path, sites=sites))
    assert f"{what}, expected the address of one host" in message


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "1.0.0.0", "223.255.255.255", "2001:db8::1"])
def test_the_address_of_one_host_is_a_target_loopback_too(tmp_path, address):
    assert check_unicast(address) == address
    assert errors_of(write(tmp_path, sites=SITE.replace("192.0.2.1", f'"{address}"'))) == ()


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("references: [192.0.2.7, 224.0.0.1]", "egresses.w.references[1]"),
        ("source: 224.0.0.1", "egresses.w.source"),
        ("source: [192.0.2.7, 'ff02::1']", "egresses.w.source[1]"),
        ("source: eth0", "egresses.w.source"),
        ("source:", "egresses.w.source"),
    ],
)
def test_references_and_source_addresses_are_those_of_hosts_too(tmp_path, entry, key):
    daemon = f"egresses:\n  w:\n    networks: [wan]\n    {entry}\n"
    assert [e.key for e in errors_of(write(tmp_path, sites=SITE, bridgewatch=daemon))] == [key]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.0/24", "one address, without the length of its prefix"),
        ("2001:db8::/32", "one address, without the length of its prefix"),
        ("192.0.002.001", "an IP address without leading zeros"),
        ("192.0.2.1, 192.0.2.2", "one address; several are a list"),
        ("192.0.2.1 2001:db8::1", "one address; several are a list"),
        ("http://mcu.example/", "an IP address or a DNS name"),
    ],
)
def test_a_host_of_the_wrong_form_is_told_what_is_too_much(text, expected):
    with pytest.raises(ValueError, match=expected):
        parse_host(text)


def test_a_socket_of_an_ipv6_address_is_told_its_brackets():
    with pytest.raises(ValueError, match=r'"\[2001:db8::1\]:862", an IPv6 address in brackets'):
        parse_socket("2001:db8::1")
