"""Captures in a host with kernel time stamps, and their reading: packets as columns, probes with their RTT.

The witness against which the daemon's own stamps are held: another program, another code path in the kernel.
"""

import math
import re
import signal
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.lab.namespaces import LabError
from tests.lab.packets import HEAD, PACKET, UDP, echo_replies, echo_requests, parse
from tests.lab.topology import End, Lab

NANOSECOND_MAGIC: Final = 0xA1B23C4D
SNAPLEN: Final = 14 + HEAD
BUFFER_KIB: Final = 65_536
_FILE_HEADER: Final = np.dtype(
    [
        ("magic", "u4"),
        ("version", "u2", (2,)),
        ("zone", "i4"),
        ("accuracy", "u4"),
        ("snaplen", "u4"),
        ("link", "u4"),
    ]
)
_RECORD_HEADER: Final = 16
_LINK_HEADERS: Final = {1: 14, 101: 0}  # Ethernet; raw IP, as a TUN has it

# `time_ns` is the kernel's stamp, wall clock, in nanoseconds since 1970; `length` is on the wire, in octets.
CAPTURE: Final = np.dtype([("time_ns", "i8"), ("length", "u4"), *PACKET.descr])

# One row per probe that was answered; `seq` and `token` are those of the request (STAMP: its sequence and T1).
# `rtt_ns` is the first reply's stamp minus the request's. `reflector_ns` is T3 - T2 as a STAMP reply says it,
# else 0: what the reflector itself took, contained in `rtt_ns`.
RTT: Final = np.dtype(
    [
        ("family", "u1"),
        ("protocol", "u1"),
        ("source", "u8", (2,)),
        ("destination", "u8", (2,)),
        ("ident", "u2"),
        ("source_port", "u2"),
        ("destination_port", "u2"),
        ("seq", "u4"),
        ("token", "u8"),
        ("sent_ns", "i8"),
        ("rtt_ns", "i8"),
        ("reflector_ns", "i8"),
    ]
)


class Capture:
    """A running tcpdump on one interface; it is capturing once the constructor returns.

    Without `immediate` the kernel hands packets over by the block: waking tcpdump for each one falls between
    its stamp of an outgoing packet and the driver's, and a sender seems slower by up to tens of microseconds.
    """

    def __init__(
        self,
        lab: Lab,
        end: End,
        expression: str = "icmp or icmp6 or udp",
        *,
        name: str = "",
        immediate: bool = True,
    ) -> None:
        self.path: Path = lab.directory / f"{name or f'{end.host}-{end.device}'}.pcap"
        self._process = lab.popen(
            end.host,
            [
                *["tcpdump", "--interface", end.device, "-n", "-Z", "root", "-w", str(self.path)],
                *["--time-stamp-type=host", "--time-stamp-precision=nano", f"--snapshot-length={SNAPLEN}"],
                *["--immediate-mode"][: int(immediate)],
                *[f"--buffer-size={BUFFER_KIB}", expression],
            ],
        )
        self._process.wait_for("listening on")

    def stop(self) -> NDArray[np.void]:
        """End the capture once tcpdump has taken every packet the kernel kept for it; returns CAPTURE rows.

        Raises:
            LabError: packets were dropped on the way to tcpdump, or it never catches up.

        """
        self._catch_up()
        self._process.signal(signal.SIGINT)
        if code := self._process.wait():
            raise LabError(f"tcpdump failed with {code}: {self._process.output}")
        return read_capture(self.path)

    def _catch_up(self) -> None:
        """Ask for the counters until all that passed the filter is captured: an interrupt drops the rest."""
        for _ in range(10_000):
            captured, passed, dropped = self._counters()
            if dropped:
                raise LabError(f"the kernel dropped {dropped} packets before tcpdump read them")
            if captured >= passed:
                return
        raise LabError(f"tcpdump stays behind: {self._process.output[-500:]}")

    def _counters(self) -> tuple[int, ...]:
        self._process.signal(signal.SIGUSR1)
        line = self._process.wait_for(r"packets? captured").string
        counts = re.findall(r"(\d+) packets? (captured|received by filter|dropped by kernel)", line)
        found = {what: int(count) for count, what in counts}
        for what in ("captured", "received by filter", "dropped by kernel"):
            if what not in found:
                rest = self._process.wait_for(rf"(\d+) packets? {what}")
                found[what] = int(rest[1])
        return found["captured"], found["received by filter"], found["dropped by kernel"]


def read_capture(path: Path) -> NDArray[np.void]:
    """The packets of a nanosecond pcap file of Ethernet or raw IP, in the order of capture, as CAPTURE.

    Raises:
        ValueError: another format, or the file ends in the middle of a packet.

    """
    data = np.fromfile(path, np.uint8)
    link_header = _link_header(data)
    starts = _record_starts(data)
    records = data[starts[:, None] + np.arange(_RECORD_HEADER)].view("=u4")
    capture = np.zeros(len(starts), CAPTURE)
    capture["time_ns"] = records[:, 0].astype("i8") * 1_000_000_000 + records[:, 1]
    capture["length"] = records[:, 3]
    captured = records[:, 2].astype(np.intp)
    frames = _heads(data, starts + _RECORD_HEADER, captured, link_header + HEAD)
    packets = parse(frames[:, link_header:], np.maximum(captured - link_header, 0))
    for column in PACKET.names:
        capture[column] = packets[column]
    return capture


def rtts(capture: NDArray[np.void]) -> NDArray[np.void]:
    """Pair the echo and STAMP requests of a capture with their replies; rows of RTT in order of sending.

    A reply belongs to a request when addresses, identifier or ports, sequence and the whole known payload
    (of STAMP: the echoed sequence and T1) agree; of several replies the first counts.

    Raises:
        ValueError: two requests that no reply could tell apart.

    """
    return np.concatenate([_echo_rtts(capture), _stamp_rtts(capture)])


def _echo_rtts(capture: NDArray[np.void]) -> NDArray[np.void]:
    requests = echo_requests(capture)
    replies = echo_replies(capture)
    shared = ("protocol", "ident", "seq", "payload")
    asked = _keys(requests["source"], requests["destination"], *(requests[name] for name in shared))
    answered = _keys(replies["destination"], replies["source"], *(replies[name] for name in shared))
    which, reply = _join(asked, answered)
    rows = _rows(requests[which], replies[reply])
    rows["seq"] = requests["seq"][which]
    rows["token"] = requests["token"][which]
    return rows


def _stamp_rtts(capture: NDArray[np.void]) -> NDArray[np.void]:
    """RFC 8762: a reply carries the request's octets 0-11, its sequence and T1, at 24-35.

    Nothing in a packet says which of the two it is, so each may be a request; only requests are echoed.
    """
    udp = capture[(capture["protocol"] == UDP) & (capture["payload_length"] >= 36)]
    payload = udp["payload"]
    asked = _keys(
        udp["source"], udp["destination"], udp["source_port"], udp["destination_port"], payload[:, :12]
    )
    answered = _keys(
        udp["destination"], udp["source"], udp["destination_port"], udp["source_port"], payload[:, 24:36]
    )
    echoed = np.isin(
        asked, answered
    )  # the others need not be unique: they may be replies, or no STAMP at all
    which, reply = _join(asked[echoed], answered)
    requests, replies = udp[echoed][which], udp[reply]
    rows = _rows(requests, replies)
    rows["seq"] = _numbers(requests["payload"], 0, "u4")
    rows["token"] = np.ascontiguousarray(requests["payload"][:, 4:12]).view("=u8")[:, 0]
    rows["reflector_ns"] = _residence_ns(replies["payload"])
    return rows


def _residence_ns(payload: NDArray[np.uint8]) -> NDArray[np.int64]:
    """T3 - T2 in nanoseconds, NTP 32.32 or truncated PTP by the Z bit of the error estimate."""
    seconds = _numbers(payload, 4, "u4").astype("i8") - _numbers(payload, 16, "u4").astype("i8")
    parts = _numbers(payload, 8, "u4").astype("i8") - _numbers(payload, 20, "u4").astype("i8")
    is_ptp = (payload[:, 12] & 0x40) != 0
    return seconds * 1_000_000_000 + np.where(is_ptp, parts, (parts * 1_000_000_000) >> 32)


def _rows(requests: NDArray[np.void], replies: NDArray[np.void]) -> NDArray[np.void]:
    rows = np.zeros(len(requests), RTT)
    for name in ("family", "protocol", "source", "destination", "ident", "source_port", "destination_port"):
        rows[name] = requests[name]
    rows["sent_ns"] = requests["time_ns"]
    rows["rtt_ns"] = replies["time_ns"] - requests["time_ns"]
    return rows


def _keys(*columns: NDArray) -> NDArray[np.bytes_]:
    """[n] the columns' octets side by side, as strings of one length that compare."""
    parts = [_octets(column) for column in columns]
    joined = np.concatenate(parts, axis=1)
    return joined.reshape(-1).view(f"S{joined.shape[1]}")


def _octets(column: NDArray) -> NDArray[np.uint8]:
    width = column.dtype.itemsize * math.prod(column.shape[1:])
    return np.frombuffer(column.tobytes(), np.uint8).reshape(len(column), width)


def _join(
    asked: NDArray[np.bytes_], answered: NDArray[np.bytes_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of requests that were answered, in order, and of the first reply to each."""
    if len(np.unique(asked)) < len(asked):
        raise ValueError("two requests look the same: their replies cannot be told apart")
    _, which, reply = np.intersect1d(asked, np.unique(answered), assume_unique=True, return_indices=True)
    _, first = np.unique(answered, return_index=True)
    order = np.argsort(which)
    return which[order], first[reply][order]


def _numbers(octets: NDArray[np.uint8], at: int, kind: str) -> NDArray:
    width = np.dtype(kind).itemsize
    return np.ascontiguousarray(octets[:, at : at + width]).view(f">{kind}")[:, 0]


def _link_header(data: NDArray[np.uint8]) -> int:
    if len(data) < _FILE_HEADER.itemsize:
        raise ValueError("no pcap file: too short")
    header = data[: _FILE_HEADER.itemsize].view(_FILE_HEADER)[0]
    if header["magic"] != NANOSECOND_MAGIC:
        raise ValueError(f"no nanosecond pcap of this machine's byte order: magic {header['magic']:#x}")
    if int(header["link"]) not in _LINK_HEADERS:
        raise ValueError(f"link type {header['link']} is neither Ethernet nor raw IP")
    return _LINK_HEADERS[int(header["link"])]


def _record_starts(data: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Where each record begins; each tells the length of itself, so this one walks."""
    octets = data.tobytes()
    starts = []
    at = _FILE_HEADER.itemsize
    while at + _RECORD_HEADER <= len(octets):
        starts.append(at)
        at += _RECORD_HEADER + int.from_bytes(octets[at + 8 : at + 12], "little")
    if at != len(octets):
        raise ValueError("the capture ends in the middle of a packet")
    return np.array(starts, np.intp)


def _heads(
    data: NDArray[np.uint8], starts: NDArray[np.intp], lengths: NDArray[np.intp], width: int
) -> NDArray[np.uint8]:
    """[n, width] the first octets of each packet, zeros beyond its end."""
    at = np.arange(width)
    padded = np.concatenate([data, np.zeros(width, np.uint8)])
    return np.where(at < lengths[:, None], padded[starts[:, None] + at], 0).astype(np.uint8)
