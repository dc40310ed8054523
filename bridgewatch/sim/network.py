"""`SimEngine`: the Engine port on a simulated world, packet for packet."""

import errno as codes
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing import echo, stamp
from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.core.probing.packets import LAYOUTS
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Word
from bridgewatch.model.ports import Arrivals, Endpoint, Engine, SendBatch, SendReport, Uint16
from bridgewatch.model.words import Family, ProbeKind
from bridgewatch.sim.chance import mix
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.far_end import Reflectors, Refusals, echo_replies
from bridgewatch.sim.flight import ERROR_ORIGIN, ORIGIN, Flight, TransmitStamps
from bridgewatch.sim.host import Host, LocalFault
from bridgewatch.sim.routes import NOWHERE, Directory, Routes, origin_of
from bridgewatch.sim.truth import Truth
from bridgewatch.sim.world import Fate, Fates, World

ECHO_IDENT: Final = 0x6277
LEAST_QUOTE: Final = 8  # RFC 792: a router quotes at least this much behind the IP header
_UDP_HEADER: Final = 8
_ICMP_SEQ: Final = 1 << 16
_STAMP_SEQ: Final = 1 << 32
# Comparing columns with plain numbers: looking an enumeration's member up costs as much as the comparison.
_ICMP: Final = int(ProbeKind.ICMP)
_AUTHENTICATED: Final = int(ProbeKind.STAMP_AUTHENTICATED)
_V4, _V6 = int(Family.V4), int(Family.V6)
_ANSWERED, _UNREACHABLE, _REFUSED = int(Fate.ANSWERED), int(Fate.UNREACHABLE), int(Fate.REFUSED)
# The one router of this network: 198.51.100.254 and 2001:db8:fe::1, as halves.
_ROUTER_V4: Final = np.array([0, 0xFFFF_C633_64FE], np.uint64)
_ROUTER_V6: Final = np.array([0x2001_0DB8_00FE_0000, 1], np.uint64)


_AMPLE: Final = 1_000_000


class SimEngine(Engine):
    """`model.ports.Engine` in virtual time: packets sent now are answered once the clock has passed them.

    `receive_capacity` is how many packets the socket of one kind and family holds between two polls; more
    are dropped and counted as overflows. `quote` is how much of a probe ICMP errors quote, behind the IP
    header. `faults` are troubles of our own host. `addresses` are those of hosts that paths call by name.
    `truth` counts what really happened, `malformed` the packets no target would answer, `strays` those for
    addresses nobody has.
    """

    def __init__(
        self,
        clock: SimClock,
        world: World,
        *,
        faults: Sequence[LocalFault] = (),
        receive_capacity: int | None = None,
        quote: int = LEAST_QUOTE,
        transmit_stamps: bool = True,
        echo_ident: int = ECHO_IDENT,
        addresses: Mapping[str, str] | None = None,
    ) -> None:
        if quote < LEAST_QUOTE:
            raise ValueError(f"ICMP errors quote at least {LEAST_QUOTE} octets, not {quote}")
        self.echo_ident = echo_ident
        self.truth = Truth(len(world.paths))
        self.malformed = 0
        self.strays = 0
        self._clock = clock
        self._world = world
        self._host = Host(faults, world.seed)
        self._capacity = receive_capacity
        self._quote = quote
        self._stamped = transmit_stamps
        self._routes = Routes()
        self._reflectors = Reflectors(world.stateful, world.synchronised, world.macs)
        self._replies = Flight()
        self._errors = Flight(origin=ERROR_ORIGIN)
        self._refusals = Refusals()
        self._stamps = TransmitStamps()
        self._offset_ns = clock.wall_offset_ns
        self._directory = Directory(world.paths, addresses or {})

    @property
    def name(self) -> str:
        """What it is, for people."""
        return f"simulated network of {len(self._world.paths)} paths"

    @property
    def backlog(self) -> int:
        """Packets its sockets hold unpolled."""
        return _AMPLE if self._capacity is None else self._capacity

    @property
    def next_arrival_ns(self) -> int | None:
        """When the next packet arrives; None when none is on its way."""
        times = [at for at in (self._replies.earliest_ns, self._errors.earliest_ns) if at is not None]
        return min(times, default=None)

    def assign(self, path: int, endpoint: Endpoint) -> int:
        """Route row `path` to `endpoint`; the id of its interface, 0 for any.

        An address that no path of the world has is a hole: packets to it vanish. Raises ValueError for an
        address that is not numeric.
        """
        interface = self._host.interface_id(endpoint.interface)
        self._routes.set(path, self._directory.find(endpoint), endpoint, interface)
        return interface

    def release(self, path: int) -> None:
        """Forget row `path`; what is in flight still arrives."""
        self._routes.drop(path)

    def send(self, batch: SendBatch) -> SendReport:
        """Let packets leave now. Never raises for a packet; errno per row says what the host refused."""
        now = self._clock.monotonic_ns()
        self._routes.reach(int(batch.path.max(initial=0)))
        errno = self._host.refusals(self._routes.interface[batch.path], batch.token, now)
        errno[~self._routes.assigned[batch.path]] = codes.EDESTADDRREQ
        sent = errno == 0
        if self._stamped:
            self._stamps.add(batch.token[sent], now)
        routed = sent & (self._routes.path[batch.path] != NOWHERE)
        self.strays += int(np.count_nonzero(sent)) - int(np.count_nonzero(routed))
        if routed.any():
            rows = _rows(routed)
            self._launch(batch.path[rows], batch.packet[rows], batch.length[rows], now)
        return SendReport(errno, now)

    def poll(self) -> Arrivals:
        """What has arrived by now, oldest first, with the looped transmit stamps."""
        now = self._clock.monotonic_ns()
        offset = self._clock.wall_offset_ns
        at_ns, origin, packet, length = self._replies.take(now)
        heard = self._host.hears(origin["interface"], at_ns)
        overflows = self._overflow(origin, heard)
        if not heard.all():
            at_ns, origin, packet, length = at_ns[heard], origin[heard], packet[heard], length[heard]
        error_at_ns, error_origin, error_packet, error_length = self._errors.take(now)
        about = error_origin["about"]
        heard = self._host.hears(about["interface"], error_at_ns)
        token, token_at_ns = self._stamps.take()
        stepped, self._offset_ns = offset != self._offset_ns, offset
        return Arrivals(
            kind=origin["kind"].copy(),
            family=origin["family"].copy(),
            source=origin["address"].copy(),
            port=origin["port"].copy(),
            interface=origin["interface"].copy(),
            at_ns=at_ns + self._clock.stamp_error_ns(at_ns),
            packet=packet,
            length=length,
            tx_token=token,
            tx_at_ns=token_at_ns + self._clock.stamp_error_ns(token_at_ns),
            error_kind=about["kind"][heard],
            error_family=about["family"][heard],
            error_destination=about["address"][heard],
            error_port=about["port"][heard],
            error_source=error_origin["sender"][heard],
            error_port_closed=error_origin["port_closed"][heard],
            error_packet=error_packet[heard],
            error_length=error_length[heard],
            overflows=overflows,
            wall_offset_ns=offset,
            stepped=stepped,
        )

    def close(self) -> None:
        """Nothing to close: whatever is in flight is forgotten."""
        self._replies, self._errors = Flight(), Flight(origin=ERROR_ORIGIN)

    def inject(self, endpoint: Endpoint, packet: bytes, at_ns: int) -> None:
        """Let `packet` arrive at `at_ns` as if from `endpoint`: strangers, forgers, fuzz."""
        origin = np.zeros(1, ORIGIN)
        origin[0] = origin_of(endpoint, self._host.interface_id(endpoint.interface))
        octets = np.frombuffer(packet, np.uint8)[None, :]
        self._replies.add(np.asarray([at_ns]), origin, octets, np.asarray([len(packet)], np.uint16))

    def move_host(self, host: str, address: str) -> None:
        """A host that paths call by name has another address; rows assigned before keep to the old one."""
        self._directory.move(host, address)

    def restart_reflector(self, path: int) -> None:
        """The STAMP reflector of path `path` of the world restarts: a stateful one counts from 0 again."""
        self._reflectors.restart(path)

    def _launch(self, row: Int32, packet: Int8, length: Uint16, now: int) -> None:
        origin = self._routes.origin[row]
        valid, seq, modulus = _read_requests(packet, length, origin)
        sealed = np.flatnonzero(valid & (origin["kind"] == _AUTHENTICATED))
        valid[sealed] = self._reflectors.genuine(self._routes.path[row[sealed]], packet[sealed])
        if not valid.all():
            self.malformed += int(np.count_nonzero(~valid))
            row, packet, length, origin = row[valid], packet[valid], length[valid], origin[valid]
            seq, modulus = seq[valid], modulus[valid]
        path = self._routes.path[row]
        full = self._routes.full_seq(row, seq, modulus)
        fates = self._world.fates(path, full, np.full(len(row), now, np.int64))
        self.truth.book(path, fates)
        self._answer(fates, path, origin, packet, length)
        failed = np.flatnonzero(fates.fate == _UNREACHABLE)
        if len(failed):
            sender = np.where((origin["family"][failed] == _V4)[:, None], _ROUTER_V4, _ROUTER_V6)
            self._reject(fates.ended_ns[failed], origin[failed], sender, packet[failed], length[failed])
        refused = np.flatnonzero(fates.fate == _REFUSED)
        if len(refused):
            probe = fates.probe[refused]
            told = self._refusals.told(path[probe], fates.left_ns[refused])
            refused, probe = refused[told], probe[told]
            target = origin["address"][probe]
            self._reject(
                fates.ended_ns[refused], origin[probe], target, packet[probe], length[probe], closed=True
            )

    def _answer(
        self, fates: Fates, path: Int32, origin: NDArray[np.void], packet: Int8, length: Uint16
    ) -> None:
        """Build the reply of every packet that reached its target, and send on those that come back."""
        order = np.argsort(fates.probe, kind="stable")  # a copy follows its original, however batches are cut
        reached = order[(fates.reflection[order] == order) & (fates.reached_ns[order] != NO_TIME)]
        if not len(reached):
            return
        reply, reply_length = self._replies_to(fates, reached, path, origin, packet, length)
        place = np.empty(len(order), np.intp)
        place[reached] = np.arange(len(reached))
        back = order[fates.fate[order] == _ANSWERED]
        which = place[fates.reflection[back]]
        reply, reply_length, arrival_ns = reply[which], reply_length[which], fates.ended_ns[back]
        _damage(reply, reply_length, fates.corrupt[back], arrival_ns)
        self._replies.add(arrival_ns, origin[fates.probe[back]], reply, reply_length)

    def _replies_to(
        self,
        fates: Fates,
        reached: NDArray[np.intp],
        path: Int32,
        origin: NDArray[np.void],
        packet: Int8,
        length: Uint16,
    ) -> tuple[Int8, Uint16]:
        """Replies to the packets in rows `reached` of `fates`, and their lengths."""
        probe = fates.probe[reached]
        reply, reply_length = packet[probe], length[probe]
        is_echo = origin["kind"][probe] == _ICMP
        if is_echo.any():
            rows = _rows(is_echo)
            reply[rows] = echo_replies(reply[rows], origin["family"][probe[rows]] == _V4)
        for kind, layout in LAYOUTS.items():
            of_kind = origin["kind"][probe] == int(kind)
            if not of_kind.any():
                continue
            rows = _rows(of_kind)
            here, target = reached[rows], path[probe[rows]]
            # The far clock knows nothing of the steps of ours.
            offset = self._clock.first_wall_offset_ns + self._world.clock_offset_ns[target]
            t2_ns, t3_ns = fates.reached_ns[here] + offset, fates.left_ns[here] + offset
            reflected, lengths = self._reflectors.reflect(
                target, reply[rows], reply_length[rows], t2_ns, t3_ns, layout
            )
            if reflected.shape[1] > reply.shape[1]:
                reply = np.pad(reply, ((0, 0), (0, reflected.shape[1] - reply.shape[1])))
            reply[rows], reply_length[rows] = reflected, lengths
        return reply, reply_length

    def _reject(
        self,
        at_ns: Int64,
        origin: NDArray[np.void],
        sender: Word,
        packet: Int8,
        length: Uint16,
        *,
        closed: bool = False,
    ) -> None:
        """ICMP errors: what they quote behind the IP header, without the UDP header of a STAMP packet."""
        quoted = np.where(origin["kind"] == _ICMP, self._quote, self._quote - _UDP_HEADER)
        quoted = np.minimum(quoted, length)
        packet[np.arange(packet.shape[1]) >= quoted[:, None]] = 0
        error = np.zeros(len(origin), ERROR_ORIGIN)
        error["about"], error["sender"], error["port_closed"] = origin, sender, closed
        self._errors.add(at_ns, error, packet, quoted.astype(np.uint16))

    def _overflow(self, origin: NDArray[np.void], heard: Flag) -> int:
        """Strike out of `heard` what no receive buffer had room for; returns how many."""
        if self._capacity is None or len(heard) <= self._capacity:
            return 0
        before = int(np.count_nonzero(heard))
        for kind in ProbeKind:
            for family in Family:
                socket = np.flatnonzero(heard & (origin["kind"] == kind) & (origin["family"] == family))
                heard[socket[self._capacity :]] = False
        return before - int(np.count_nonzero(heard))


def _rows(mask: Flag) -> NDArray[np.intp] | slice:
    """The rows of a mask as an index; a slice, which copies nothing, when it is all of them."""
    return slice(None) if mask.all() else np.flatnonzero(mask)


def _read_requests(packet: Int8, length: Uint16, origin: NDArray[np.void]) -> tuple[Flag, Int64, Int64]:
    """Which packets a target would answer, their sequence numbers, and where those wrap."""
    is_echo = origin["kind"] == _ICMP
    valid, seq = np.zeros(len(packet), np.bool_), np.zeros(len(packet), np.int64)
    if is_echo.any():
        rows = _rows(is_echo)
        family = origin["family"][rows]
        asked = echo.parse_quoted(packet[rows], length[rows], family)
        # The kernel writes ICMPv6 checksums; over IPv4 a wrong one is dropped by the target.
        right = (family == _V6) | (internet_checksum(packet[rows]) == 0)
        valid[rows], seq[rows] = asked.valid & right, asked.seq
    for kind, layout in LAYOUTS.items():
        of_kind = origin["kind"] == int(kind)
        if of_kind.any():
            rows = _rows(of_kind)
            valid[rows] = length[rows] >= layout.min_request
            seq[rows] = stamp.parse_requests(packet[rows], length[rows], layout).seq
    return valid, seq, np.where(is_echo, _ICMP_SEQ, _STAMP_SEQ)


def _damage(packet: Int8, length: Uint16, corrupt: Flag, at_ns: Int64) -> None:
    """Flip one bit of each corrupt packet, in place; which one is hashed from its arrival."""
    rows = np.flatnonzero(corrupt)
    if len(rows):
        which: Word = mix(at_ns[rows].astype(np.uint64))
        octet = (which % length[rows]).astype(np.intp)
        packet[rows, octet] ^= np.uint8(1) << ((which >> np.uint64(32)) & np.uint64(7)).astype(np.uint8)
