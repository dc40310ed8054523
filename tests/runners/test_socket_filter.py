"""Who gets a connection at all."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.far_end.socket_filter import Network, attach, program

_NETWORKS = st.lists(
    st.ip_addresses(v=4).flatmap(
        lambda each: st.integers(0, 32).map(lambda n: ip_network((int(each), n), False))
    )
    | st.ip_addresses(v=6).flatmap(
        lambda each: st.integers(0, 128).map(lambda n: ip_network(f"{each.exploded}/{n}", False))
    ),
    max_size=6,
)


def admits(allowed: list[Network], source: IPv4Address | IPv6Address) -> bool:
    """What the kernel would do, instruction by instruction, with a header that holds this source."""
    header = bytearray(40)
    header[0] = source.version << 4 | 5
    at = 12 if source.version == 4 else 8
    header[at : at + len(source.packed)] = source.packed
    instructions, place, register = program(allowed), 0, 0
    for _ in range(len(instructions)):
        code, yes, no, value = instructions[place]
        place += 1
        match code:
            case 0x20:
                register = int.from_bytes(header[value - 0xFFF00000 :][:4], "big")
            case 0x30:
                register = header[value - 0xFFF00000]
            case 0x54:
                register &= value
            case 0x15:
                place += yes if register == value else no
            case 0x06:
                return value != 0
    raise AssertionError("it does not end")


@given(allowed=_NETWORKS, source=st.ip_addresses(), pick=st.integers(0, 5), last=st.integers(0, 255))
def test_the_filter_admits_what_lies_in_a_network_and_nothing_else(allowed, source, pick, last) -> None:
    near = [
        ip_address(int(each.network_address) ^ last) for each in allowed[pick : pick + 1] if each.version == 6
    ]
    for each in (source, *near):
        assert admits(allowed, each) == any(
            each in network for network in allowed if network.version == each.version
        )


def test_the_kernel_drops_a_stranger_and_lets_a_known_sender_in() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        attach(listener, [ip_network("127.0.0.8/29")])
        listener.listen()
        with socket.socket() as known:
            known.bind(("127.0.0.9", 0))
            known.settimeout(10)
            known.connect(listener.getsockname())
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.7", 0))
            stranger.settimeout(0.3)
            with pytest.raises(TimeoutError):
                stranger.connect(listener.getsockname())


def test_more_networks_than_the_kernel_takes_are_refused() -> None:
    with pytest.raises(ValueError, match="too many networks"):
        program([ip_network((n << 8, 24)) for n in range(1000)])
