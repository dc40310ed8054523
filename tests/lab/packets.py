"""Reads the headers of many packets at once: the one parser for captures and for the forwarder's log."""

from ipaddress import ip_address
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEAD: Final = 96  # octets kept of a packet: IPv6 (40) + UDP (8) + what a STAMP reply echoes (36), and some
PAYLOAD: Final = 40
ICMP: Final = 1
UDP: Final = 17
ICMPV6: Final = 58
_ECHO_REQUESTS: Final = {ICMP: 8, ICMPV6: 128}
_ECHO_REPLIES: Final = {ICMP: 0, ICMPV6: 129}

# One row per packet. What a packet does not have is 0, an ICMP type -1. `ident` and `seq` mean something for
# echo requests and replies only. Addresses are two 64-bit halves of an IPv6 or IPv4-mapped address.
# `payload` is what follows the 8 octets of the ICMP or UDP header, `token` its first 8 octets as a native
# uint64, `payload_length` its whole length by the IP header.
PACKET: Final = np.dtype(
    [
        ("family", "u1"),
        ("protocol", "u1"),
        ("source", "u8", (2,)),
        ("destination", "u8", (2,)),
        ("icmp_type", "i2"),
        ("icmp_code", "u1"),
        ("ident", "u2"),
        ("seq", "u2"),
        ("source_port", "u2"),
        ("destination_port", "u2"),
        ("payload_length", "u2"),
        ("token", "u8"),
        ("payload", "u1", (PAYLOAD,)),
    ]
)

_IPV4_BASE: Final = 20
_IPV6_BASE: Final = 40
_HEADER: Final = 8  # both ICMP echo and UDP
_MAPPED: Final = 0xFFFF_0000_0000


def words(address: str) -> tuple[int, int]:
    """An address as the two halves that the columns hold: `columns["source"] == words("192.0.2.1")`."""
    parsed = ip_address(address)
    number = int(parsed) | (_MAPPED if parsed.version == 4 else 0)
    return number >> 64, number & (1 << 64) - 1


def echo_requests(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Those rows, of any dtype that has PACKET's columns, that are echo requests."""
    return rows[_is_one_of(rows, _ECHO_REQUESTS)]


def echo_replies(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Those rows, of any dtype that has PACKET's columns, that are echo replies."""
    return rows[_is_one_of(rows, _ECHO_REPLIES)]


def _is_one_of(rows: NDArray[np.void], types: dict[int, int]) -> NDArray[np.bool_]:
    (v4, in_v4), (v6, in_v6) = types.items()
    kind = rows["icmp_type"]
    return ((rows["protocol"] == v4) & (kind == in_v4)) | ((rows["protocol"] == v6) & (kind == in_v6))


def parse(head: NDArray[np.uint8], length: NDArray[np.integer]) -> NDArray[np.void]:
    """The headers of packets that begin with IP.

    Args:
        head: [n, HEAD] the first octets of each packet, zeros where it ends earlier.
        length: [n] how many octets of it are really there.

    Returns:
        [n] rows of PACKET. Anything but a whole IPv4 or IPv6 header gives zeros; fragments but the first,
        and IPv6 packets with extension headers, are left without ICMP and UDP columns.

    """
    columns = np.zeros(len(head), PACKET)
    columns["icmp_type"] = -1
    version = head[:, 0] >> 4
    _read_ipv4(columns, head, np.flatnonzero((version == 4) & (length >= _IPV4_BASE)))
    _read_ipv6(columns, head, np.flatnonzero((version == 6) & (length >= _IPV6_BASE)))
    return columns


def _read_ipv4(columns: NDArray[np.void], head: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
    packets = head[rows]
    columns["family"][rows] = 4
    columns["protocol"][rows] = packets[:, 9]
    for name, at in (("source", 12), ("destination", 16)):
        columns[name][rows] = np.stack(
            [np.zeros(len(rows), "u8"), _number(packets, at, 4).astype("u8") | np.uint64(_MAPPED)], axis=1
        )
    header = (packets[:, 0] & 0x0F).astype(np.intp) * 4
    first = (_number(packets, 6, 2) & 0x1FFF) == 0
    total = _number(packets, 2, 2).astype(np.intp)
    _read_transport(columns, packets[first], rows[first], header[first], (total - header)[first])


def _read_ipv6(columns: NDArray[np.void], head: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
    packets = head[rows]
    columns["family"][rows] = 6
    columns["protocol"][rows] = packets[:, 6]
    for name, at in (("source", 8), ("destination", 24)):
        halves = [_number(packets, at, 8), _number(packets, at + 8, 8)]
        columns[name][rows] = np.stack(halves, axis=1)
    size = _number(packets, 4, 2).astype(np.intp)
    _read_transport(columns, packets, rows, np.full(len(rows), _IPV6_BASE, np.intp), size)


def _read_transport(
    columns: NDArray[np.void],
    packets: NDArray[np.uint8],
    rows: NDArray[np.intp],
    start: NDArray[np.intp],
    size: NDArray[np.intp],
) -> None:
    """Fill ICMP and UDP columns from the octets at `start` of each packet; `size` is what IP says is there."""
    known = np.isin(columns["protocol"][rows], (ICMP, ICMPV6, UDP)) & (size >= _HEADER)
    packets, rows, start, size = packets[known], rows[known], start[known], size[known]
    # An IPv4 header may be 60 octets long: room for all that is read behind it.
    padded = np.pad(packets, ((0, 0), (0, 60 + _HEADER + PAYLOAD)))
    at = start[:, None] + np.arange(_HEADER + PAYLOAD)
    octets = np.ascontiguousarray(np.take_along_axis(padded, at, axis=1))
    udp = columns["protocol"][rows] == UDP
    echo = ~udp
    columns["icmp_type"][rows[echo]] = octets[echo, 0]
    columns["icmp_code"][rows[echo]] = octets[echo, 1]
    columns["ident"][rows[echo]] = _number(octets[echo], 4, 2)
    columns["seq"][rows[echo]] = _number(octets[echo], 6, 2)
    columns["source_port"][rows[udp]] = _number(octets[udp], 0, 2)
    columns["destination_port"][rows[udp]] = _number(octets[udp], 2, 2)
    columns["payload_length"][rows] = size - _HEADER
    columns["payload"][rows] = octets[:, _HEADER:]
    columns["token"][rows] = np.ascontiguousarray(octets[:, _HEADER : _HEADER + 8]).view("=u8")[:, 0]


def _number(octets: NDArray[np.uint8], at: int, width: int) -> NDArray[np.unsignedinteger]:
    """[n] the big-endian number of `width` octets at `at`."""
    return np.ascontiguousarray(octets[:, at : at + width]).view(f">u{width}")[:, 0].astype(f"=u{width}")
