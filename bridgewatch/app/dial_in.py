"""Joins the calls of sites' boxes to the paths that are probed back through them.

All of it happens in the probing loop, after each look at the sockets: a box that moved is followed at once.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from bridgewatch.adapters.wire.addresses import address_of
from bridgewatch.app.box_paths import BoxPath, BoxPaths
from bridgewatch.app.refused_calls import RefusedCalls
from bridgewatch.core.dialin.awaited import Awaited, Remembered, Tie
from bridgewatch.core.dialin.packets import Kind
from bridgewatch.core.dialin.sessions import Change, Peer, Refusal, Session, Sessions, What
from bridgewatch.core.watch import Watch
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.hosts import with_port
from bridgewatch.model.ids import KeyId, LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Call, Clock, DialInPort, Engine
from bridgewatch.model.snapshot import DialInStats
from bridgewatch.model.words import Reason

log = logging.getLogger(__name__)

_SWEEP_NS: Final = 10**9
_LOOK_NS: Final = 10**8  # for who is overdue: sooner than an egress that is light again can condemn a link
_FEW: Final = 3  # boxes that are told of one by one
_SECOND_NS: Final = 10**9


class DialIn:
    """The boxes that call, and where they are. `secret` is fresh entropy.

    `on_moved` hears of each box that goes on from elsewhere: from where to where. Those `remembered` from
    before this start are awaited. `placed` counts what is to be remembered anew.
    """

    def __init__(
        self,
        port: DialInPort,
        engine: Engine,
        watch: Watch,
        clock: Clock,
        secret: bytes,
        inventory: Inventory,
        on_moved: Callable[[LinkId, str, str], None] = lambda *_: None,
        remembered: Sequence[Remembered] = (),
    ) -> None:
        self._port = port
        self._watch = watch
        self._clock = clock
        self._sessions = Sessions(secret, _dead_ns(inventory))
        self._paths = BoxPaths(inventory.dial_in.listen, engine, watch, secret)
        self._on_moved = on_moved
        self._calls: dict[LinkId, CalledIn] = {}
        self._on_told: Callable[[KeyId, bytes], None] = lambda _, __: None
        self._refused = RefusedCalls()
        self._sweep_ns = self._look_ns = 0
        self._dropped = 0
        self._awaited = Awaited()
        self._recalled = remembered  # until the keys are known
        self.placed = 0
        port.open_doors(inventory.dial_in.listen)

    def follow(self, inventory: Inventory, keys: Mapping[KeyId, bytes]) -> None:
        """Take the calls for the paths of this inventory, which is watched, from now on.

        A call for a path that has another row is over, and its box will call again: its probes are counted
        from the beginning there.
        """
        now = self._clock.monotonic_ns()
        probed = [box.key for box in self._awaited.overdue]
        before, paths = self._paths.follow(inventory), self._paths.by_key
        over: list[Session] = []
        for key, path in before.items():
            if key not in paths or paths[key].row != path.row:
                if (session := self._sessions.close(key)) is not None:
                    over.append(session)
                self._awaited.again(key, now)
                self._forget(path)
        known = {key: keys[key] for key in paths if key in keys}
        closed = self._sessions.know(known, _dead_ns(inventory), now)
        self._tell(closed)
        self._paths.forget((change.session.key for change in closed), now)
        over += [change.session for change in closed]
        self._await(over, now)
        self._follow_overdue(probed, before, now)
        for key, path in paths.items():
            session = self._sessions.of(key)
            if session is not None and before[key].spec != path.spec:
                self._paths.place(session, now)
        self._explain(known, now)

    def _explain(self, known: Mapping[KeyId, bytes], now: int) -> None:
        """Say why links are not probed whose boxes have not called."""
        reasons = {
            path.spec.link: self._why_unheard(key) if key in known else Reason.KEY_MISSING
            for key, path in self._paths.by_key.items()
            if path.spec.link is not None and self._sessions.of(key) is None
        }
        self._watch.explain(reasons, now)

    def _why_unheard(self, key: KeyId) -> Reason:
        awaited = self._awaited.of(key) is not None
        return Reason.DIAL_IN_AWAITED if awaited else Reason.DIAL_IN_NEVER_SEEN

    def _await(self, over: Iterable[Session], now: int) -> None:
        """Wait for the boxes whose calls are over, and for those that are remembered."""
        marks, offset_ns = self._sessions.marks, self._offset_ns()
        ties = {key: Tie(marks.get(key), path.spec.egress) for key, path in self._paths.by_key.items()}
        self._awaited.know(ties, now)
        self._awaited.expect([*self._recalled, *(_remembered(each, offset_ns) for each in over)], now)
        self._recalled = ()
        self.placed += 1

    def _follow_overdue(self, probed: Sequence[KeyId], before: Mapping[KeyId, BoxPath], now: int) -> None:
        """Leave alone who was overdue and is not any more, and probe the others as they are to be now."""
        paths, overdue = self._paths.by_key, {box.key: box for box in self._awaited.overdue}
        self._paths.withdraw(
            (
                key
                for key in probed
                if key not in overdue and key in paths and paths[key].row == before[key].row
            ),
            now,
        )
        for key, box in overdue.items():
            if before[key].spec != paths[key].spec:
                self._paths.place_where_it_was(box, now)

    def _look(self, now: int) -> None:
        """Probe the paths of boxes that are overdue; those behind a dark egress of ours are left alone."""
        look = self._awaited.look(now, self._watch.dark())
        self._paths.withdraw(look.held, now)
        for number, box in enumerate(look.overdue):
            self._paths.place_where_it_was(box, now)
            if number < _FEW:
                link = self._paths.by_key[box.key].spec.link
                log.warning(
                    "%s: its box, last heard at %s, has not called", link, with_port(box.address, box.port)
                )
        if len(look.overdue) > _FEW:
            log.warning("and %d more boxes have not called", len(look.overdue) - _FEW)

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
        if now >= self._look_ns:
            self._look_ns = now + _LOOK_NS
            self._look(now)
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

    def _forget(self, path: BoxPath) -> None:
        if path.spec.link is not None:
            self._calls.pop(path.spec.link, None)

    def _apply(self, change: Change, now: int) -> None:
        self._tell((change,))
        path = self._paths.by_key[change.session.key]
        if change.what not in {What.OPENED, What.MOVED}:
            return
        overdue = self._awaited.called(change.session.key)
        if change.former is not None or overdue:
            self._watch.moved(path.row, now)
        self._paths.place(change.session, now)
        self.placed += 1
        if path.spec.link is not None:
            self._watch.explain({path.spec.link: Reason.NOT_YET_PROBED}, now)

    def _tell(self, changes: Sequence[Change]) -> None:
        for what, session, former in changes:
            path = self._paths.by_key.get(session.key)
            link = path.spec.link if path is not None else session.key
            if path is not None:
                self._note(what, session, path)
            match what:
                case What.OPENED | What.MOVED if former is not None:
                    log.info("%s: its box moved from %s to %s", link, _name(former), _name(session.peer))
                    if path is not None and path.spec.link is not None:
                        self._on_moved(path.spec.link, _name(former), _name(session.peer))
                case What.OPENED:
                    log.info("%s: its box called in from %s", link, _name(session.peer))
                case What.GONE:
                    log.warning("%s: its box at %s is not heard any more", link, _name(session.peer))
                case What.BACK:
                    log.info("%s: its box at %s is heard again", link, _name(session.peer))
                case What.CLOSED:
                    log.info("%s: the call of its box is over: its key is not in use any more", link)

    def _note(self, what: What, session: Session, path: BoxPath) -> None:
        link = path.spec.link
        if link is None:
            return
        if what is What.CLOSED:
            self._forget(path)
            return
        offset = self._offset_ns()
        self._calls[link] = CalledIn(
            address=_name(session.peer),
            since_wall_ns=session.since_ns + offset,
            moves=session.moves,
            heard_wall_ns=session.heard_ns + offset if session.gone else None,
        )

    def stats(self) -> DialInStats:
        """The calls as they are now."""
        sessions, paths = self._sessions, self._paths.by_key
        refused = {str(why): sessions.refused[why] for why in Refusal}
        calls = dict(self._calls)
        for box in self._awaited.remembered:
            link = paths[box.key].spec.link
            if link is not None:
                calls[link] = _last_heard(box)
        return DialInStats(sessions.living, sessions.moves, refused, calls)

    def call(self, link: LinkId) -> CalledIn | None:
        """Where the box of one link is or was; None where it has not called, or has none."""
        known = self._watch.inventory.links.get(link)
        box = self._awaited.of(known.dial_in) if known is not None and known.dial_in is not None else None
        return self._calls.get(link) if box is None else _last_heard(box)

    def remembered(self) -> Callable[[], Sequence[Remembered]]:
        """What is to outlive this process: put together when that is called, away from the probing loop."""
        offset_ns = self._offset_ns()
        awaited = self._awaited.remembered
        heard = [(each.key, each.mark, each.peer, each.heard_ns + offset_ns) for each in self._sessions.all]
        return lambda: [*awaited, *(_box(*one) for one in heard)]

    def _offset_ns(self) -> int:
        return self._clock.wall_ns() - self._clock.monotonic_ns()


def _dead_ns(inventory: Inventory) -> int:
    return round(inventory.dial_in.dead_after * _SECOND_NS)


def _remembered(session: Session, offset_ns: int) -> Remembered:
    return _box(session.key, session.mark, session.peer, session.heard_ns + offset_ns)


def _box(key: KeyId, mark: str, peer: Peer, heard_ns: int) -> Remembered:
    return Remembered(key, mark, str(address_of(peer.address)), peer.port, heard_ns)


def _last_heard(box: Remembered) -> CalledIn:
    return CalledIn(with_port(box.address, box.port), box.heard_ns, 0, box.heard_ns, awaited=True)


def _name(peer: Peer) -> str:
    return with_port(str(address_of(peer.address)), peer.port)
