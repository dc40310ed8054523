"""The prober: decides what to send, matches what comes back, and tells each probe's one fate.

Pure: the caller moves the packets. Within a tick it calls `receive` with what the sockets held, `launch` for
what is due, `launched` with what the kernel said, and `observations` for what became known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.columns import Rounds, every, grown, places, some
from bridgewatch.core.probing import flight as flights
from bridgewatch.core.probing import packets
from bridgewatch.core.probing.endpoints import Endpoints
from bridgewatch.core.probing.flight import Flight
from bridgewatch.core.probing.keyring import CallKeys, Keyring
from bridgewatch.core.probing.mac import Mac
from bridgewatch.core.probing.outcomes import Outcomes
from bridgewatch.core.probing.roaming import CHANGE_NS, Roaming, Unanswered
from bridgewatch.core.probing.schedule import NEVER, Schedule
from bridgewatch.core.probing.silence import Silence
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Limits, PathSpec
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Observations, Word
from bridgewatch.model.ports import Arrivals, SendBatch, SendReport, Uint16
from bridgewatch.model.words import Outcome, ProbeKind

LINGER_NS: Final = 1_000_000_000  # how long past Tmax a late reply is waited for
_SECOND_NS: Final = 1_000_000_000
_KINDS: Final = tuple(ProbeKind)


@dataclass(frozen=True, slots=True)
class Launch:
    """The probes of one tick: `batch` for the engine, what they are for `Prober.launched`."""

    batch: SendBatch
    seq: Int64
    at: Int64
    late_ns: Int64


class Prober:
    """Schedule, in-flight table and matching for all paths; a row is a path.

    `seed` drives the nonces: give it fresh entropy in production, a constant in a test.
    """

    def __init__(self, limits: Limits, *, echo_ident: int, seed: int) -> None:
        self._tmax_ns = round(limits.tmax * _SECOND_NS)
        self._echo_ident = echo_ident
        self._random = np.random.Generator(np.random.PCG64DXSM(seed))
        self._schedule = Schedule(limits.sends_per_second)
        self._flight = Flight(limits.in_flight)
        self._endpoints = Endpoints()
        self._shapes = packets.Shapes()
        self._keys = Keyring(self._tmax_ns + LINGER_NS)
        self._calls = CallKeys(self._tmax_ns + LINGER_NS)
        self._sealed: dict[ProbeKind, Keyring | CallKeys] = {
            packets.STAMP_AUTHENTICATED: self._keys,
            packets.DIAL_IN: self._calls,
        }
        self._roaming = Roaming()
        self._silence = Silence(self._flight, self._tmax_ns)
        self._outcomes = Outcomes()
        self._rounds = Rounds()
        self._seq: Int64 = np.zeros(1024, np.int64)
        self._endpoint: Int32 = np.full(1024, -1, np.int32)
        self._highest: Int64 = np.full(1024, -1, np.int64)  # the newest sequence answered
        self._now = 0  # of the batch being received
        self.unmatched = 0
        self.unauthentic = 0  # of those: replies to an authenticated probe that its key did not seal
        self.overflows = 0
        self.clock_steps = 0

    @property
    def schedule(self) -> Schedule:
        """The due times, for readers of its counters."""
        return self._schedule

    @property
    def in_flight(self) -> int:
        """Probes whose fate is not known."""
        return self._flight.waiting()

    def admit(self, row: int, spec: PathSpec) -> None:
        """Take a path in at `row`; it is not probed before it has an address."""
        needed = row + 1
        self._seq = grown(self._seq, needed)
        self._endpoint = grown(self._endpoint, needed, -1)
        self._highest = grown(self._highest, needed, -1)
        self._seq[row], self._endpoint[row], self._highest[row] = 0, -1, -1
        self._shapes.set(row, _shape(spec))
        self._keys.take(row, spec.stamp_key)
        self._calls.take(row)
        self._roaming.set(row, may_move=spec.kind is packets.DIAL_IN)
        self._silence.reset(row)

    def reshape(self, row: int, spec: PathSpec, now: int) -> None:
        """Send packets of that kind and size, under that key, from now on."""
        self._shapes.set(row, _shape(spec))
        self._keys.assign(row, spec.stamp_key, now)
        self._roaming.set(row, may_move=spec.kind is packets.DIAL_IN)

    def called(self, row: int, probe: Mac, reply: Mac, now: int) -> None:
        """The box of a path that dials in has called: its probes and replies are sealed with these."""
        self._calls.assign(row, probe, reply, now)

    def moved(self, row: int, now: int) -> None:
        """The far end of a path is elsewhere: what it did not answer where it was is not the link's loss.

        Unless it has been silent for longer than a move takes.
        """
        change = self._silence.lasts(row, now) <= CHANGE_NS
        if change:
            self._flight.excuse(row)
        kept = self._roaming.of(np.array([row], np.int32))
        self._book(kept, Outcome.LOCAL_ERROR if change else Outcome.LOST)

    def know(self, keys: Mapping[KeyId, bytes], now: int) -> None:
        """Authenticate with these keys from now on; replies under a former one count while they may come."""
        self._keys.know(keys, now)

    def keyless(self, rows: Int32) -> Flag:
        """Which of `rows` are to be authenticated with a key that is not known: they must not be due."""
        return self._keys.missing(rows)

    def locate(
        self, row: int, kind: ProbeKind, address: tuple[int, int], port: int, interface: int, now: int
    ) -> None:
        """Send to that address from now on; replies from the former one still count for its own probes."""
        former = int(self._endpoint[row])
        if former >= 0:
            self._endpoints.retire(former, now + self._tmax_ns + LINGER_NS)
        self._endpoint[row] = self._endpoints.add(row, kind, address, port, interface)

    def release(self, rows: Int32, now: int) -> None:
        """Stop probing `rows`; the caller keeps them free until Tmax + 1 s have passed."""
        self.set_interval(rows, np.full(len(rows), NEVER), now)
        self._book(self._roaming.of(rows), Outcome.LOST)
        for endpoint in self._endpoint[rows].tolist():
            if endpoint >= 0:
                self._endpoints.retire(endpoint, now + self._tmax_ns + LINGER_NS)
        self._endpoint[rows] = -1

    def set_interval(self, rows: Int32, interval_ns: Int64, now: int) -> None:
        """Probe those rows at that interval from now on; nothing in flight is lost."""
        self._schedule.set_interval(rows, interval_ns, now)

    def set_grace(self, rows: Int32, p99_rtt: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        """Follow the p99 RTT (seconds, NaN unknown) of rows: what silence means differs per path."""
        self._silence.set_grace(rows, p99_rtt)

    def launch(self, now: int, wall_ns: int, lead_ns: int = 0) -> Launch | None:
        """The probes due by `now` + `lead_ns`, entered as in flight; None if nothing is due."""
        rows, late = self._schedule.take(now, self._flight.room, lead_ns)
        if not len(rows):
            return None
        seq = self._seq[rows]
        self._seq[rows] += 1
        random = self._random.integers(0, 2**64, len(rows), np.uint64)
        batch = self._build(rows, seq, random, wall_ns)
        at = self._flight.launch(rows, seq, batch.token, self._endpoint[rows], now)
        return Launch(batch, seq, at, late)

    def _build(self, rows: Int32, seq: Int64, random: Word, wall_ns: int) -> SendBatch:
        groups = self._shapes.groups(rows)
        if len(groups) == 1:  # the usual case needs no gathering
            shape = groups[0][0]
            token = packets.tokens(shape.kind, random, wall_ns)
            packet = self._packets(shape, rows, seq, token)
            return SendBatch(rows, packet, np.full(len(rows), shape.size, np.uint16), token)
        width = max(shape.size for shape, _ in groups)
        token = np.empty(len(rows), np.uint64)
        packet = np.zeros((len(rows), width), np.uint8)
        length: Uint16 = np.empty(len(rows), np.uint16)
        for shape, chosen in groups:
            token[chosen] = packets.tokens(shape.kind, random[chosen], wall_ns)
            packet[chosen, : shape.size] = self._packets(shape, rows[chosen], seq[chosen], token[chosen])
            length[chosen] = shape.size
        return SendBatch(rows, packet, length, token)

    def _packets(self, shape: packets.Shape, rows: Int32, seq: Int64, token: Word) -> Int8:
        packet = packets.build(shape, self._echo_ident, seq, token, packets.session_ids(rows))
        if (keys := self._sealed.get(shape.kind)) is not None:
            keys.seal(rows, packet)
        return packet

    def launched(self, launch: Launch, report: SendReport) -> None:
        """Book what the kernel refused as local errors: it says nothing about the links."""
        failed = places(report.errno != 0)
        if len(failed):
            at = launch.at[failed]
            self._flight.set_status(at, flights.NOT_SENT)
            self._outcomes.add(self._flight, at, Outcome.LOCAL_ERROR)

    def receive(self, arrivals: Arrivals, now: int) -> None:
        """Match what the sockets held, then decide what has waited long enough."""
        self._now = now
        self._endpoints.sweep(now)
        if arrivals.stepped:
            self.clock_steps += 1
            self._flight.void_all()
        self._flight.stamp(arrivals.tx_token, arrivals.tx_at_ns, now)
        for kind in _KINDS:
            if (found := packets.answers(kind, arrivals)) is not None:
                self._match(kind, found, arrivals)
            if (quoted := packets.quotes(kind, arrivals)) is not None:
                self._reject(kind, quoted, arrivals)
        if arrivals.overflows:
            self.overflows += arrivals.overflows
            self._flight.excuse_waiting()
        self._silence.advance(now)
        self._expire(now)

    def observations(self) -> Observations:
        """What became known since the last call."""
        return self._outcomes.take(*self._silence.take())

    def _match(self, kind: ProbeKind, found: packets.Answers, arrivals: Arrivals) -> None:
        row = found.row
        self.unmatched += int((arrivals.kind == kind).sum()) - len(row)
        claimed = np.zeros(len(row), np.bool_)
        candidates = self._endpoints.candidates(arrivals.kind[row], arrivals.source[row], arrivals.port[row])
        for chosen, endpoint in candidates:
            path = self._endpoints.path(endpoint)
            at, ours = self._flight.find(path, found.seq[chosen], endpoint, packets.SEQUENCE_BITS[kind])
            ours &= self._flight.same_token(at, found.token[chosen])
            required = self._endpoints.interface(endpoint)
            ours &= (required == 0) | (required == arrivals.interface[row[chosen]])
            if found.ssid is not None:  # reflectors that know none send 0 (RFC 8972 section 3)
                ssid = found.ssid[chosen]
                ours &= (ssid == 0) | (ssid == packets.session_ids(path))
            ours &= ~claimed[chosen]
            if (keys := self._sealed.get(kind)) is not None and some(ours):
                ours = self._authentic(keys, ours, path, arrivals.packet[row[chosen]])
            claimed[chosen] |= ours
            if some(ours):
                self._answer(at[ours], found, chosen[ours], arrivals)
        self.unmatched += len(row) - int(claimed.sum())

    def _authentic(self, keys: Keyring | CallKeys, ours: Flag, path: Int32, packet: Int8) -> Flag:
        """Those of `ours` that are sealed with the key of their path. Nothing is booked before."""
        asked = places(ours)
        genuine = keys.genuine(path[asked], packet[asked], self._now)
        self.unauthentic += len(asked) - int(genuine.sum())
        proven = np.zeros(len(ours), np.bool_)
        proven[asked[genuine]] = True
        return proven

    def _answer(self, at: Int64, found: packets.Answers, chosen: Int64, arrivals: Arrivals) -> None:
        fresh = self._first_answers(at)
        if not every(fresh):
            self._outcomes.duplicate(self._flight.path(at[~fresh]))
            at, chosen = at[fresh], chosen[fresh]
        status = self._flight.status(at)
        self._flight.set_status(at, flights.ANSWERED)
        undecided = status == flights.WAITING  # an ICMP error may have told its fate before
        if not every(undecided):
            at, chosen = at[undecided], chosen[undecided]
        if not len(at):
            return
        path, seq = self._flight.path(at), self._flight.seq(at)
        at_ns, sent_ns = arrivals.at_ns[found.row[chosen]], self._flight.sent_ns(at)
        rtt = np.maximum(at_ns - sent_ns, 0)
        forward, backward, reflected = self._directions(
            found, chosen, sent_ns, at_ns, arrivals.wall_offset_ns
        )
        if found.t2_ns is not None and found.t3_ns is not None:
            rtt = np.maximum(rtt - np.maximum(found.t3_ns[chosen] - found.t2_ns[chosen], 0), 0)
        late = at_ns - sent_ns > self._tmax_ns
        void = self._flight.void(at)
        if some(void):
            rtt[void] = forward[void] = backward[void] = NO_TIME
            # Whether it came in time the stamps cannot say either: it was late if it came late to us.
            late[void] = self._now - self._flight.launched_at(at[void]) > self._tmax_ns
        outcome = late.view(np.uint8)  # REPLY is 0 and LATE is 1
        if some(late):
            rtt[late] = NO_TIME
        self._outcomes.answers(path, seq, outcome, sent_ns, rtt, forward, backward, reflected)
        self._outcomes.reordered(self._overtaken(path, seq))
        self._silence.answered(path, self._highest)

    def _directions(
        self, found: packets.Answers, chosen: Int64, sent_ns: Int64, at_ns: Int64, wall_offset_ns: int
    ) -> tuple[Int64, Int64, Int64]:
        """T2 - T1, T4 - T3 and the reflector's sequence; absent unless a reflector told them."""
        n = len(sent_ns)
        if found.t2_ns is None or found.t3_ns is None or found.reflected is None:
            return np.full(n, NO_TIME), np.full(n, NO_TIME), np.full(n, -1)
        forward = found.t2_ns[chosen] - (sent_ns + wall_offset_ns)
        backward = at_ns + wall_offset_ns - found.t3_ns[chosen]
        return forward, backward, found.reflected[chosen]

    def _first_answers(self, at: Int64) -> Flag:
        """Where a probe is answered for the first time; the first of several in one batch counts."""
        fresh: Flag = self._flight.status(at) != flights.ANSWERED
        if len(at) > 1:
            ordered = np.sort(at)
            if some(ordered[1:] == ordered[:-1]):
                first = np.zeros(len(at), np.bool_)
                first[np.unique(at, return_index=True)[1]] = True
                fresh &= first
        return fresh

    def _overtaken(self, path: Int32, seq: Int64) -> Int32:
        """Paths of answers that came after the answer to a newer probe (RFC 4737)."""
        overtaken = []
        for chosen in self._rounds.of(path):
            behind = seq[chosen] < self._highest[path[chosen]]
            if some(behind):
                overtaken.append(path[chosen][behind])
            self._highest[path[chosen]] = np.maximum(self._highest[path[chosen]], seq[chosen])
        return np.concatenate(overtaken) if overtaken else np.zeros(0, np.int32)

    def _reject(self, kind: ProbeKind, quoted: packets.Quotes, arrivals: Arrivals) -> None:
        row = quoted.row
        candidates = self._endpoints.candidates(
            arrivals.error_kind[row], arrivals.error_destination[row], arrivals.error_port[row]
        )
        for chosen, endpoint in candidates:
            path, seq = self._endpoints.path(endpoint), quoted.seq[chosen]
            at, ours = self._flight.find(path, np.maximum(seq, 0), endpoint, packets.SEQUENCE_BITS[kind])
            newest = at.copy()  # the newest probe that it can be about
            for blind in places(seq < 0):  # not even the sequence was quoted
                waiting = self._flight.waiting_at(int(path[blind]), int(endpoint[blind]))
                ours[blind] = len(waiting) > 0
                if len(waiting):
                    at[blind], newest[blind] = waiting[0], waiting[-1]
            ours &= ~quoted.has_token[chosen] | self._flight.same_token(at, quoted.token[chosen])
            ours &= self._flight.status(at) == flights.WAITING
            rejected, first = np.unique(at[ours], return_index=True)
            self._flight.set_status(rejected, flights.REJECTED)
            self._outcomes.add(self._flight, rejected, Outcome.UNREACHABLE)
            told = chosen[ours][first]
            self._tell_errors(kind, newest[ours][first], row[told], quoted.has_token[told], arrivals)

    def _tell_errors(self, kind: ProbeKind, at: Int64, row: Int64, proven: Flag, arrivals: Arrivals) -> None:
        """Say who declared the probes at those positions undeliverable, in rows `row` of the errors.

        A closed port that the target itself speaks of is a refusal. An echo has no port; and a reply to a
        newer probe says more than a refusal that comes after it.
        """
        path, seq = self._flight.path(at), self._flight.seq(at)
        source = arrivals.error_source[row]
        refusal = arrivals.error_port_closed[row] & (source == arrivals.error_destination[row]).all(axis=1)
        refusal &= kind is not packets.ICMP
        fresh = ~refusal | (seq > self._highest[path])
        path, seq, refusal = path[fresh], seq[fresh], refusal[fresh]
        self._silence.refused(path[refusal], seq[refusal])
        self._outcomes.errors(path, self._flight.sent_ns(at[fresh]), source[fresh], refusal, proven[fresh])

    def _expire(self, now: int) -> None:
        self._book(self._roaming.lost(now, self._highest), Outcome.LOST)
        over = self._flight.older_than(self._flight.tail, now - self._tmax_ns - LINGER_NS)
        if not len(over):
            return
        left = over[self._flight.status(over) == flights.WAITING]
        if len(left):
            excused = self._flight.excused(left)
            self._book_lost(left[~excused])
            self._outcomes.add(self._flight, left[excused], Outcome.LOCAL_ERROR)
        self._flight.tail += len(over)

    def _book_lost(self, at: Int64) -> None:
        flight = self._flight
        kept = self._roaming.keep(Unanswered(flight.path(at), flight.seq(at), flight.sent_ns(at)))
        self._outcomes.add(flight, at if kept is None else at[~kept], Outcome.LOST)

    def _book(self, probes: Unanswered, outcome: Outcome) -> None:
        if len(probes.path):
            self._outcomes.unanswered(*probes, outcome)

    def next_deadline(self, now: int) -> int:
        """When something is next to be done if nothing arrives."""
        kept_ns = self._roaming.next_deadline()
        deadlines = (self._schedule.next_due(), self._silence.next_deadline(now), self._expiry())
        return min(*deadlines, NEVER if kept_ns is None else kept_ns)

    def _expiry(self) -> int:
        flight = self._flight
        if flight.tail == flight.head:
            return NEVER
        return flight.launched_ns(flight.tail) + self._tmax_ns + LINGER_NS


def _shape(spec: PathSpec) -> packets.Shape:
    return packets.Shape(spec.kind, spec.family, spec.size)
