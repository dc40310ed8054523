"""Whatever arrives, only the true reply to a probe is one: random and mutated packets by the million."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from bridgewatch.adapters.wire.addresses import halves
from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.core.probing.prober import Prober
from bridgewatch.model.inventory import Limits
from bridgewatch.model.ports import Arrivals, SendReport
from bridgewatch.model.words import Outcome, ProbeKind
from tests.wire.far_end import reflector
from tests.wire.kinds import ICMP, KINDS, STAMP
from tests.wire.rig import Rig, count, spec

PATHS = 64  # of each kind
SCAPEGOATS = 8  # paths of each kind that ICMP errors may be about
BATCH = 20_000
SECOND = 1_000_000_000
START = 1_000 * SECOND
WALL = 1_700_000_000 * SECOND
WIDTH = 128
MATCHED = {
    ICMP: [(0, 2), (6, 16)],
    STAMP: [(24, 36)],
}  # octets that make a reply ours: type, code, seq, token
BASE = {"icmp4": "192.0.2.", "icmp6": "2001:db8:1::", "stamp4": "198.51.100.", "stamp6": "2001:db8:2::"}


@dataclass
class Target:
    """A path under noise, its probe in flight and the true reply to it."""

    kind: ProbeKind
    family: int
    source: tuple[int, int]
    port: int
    reply: NDArray[np.uint8]


class Storm:
    """A prober with one probe of each path in flight, and noise made from the replies they wait for."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        # Nothing expires here: no instant passes.
        self.prober = Prober(Limits(), echo_ident=4242, seed=seed)
        specs = [
            spec(row, f"{BASE[name]}{n + 1}", kind=kind, interval=1.0)
            for row, (name, (kind, _), n) in enumerate(
                (name, chosen, n) for name, chosen in KINDS.items() for n in range(PATHS)
            )
        ]
        for row, path in enumerate(specs):
            self.prober.admit(row, path)
            self.prober.locate(row, path.kind, halves(path.host), path.port, 0, START)
        rows = np.arange(len(specs), dtype=np.int32)
        self.prober.set_interval(rows, np.full(len(rows), SECOND), START)
        self.now = START + SECOND
        launch = self.prober.launch(self.now, WALL)
        assert launch is not None
        assert len(launch.seq) == len(specs)
        self.prober.launched(launch, SendReport(np.zeros(len(specs), np.int32), self.now))
        self.requests = launch.batch.packet
        self.targets: list[Target] = [None] * len(specs)
        for at, row in enumerate(launch.batch.path.tolist()):
            path = specs[row]
            reply = as_reply(path.kind, path.family, launch.batch.packet[at])
            self.targets[row] = Target(path.kind, path.family, halves(path.host), path.port, reply)
        self.scapegoats = [row for row in range(len(specs)) if row % PATHS < SCAPEGOATS]

    def noise(
        self, n: int
    ) -> tuple[NDArray[np.intp], NDArray[np.uint8], NDArray[np.uint16], NDArray[np.bool_]]:
        """n packets: path each pretends to answer, octets, lengths, whether it comes from a stranger.

        A third is random octets, a third true replies with a bit flipped where it matters (checksum mended),
        a third true replies that are cut short or come from somebody else.
        """
        random = self.random
        row = random.integers(0, len(self.targets), n)
        packet = np.stack([self.targets[r].reply for r in range(len(self.targets))])[row]
        length = np.full(n, 64, np.uint16)
        kind = np.array([target.kind for target in self.targets])[row]
        choice = random.integers(0, 3, n)
        self._scramble(packet, length, np.flatnonzero(choice == 0))
        self._flip(packet, kind, np.flatnonzero(choice == 1))
        strange = self._cut(packet, length, kind, np.flatnonzero(choice == 2))
        return row, packet, length, strange

    def _scramble(self, packet, length, rows) -> None:
        length[rows] = self.random.integers(0, WIDTH + 1, len(rows))
        octets = self.random.integers(0, 256, (len(rows), WIDTH), np.uint8)
        octets[np.arange(WIDTH) >= length[rows, None]] = 0
        packet[rows] = octets

    def _flip(self, packet, kind, rows) -> None:
        for which, spans in MATCHED.items():
            mine = rows[kind[rows] == which]
            places = np.concatenate([np.arange(*span) for span in spans])
            at = places[self.random.integers(0, len(places), len(mine))]
            packet[mine, at] ^= np.uint8(1) << self.random.integers(0, 8, len(mine), np.uint8)
            if which is ICMP:
                mend(packet, mine)

    def _cut(self, packet, length, kind, rows) -> NDArray[np.bool_]:
        strange = np.zeros(len(packet), np.bool_)
        foreign = self.random.random(len(rows)) < 0.5
        strange[rows[foreign]] = True
        short = rows[~foreign]
        least = np.where(kind[short] == ICMP, 16, 41)
        length[short] = self.random.integers(0, least)
        packet[short] = np.where(np.arange(WIDTH) < length[short, None], packet[short], 0)
        return strange

    def arrivals(self, row, packet, length, strange, errors: int = 0) -> Arrivals:
        targets = self.targets
        kind = np.array([target.kind for target in targets], np.uint8)
        family = np.array([target.family for target in targets], np.uint8)
        source = np.array([target.source for target in targets], np.uint64)
        port = np.array([target.port for target in targets], np.uint16)
        origin = source[row]
        origin[strange, 1] ^= np.uint64(0x8000)
        about = np.array(self.scapegoats)[self.random.integers(0, len(self.scapegoats), errors)]
        quoted = self.requests[self.random.integers(0, len(self.requests), errors)]
        blur = self.random.random(errors) < 0.9
        quoted[blur] = self.random.integers(0, 256, (int(blur.sum()), quoted.shape[1]), np.uint8)
        return Arrivals(
            kind=kind[row],
            family=family[row],
            source=origin,
            port=port[row],
            interface=np.zeros(len(row), np.int32),
            at_ns=np.full(len(row), self.now + 1),
            packet=packet,
            length=length,
            tx_token=self.random.integers(0, 2**64, 8, np.uint64),
            tx_at_ns=np.full(8, self.now),
            error_kind=kind[about],
            error_family=family[about],
            error_destination=source[about],
            error_port=port[about],
            error_source=source[about],
            error_port_closed=self.random.random(errors) < 0.5,
            error_packet=quoted,
            error_length=self.random.integers(0, 65, errors).astype(np.uint16),
            overflows=0,
            wall_offset_ns=WALL,
            stepped=False,
        )


def as_reply(kind: ProbeKind, family: int, request: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The true reply, 64 octets in a row of WIDTH."""
    reply = np.zeros((1, WIDTH), np.uint8)
    if kind is ICMP:
        reply[0, :64] = request[:64]
        reply[0, 0] = 0 if family == 4 else 129
        mend(reply, np.array([0]))
    else:
        reply[0, 24:36] = request[:12]
    return reply[0]


def mend(packet: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
    packet[rows, 2:4] = 0
    packet[rows, 2:4] = internet_checksum(packet[rows]).astype(">u2").view(np.uint8).reshape(-1, 2)


def true_replies(storm: Storm) -> Iterator[Arrivals]:
    rows = np.arange(len(storm.targets))
    packet = np.stack([target.reply for target in storm.targets])
    yield storm.arrivals(rows, packet, np.full(len(rows), 64, np.uint16), np.zeros(len(rows), np.bool_))


def weather(storm: Storm, packets: int) -> None:
    """Let that many packets of noise in; then every path still waits for its true reply, and takes it."""
    blamed = 0
    for _ in range(packets // BATCH):
        storm.prober.receive(storm.arrivals(*storm.noise(BATCH), errors=BATCH // 20), storm.now)
        told = storm.prober.observations()
        assert set(told.path.tolist()) <= set(storm.scapegoats)
        assert set(told.outcome.tolist()) <= {Outcome.UNREACHABLE}
        blamed += len(told.path)
        assert not len(told.duplicates)
        assert not len(told.reordered)
    assert storm.prober.unmatched == packets // BATCH * BATCH
    assert blamed <= len(storm.scapegoats)
    assert storm.prober.in_flight == len(storm.targets) - blamed
    for arrivals in true_replies(storm):
        storm.prober.receive(arrivals, storm.now)
    told = storm.prober.observations()
    assert len(told.path) == len(storm.targets) - blamed
    assert set(told.outcome.tolist()) == {Outcome.REPLY}


def test_noise_is_never_taken_for_a_reply():
    weather(Storm(1), 200_000)


@pytest.mark.soak
def test_two_million_packets_of_noise_for_each_kind_are_never_taken_for_a_reply():
    weather(Storm(2), 8_000_000)


@pytest.mark.root
def test_a_hostile_reflector_and_a_flood_cost_other_paths_nothing(lab):
    lab.host("vantage")
    reflector(lab, host="vantage", allow=("127.0.0.0/8",))
    random = np.random.default_rng(3)
    honest = [spec(n, f"127.0.0.{n + 1}", kind=STAMP, interval=0.05) for n in range(4)]
    hostile = spec(9, "127.0.1.1", kind=STAMP, interval=0.05, port=8620)
    sent = 0
    with (
        lab.inside("vantage"),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as liar,
        Rig([*honest, hostile]) as rig,
    ):
        liar.bind(("127.0.1.1", 8620))
        liar.setblocking(False)
        rig.run(0.1)
        _, port = rig.engine._channels[2].socket.socket.getsockname()
        requests = [b""]
        for _ in range(100):
            rig.run(0.01)
            with contextlib.suppress(BlockingIOError):
                requests.append(liar.recv(2048))
            for _ in range(300):
                liar.sendto(lie(random, requests[-1]), ("127.0.0.1", port))
                sent += 1
        rig.settle()
    probes = rig.probes()
    lied_to = probes["path"] == rig.rows[hostile.key]
    assert sent == 30_000
    assert count(probes[~lied_to], Outcome.REPLY) == np.count_nonzero(~lied_to) > 0
    assert count(probes[lied_to], Outcome.LOST) == np.count_nonzero(lied_to) > 0
    assert rig.watch.prober.unmatched == sent
    assert rig.ledger.overflows == 0


def lie(random: np.random.Generator, request: bytes) -> bytes:
    """Random octets, or a reply to the newest request in which one bit of sequence or T1 is wrong."""
    if random.random() < 0.5 or len(request) < 12:
        return random.bytes(int(random.integers(0, 1400)))
    reply = bytearray(random.bytes(24) + request[:12] + random.bytes(28))
    reply[24 + int(random.integers(0, 12))] ^= 1 << int(random.integers(0, 8))
    return bytes(reply)
