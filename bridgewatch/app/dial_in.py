"""Joins the calls of sites' boxes to the paths that are probed back through them.

All of it happens in the probing loop, after each look at the sockets: a box that moved is followed at once.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address
from typing import Final, NamedTuple

from bridgewatch.adapters.wire.addresses import address_of
from bridgewatch.app.refused_calls import RefusedCalls
from bridgewatch.core.dialin.packets import Kind
from bridgewatch.core.dialin.sessions import Change, Peer, Refusal, Session, Sessions, What
from bridgewatch.core.watch import Location, Watch
from bridgewatch.model.ids import KeyId, LinkId
from bridgewatch.model.inventory import Inventory, PathSpec
from bridgewatch.model.ports import Call, Clock, DialInPort, Endpoint, Engine
from bridgewatch.model.snapshot import CalledIn, DialInStats
from bridgewatch.model.words import Family, ProbeKind, Reason

log = logging.getLogger(__name__)

_SWEEP_NS: Final = 10**9
_SECOND_NS: Final = 10**9


class _Path(NamedTuple):
    row: int
    spec: PathSpec


class DialIn:
    """The boxes that call, and where they are. `secret` is fresh entropy.

    `on_moved` hears of each box that goes on from elsewhere, in words.
    """

    def __init__(
        self,
        port: DialInPort,
        engine: Engine,
        watch: Watch,
        clock: Clock,
        secret: bytes,
        inventory: Inventory,
        on_moved: Callable[[LinkId, str], None] = lambda _, __: None,
    ) -> None:
        self._port = port
        self._engine = engine
        self._watch = watch
        self._clock = clock
        self._sessions = Sessions(secret, _dead_ns(inventory))
        self._paths: Mapping[KeyId, _Path] = {}
        self._on_moved = on_moved
        self._calls: dict[LinkId, CalledIn] = {}
        self._on_told: Callable[[KeyId, bytes], None] = lambda _, __: None
        self._refused = RefusedCalls()
        self._sweep_ns = 0
        self._dropped = 0
        port.open_doors(inventory.dial_in.listen)

    def follow(self, inventory: Inventory, keys: Mapping[KeyId, bytes]) -> None:
        """Take the calls for the paths of this inventory, which is watched, from now on.

        A call for a path that has another row is over, and its box will call again: its probes are counted
        from the beginning there.
        """
        now = self._clock.monotonic_ns()
        before = self._paths
        self._paths = {
            KeyId(spec.host): _Path(self._watch.rows[spec.key], spec)
            for spec in inventory.paths
            if spec.kind is ProbeKind.DIAL_IN
        }
        for key, path in before.items():
            if key not in self._paths or self._paths[key].row != path.row:
                self._sessions.close(key)
                self._forget(path)
        known = {key: keys[key] for key in self._paths if key in keys}
        self._tell(self._sessions.know(known, _dead_ns(inventory), now))
        for key, path in self._paths.items():
            session = self._sessions.of(key)
            if session is not None and before[key].spec != path.spec:
                self._place(session, path, now)
        self._explain(known, now)

    def _explain(self, known: Mapping[KeyId, bytes], now: int) -> None:
        """Say why links are not probed whose boxes have not called."""
        reasons = {
            path.spec.link: Reason.DIAL_IN_NEVER_SEEN if key in known else Reason.KEY_MISSING
            for key, path in self._paths.items()
            if path.spec.link is not None and self._sessions.of(key) is None
        }
        self._watch.explain(reasons, now)

    def turn(self) -> bool:
        """Take some of what looks at the sockets brought; whether there may be more of it."""
        now = self._clock.monotonic_ns()
        answers, calls = [], self._port.calls()
        for call in calls:
            answer = self._sessions.take(
                call.packet, Peer(call.door, call.address, call.port, call.local), now
            )
            if answer.change is not None:
                self._apply(answer.change, now)
            if answer.told is not None:
                self._on_told(*answer.told)
            if answer.packet is not None:
                answers.append(Call(call.door, call.address, call.port, call.local, answer.packet))
        self._port.answer(answers)
        if now >= self._sweep_ns:
            self._sweep_ns = now + _SWEEP_NS
            self._sessions.refused[Refusal.TOO_MANY] += self._port.calls_dropped - self._dropped
            self._dropped = self._port.calls_dropped
            self._tell(self._sessions.sweep(now))
            self._refused.look(self._sessions.refused, self._sessions.refused_key, now)
        return bool(calls)

    def say(self, key: KeyId, kind: Kind, body: bytes) -> bool:
        """Say something about a throughput test to the box of a key; whether there is one."""
        word = self._sessions.word(key, kind, body)
        if word is None:
            return False
        peer, packet = word
        self._port.answer([Call(peer.door, peer.address, peer.port, peer.local, packet)])
        return True

    def hear(self, on_told: Callable[[KeyId, bytes], None]) -> None:
        """Give `on_told` what boxes tell of tests."""
        self._on_told = on_told

    def _forget(self, path: _Path) -> None:
        if path.spec.link is not None:
            self._calls.pop(path.spec.link, None)

    def _apply(self, change: Change, now: int) -> None:
        self._tell((change,))
        path = self._paths[change.session.key]
        if change.what not in {What.OPENED, What.MOVED}:
            return
        if change.former is not None:
            self._watch.moved(path.row, now)
        self._place(change.session, path, now)
        if path.spec.link is not None:
            self._watch.explain({path.spec.link: Reason.NOT_YET_PROBED}, now)

    def _place(self, session: Session, path: _Path, now: int) -> None:
        """Probe a path where its box is. The way back is the routing table's, from the address called."""
        peer, spec = session.peer, path.spec
        address = address_of(peer.address)
        endpoint = Endpoint(
            ProbeKind.DIAL_IN,
            Family(address.version),
            str(address),
            peer.port,
            source=str(address_of(peer.local)),
            interface=None,
            dscp=spec.dscp,
            door=peer.door,
        )
        location = Location(peer.address, self._engine.assign(path.row, endpoint), peer.port)
        self._watch.called(path.row, spec, location, session.seals, now)

    def _tell(self, changes: Sequence[Change]) -> None:
        for what, session, former in changes:
            path = self._paths.get(session.key)
            link = path.spec.link if path is not None else session.key
            if path is not None:
                self._note(what, session, path)
            match what:
                case What.OPENED | What.MOVED if former is not None:
                    how = f"its box moved from {_name(former)} to {_name(session.peer)}"
                    log.info("%s: %s", link, how)
                    if path is not None and path.spec.link is not None:
                        self._on_moved(path.spec.link, how)
                case What.OPENED:
                    log.info("%s: its box called in from %s", link, _name(session.peer))
                case What.GONE:
                    log.warning("%s: its box at %s is not heard any more", link, _name(session.peer))
                case What.BACK:
                    log.info("%s: its box at %s is heard again", link, _name(session.peer))
                case What.CLOSED:
                    log.info("%s: the call of its box is over: its key is not in use any more", link)

    def _note(self, what: What, session: Session, path: _Path) -> None:
        link = path.spec.link
        if link is None:
            return
        if what is What.CLOSED:
            self._forget(path)
            return
        offset = self._clock.wall_ns() - self._clock.monotonic_ns()
        self._calls[link] = CalledIn(
            address=_name(session.peer),
            since_wall_ns=session.since_ns + offset,
            moves=session.moves,
            heard_wall_ns=session.heard_ns + offset if session.gone else None,
        )

    def stats(self) -> DialInStats:
        """The calls as they are now."""
        sessions = self._sessions
        refused = {str(why): sessions.refused[why] for why in Refusal}
        return DialInStats(sessions.living, sessions.moves, refused, dict(self._calls))


def _dead_ns(inventory: Inventory) -> int:
    return round(inventory.dial_in.dead_after * _SECOND_NS)


def _name(peer: Peer) -> str:
    address = address_of(peer.address)
    return f"{address}:{peer.port}" if isinstance(address, IPv4Address) else f"[{address}]:{peer.port}"
