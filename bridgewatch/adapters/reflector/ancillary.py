"""What the kernel tells beside a request, and what it is told beside the reply."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.wire import control
from bridgewatch.adapters.wire.mmsg import Octets
from bridgewatch.adapters.wire.stamps import stamp_ns
from bridgewatch.model.observations import Flag, Int8, Int64, Word
from bridgewatch.model.words import Family

_HEADER: Final = 16
_DSCP: Final = 0xFC  # the two bits below are ECN's: this host's to set, not the sender's
_MULTICAST: Final = 0xFF
_LINK_LOCAL: Final = (0xFE, 0x80)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Names of the same three messages per family, and where packet information keeps what we use."""

    level: int
    packet_info: int
    packet_info_size: int
    ttl: int
    traffic_class: int
    local: slice  # the address of ours that a reply must leave from
    interface: slice


_KINDS: Final = {
    Family.V4: _Kinds(
        control.SOL_IP, control.IP_PKTINFO, 12, control.IP_TTL, control.IP_TOS, slice(4, 8), slice(0, 4)
    ),
    Family.V6: _Kinds(
        control.SOL_IPV6,
        control.IPV6_PKTINFO,
        20,
        control.IPV6_HOPLIMIT,
        control.IPV6_TCLASS,
        slice(0, 16),
        slice(16, 20),
    ),
}


@dataclass(slots=True)
class Ancillary:
    """One row per request.

    `received_ns` is the kernel's wall clock stamp, 0 where it gave none; `ttl` 0 where it is not known.
    `local` is the address that was asked, as octets in two words: equal where it is the same, else opaque.
    `reply_control` [n, size] makes a reply leave from the address that was asked, with the request's DSCP: so
    both directions are measured in the class whose traffic they stand for.
    """

    received_ns: Int64
    ttl: Int8
    answerable: Flag
    local: Word  # [n, 2]
    reply_control: Octets


class AncillaryReader:
    """Reads the control messages of one socket's batches."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._kinds = kinds = _KINDS[family]
        info = control.message(kinds.level, kinds.packet_info, bytes(kinds.packet_info_size))
        traffic_class = control.message(kinds.level, kinds.traffic_class, bytes(4))
        self._class_at = len(info) + _HEADER
        self._template = np.frombuffer(info + traffic_class, np.uint8)
        self.reply_size: Final = len(self._template)

    def read(self, messages: Octets, length: NDArray[np.uint64]) -> Ancillary:
        """Read the messages [n, size] of a batch."""
        found = Ancillary(
            received_ns=np.zeros(len(messages), np.int64),
            ttl=np.zeros(len(messages), np.uint8),
            answerable=np.zeros(len(messages), np.bool_),
            local=np.zeros((len(messages), 2), np.uint64),
            reply_control=np.tile(self._template, (len(messages), 1)),
        )
        for layout in control.layouts(messages, length):
            self._read_layout(messages[layout.rows], layout, found)
        return found

    def _read_layout(self, messages: Octets, layout: control.Layout, found: Ancillary) -> None:
        rows, offsets, level = layout.rows, layout.offsets, self._kinds.level
        if at := _place(offsets, control.SOL_SOCKET, control.SO_TIMESTAMPING):
            found.received_ns[rows] = stamp_ns(messages, at)
        if at := _place(offsets, level, self._kinds.ttl):
            found.ttl[rows] = messages[:, at]  # an int, whose low octet comes first
        if at := _place(offsets, level, self._kinds.traffic_class):
            found.reply_control[rows, self._class_at] = messages[:, at] & _DSCP
        if at := _place(offsets, level, self._kinds.packet_info):
            info = messages[:, at : at + self._kinds.packet_info_size]
            found.answerable[rows] = self._asked_directly(info)
            found.local[rows] = self._local(info)
            self._reply_from(info, rows, found.reply_control)

    def _local(self, info: Octets) -> Word:
        octets = np.zeros((len(info), 16), np.uint8)
        address = info[:, self._kinds.local]
        octets[:, : address.shape[1]] = address
        return octets.view(np.uint64)

    def _asked_directly(self, info: Octets) -> Flag:
        if self._family is Family.V6:
            return np.asarray(info[:, 0] != _MULTICAST)
        # The address in the header against the one the kernel would answer from: they differ for broadcast.
        return np.asarray((info[:, 4:8] == info[:, 8:12]).all(axis=1))

    def _reply_from(self, info: Octets, rows: NDArray[np.intp], reply_control: Octets) -> None:
        local, interface = self._kinds.local, self._kinds.interface
        reply_control[rows, _HEADER + local.start : _HEADER + local.stop] = info[:, local]
        # Which way a reply leaves is the routing table's to say, by source address if need be; only an
        # address that means nothing without its interface is sent back out of it.
        if self._family is Family.V6:
            scoped = (info[:, 0] == _LINK_LOCAL[0]) & (info[:, 1] & 0xC0 == _LINK_LOCAL[1])
            back = np.where(scoped[:, None], info[:, interface], 0)
            reply_control[rows, _HEADER + interface.start : _HEADER + interface.stop] = back


def _place(offsets: dict[tuple[int, int], tuple[int, int]], level: int, kind: int) -> int:
    """Where the data of a message begins, 0 where there is none (a header always comes before)."""
    return offsets.get((level, kind), (0, 0))[0]
