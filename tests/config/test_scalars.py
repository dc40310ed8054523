import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.config.hosts import HostPort, family_of, parse_host, parse_socket
from bridgewatch.config.scalars import (
    Duration,
    Whole,
    parse_dscp,
    parse_flag,
    parse_octets,
    parse_rate,
    parse_ratio,
    parse_share,
)
from bridgewatch.config.tree import Quoted


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_rate, "20M", 20_000_000),
        (parse_rate, Quoted("1.5G"), 1_500_000_000),
        (parse_rate, "512k", 512_000),
        (parse_rate, "64000", 64_000),
        (parse_ratio, "1%", 0.01),
        (parse_share, "120%", 1.2),
        (parse_share, "1.2", 1.2),
        (parse_octets, "500MB", 500_000_000),
        (parse_octets, "1.5 GB", 1_500_000_000),
        (parse_octets, "2000", 2_000),
        (parse_ratio, "0.03", 0.03),
        (parse_dscp, "af41", 34),
        (parse_dscp, "46", 46),
        (Duration(0, 60).parse, "500ms", 0.5),
        (Duration(0, 600).parse, "5m", 300.0),
        (Duration(0, 60).parse, "0.1", 0.1),
        (parse_flag, "true", True),
        (parse_flag, "false", False),
        (parse_host, "MCU.Example.", "mcu.example"),
        (parse_host, "2001:DB8:0::1", "2001:db8::1"),
        (parse_socket, "192.0.2.1", HostPort("192.0.2.1", 862)),
        (parse_socket, "[2001:db8::1]:8620", HostPort("2001:db8::1", 8620)),
        (parse_socket, "mcu.example:1", HostPort("mcu.example", 1)),
    ],
)
def test_a_scalar_means(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (parse_rate, "20 Mbit"),
        (parse_share, "0"),
        (parse_share, "1001%"),
        (parse_octets, "2Gb"),
        (parse_octets, "2gb"),
        (parse_octets, "0MB"),
        (parse_octets, "9999TB"),
        (parse_rate, "0"),
        (parse_rate, "99999999G"),
        (parse_rate, None),
        (parse_ratio, "101%"),
        (parse_ratio, "-1"),
        (parse_dscp, "64"),
        (parse_dscp, "AF44"),
        (parse_dscp, []),
        (Duration(0.02, 3600).parse, "0.01"),
        (Duration(0.02, 3600).parse, "2h"),
        (Duration(0.02, 3600).parse, "٣"),
        (Whole(16, 100).parse, Quoted("64")),
        (Whole(16, 100).parse, "64.0"),
        (Whole(16, 100).parse, "15"),
        (Whole(16, 100).parse, "9" * 5_000),
        (parse_flag, "no"),
        (parse_flag, "True"),
        (parse_flag, Quoted("true")),
        (parse_host, "192.0.2.300"),
        (parse_host, "192.0.2.1:862"),
        (parse_host, "fe80::1%eth0"),
        (parse_host, "-x.example"),
        (parse_host, ""),
        (parse_host, {"icmp": "x"}),
        (parse_socket, "192.0.2.1:0"),
        (parse_socket, "192.0.2.1:65536"),
        (parse_socket, "2001:db8::1:862"),
    ],
)
def test_a_scalar_of_the_wrong_form_is_a_mistake(parse, value):
    with pytest.raises(ValueError, match=r"\w"):
        parse(value)


@given(st.ip_addresses())
def test_every_address_is_read_in_its_canonical_form(address):
    for text in (str(address), address.exploded):
        if "%" not in text:
            assert parse_host(text) == str(address)
            assert family_of(text) == ipaddress.ip_address(text).version


@given(st.ip_addresses(), st.integers(1, 65_535))
def test_a_socket_is_read_back_as_it_is_shown(address, port):
    socket = HostPort(str(address), port)
    assert parse_socket(str(socket)) == socket


@given(st.text(max_size=80))
def test_any_text_is_a_host_or_a_mistake(text):
    try:
        host = parse_host(text)
    except ValueError:
        return
    assert parse_host(host) == host


@given(st.integers(0, 10_000), st.sampled_from(["ms", "s", "m", ""]))
def test_durations_agree_with_plain_arithmetic(number, unit):
    expected = number * {"ms": 1, "s": 1_000, "m": 60_000, "": 1_000}[unit] / 1_000
    assert Duration(0, 1e9).parse(f"{number}{unit}") == pytest.approx(expected, rel=1e-12)
