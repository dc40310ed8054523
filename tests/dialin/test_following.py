"""Calls and the paths that are probed through them, while the configuration changes: one box, no sockets."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from bridgewatch.app.dial_in import DialIn
from bridgewatch.core.dialin.awaited import GRACE_NS, Remembered
from bridgewatch.core.dialin.caller import Caller
from bridgewatch.core.dialin.keys import greeting
from bridgewatch.core.steps import finish
from bridgewatch.core.watch import Watch
from bridgewatch.model.ids import KeyId, LinkId
from bridgewatch.model.inventory import DialInSettings, Inventory, Limits, PathSpec
from bridgewatch.model.ports import Call, Endpoint
from bridgewatch.model.words import Family, LinkState, ProbeKind, Reason
from tests.wire.rig import inventory, spec

SECOND = 10**9
KEY, OTHER = b"k" * 32, b"o" * 32
HOP = KeyId("hop")
DAEMON = (0, 0xFFFF_C000_0201)
HERE, THERE = (0, 0xFFFF_CB00_7107), (0, 0xFFFF_CB00_7108)


class Doors:
    """The sockets of an engine, as lists."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND
        self.listening: Sequence[tuple[str, int]] = ()
        self.came: list[Call] = []
        self.answered: list[Call] = []
        self.routes: dict[int, Endpoint] = {}
        self.calls_dropped = 0

    def open_doors(self, listen: Sequence[tuple[str, int]]) -> None:
        self.listening = listen

    def calls(self) -> Sequence[Call]:
        came, self.came = self.came, []
        return came

    def answer(self, words: Iterable[Call]) -> None:
        self.answered += words

    def assign(self, row: int, endpoint: Endpoint) -> int:
        self.routes[row] = endpoint
        return 0

    def monotonic_ns(self) -> int:
        return self.now

    def wall_ns(self) -> int:
        return self.now + 10**18


def path(number: int = 0, key: KeyId = HOP, **wanted: object) -> PathSpec:
    plain = spec(number, "127.0.0.1", kind=ProbeKind.DIAL_IN, stateful=True)
    return replace(
        plain, host=key, port=0, size=112, key=plain.key._replace(target=f"dialin {key}"), **wanted
    )


def watched(*paths: PathSpec) -> Inventory:
    made = inventory(paths, Limits())
    links = {
        name: replace(link, dial_in=KeyId(one.host))
        for (name, link), one in zip(made.links.items(), paths, strict=True)
    }
    return replace(made, links=links, dial_in=DialInSettings((("192.0.2.1", 8862),)))


class Scene:
    """A daemon that watches one link, and the box of that link."""

    def __init__(self, keys: dict[KeyId, bytes] | None = None, *remembered: Remembered) -> None:
        self.doors, self.keys = Doors(), {HOP: KEY} if keys is None else keys
        first = watched(path())
        self.watch = Watch(first, self.doors.now, echo_ident=1, seed=1)
        self.moves: list[tuple[LinkId, str, str]] = []
        self.dial_in = DialIn(
            self.doors,
            self.doors,
            self.watch,
            self.doors,
            b"s" * 32,
            first,
            lambda *move: self.moves.append(move),
            remembered,
        )
        self.dial_in.follow(first, self.keys)
        self.box = Caller(HOP, KEY, b"box" * 11, self.doors.now)

    def watches(self, *paths: PathSpec) -> None:
        plan = finish(self.watch.prepare(watched(*paths), self.doors.now))
        self.watch.adopt(plan, self.doors.now)
        self.dial_in.follow(self.watch.inventory, self.keys)

    def talk(self, seconds: float = 5.0, place: tuple[int, int] = HERE) -> None:
        """Let box and daemon talk."""
        for _ in range(round(seconds * 10)):
            self.doors.now += SECOND // 10
            said = self.box.due(self.doors.now)
            while said:
                self.doors.came = [Call(0, place, 40_000, DAEMON, packet) for packet in said]
                self.dial_in.turn()
                answers, self.doors.answered = self.doors.answered, []
                said = [
                    word
                    for answer in answers
                    if answer.address == place
                    for word in self.box.take(answer.packet, self.doors.now).words
                ]
            self.dial_in.turn()

    def wait(self, seconds: float) -> None:
        """Let the daemon hear nothing."""
        for _ in range(round(seconds * 10)):
            self.doors.now += SECOND // 10
            self.dial_in.turn()

    def is_probed(self) -> bool:
        """Whether a probe is due within a second."""
        return self.watch.launch(self.doors.now + SECOND, 0) is not None

    def reason(self, number: int = 0) -> Reason:
        standing = self.watch.standing()
        assert standing.link_state[number] == LinkState.UNKNOWN
        return Reason(int(standing.link_reason[number]))


LINK, OTHER_LINK = LinkId("site-0/wan"), LinkId("site-1/wan")


def test_a_link_is_probed_where_its_box_calls_from_and_followed_when_it_moves() -> None:
    scene = Scene()
    assert scene.doors.listening == (("192.0.2.1", 8862),)
    assert scene.reason() is Reason.DIAL_IN_NEVER_SEEN
    assert scene.watch.launch(scene.doors.now, 0) is None
    scene.talk()
    assert scene.reason() is Reason.NOT_YET_PROBED
    route = scene.doors.routes[0]
    assert (route.kind, route.family, route.address, route.port) == (
        ProbeKind.DIAL_IN,
        Family.V4,
        "203.0.113.7",
        40_000,
    )
    assert (route.source, route.interface, route.door) == ("192.0.2.1", None, 0)
    assert scene.watch.launch(scene.doors.now + SECOND, 0) is not None
    scene.talk(20, THERE)
    assert scene.doors.routes[0].address == "203.0.113.8"
    assert scene.moves == [(LINK, "203.0.113.7:40000", "203.0.113.8:40000")]
    stats = scene.dial_in.stats()
    assert (stats.sessions, stats.moves, stats.calls[LINK].address) == (1, 1, "203.0.113.8:40000")


def test_a_box_that_is_silent_is_told_and_stays_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.talk()
    heard_ns = scene.doors.now
    with caplog.at_level(logging.INFO):
        for _ in range(50):
            scene.doors.now += SECOND
            scene.dial_in.turn()
    stats = scene.dial_in.stats()
    assert stats.sessions == 0
    assert abs(stats.calls[LINK].heard_wall_ns - 10**18 - heard_ns) < 4 * SECOND
    assert scene.doors.routes[0].address == "203.0.113.7"
    assert [record.getMessage() for record in caplog.records] == [
        f"{LINK}: its box at 203.0.113.7:40000 is not heard any more"
    ]


def test_a_reload_keeps_the_call_of_a_link_and_follows_what_it_changed() -> None:
    scene = Scene()
    scene.talk()
    scene.watches(path(dscp=46), path(1, KeyId("new")))
    scene.talk()
    assert scene.doors.routes[0].dscp == 46
    assert (scene.dial_in.stats().sessions, scene.box.connected) == (1, True)


def test_a_link_that_is_watched_no_more_ends_its_call() -> None:
    scene = Scene()
    scene.talk()
    scene.watches(path(1, KeyId("new")))
    scene.talk(40)
    assert scene.dial_in.stats().calls == {}
    assert not scene.box.connected


def test_another_link_with_the_same_key_is_called_anew() -> None:
    scene = Scene()
    scene.talk()
    scene.watches(path(1))
    (called,) = scene.dial_in.stats().calls.items()
    assert (called[0], called[1].awaited) == (OTHER_LINK, True)
    assert scene.reason() is Reason.DIAL_IN_AWAITED
    scene.talk(30)
    (called,) = scene.dial_in.stats().calls.items()
    assert (called[0], called[1].awaited) == (OTHER_LINK, False)


def test_a_key_that_cannot_be_read_is_the_reason_and_one_that_changed_ends_the_call() -> None:
    scene = Scene({})
    assert scene.reason() is Reason.KEY_MISSING
    scene.talk()
    assert scene.dial_in.stats().refused["unknown_key"] > 0
    scene.keys = {HOP: KEY}
    scene.watches(path())
    assert scene.reason() is Reason.DIAL_IN_NEVER_SEEN
    scene.talk()
    assert scene.dial_in.stats().sessions == 1
    scene.keys = {HOP: OTHER}
    scene.watches(path())
    scene.talk(40)
    stats = scene.dial_in.stats()
    assert (stats.sessions, stats.calls) == (0, {})
    assert stats.refused["bad_seal"] > 0


def test_refusing_is_told_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene({HOP: OTHER})
    with caplog.at_level(logging.INFO):
        scene.talk(30)
        for _ in range(70):
            scene.doors.now += SECOND
            scene.dial_in.turn()
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "dial-in: refusing packets that their key did not seal, the last with the name of hop"
    assert told[1].startswith("dial-in: no more packets that their key did not seal: ")
    assert len(told) == 2


WAS = Remembered(HOP, greeting(KEY).mark, "203.0.113.9", 50_000, 10**18)


def overdue() -> Scene:
    """A start after which the box that is remembered has not called in time."""
    scene = Scene(None, WAS)
    assert not scene.is_probed()
    scene.wait(GRACE_NS / SECOND + 1)
    return scene


def test_a_box_that_is_overdue_is_probed_where_it_was_until_it_calls_from_anywhere() -> None:
    scene = overdue()
    assert scene.is_probed()
    route = scene.doors.routes[0]
    assert (route.address, route.port, route.source, route.door) == ("203.0.113.9", 50_000, None, 0)
    scene.talk()
    assert scene.doors.routes[0].address == "203.0.113.7"
    assert scene.reason() is Reason.NOT_YET_PROBED
    stats = scene.dial_in.stats()
    assert (stats.sessions, stats.silent, stats.moves, stats.calls[LINK].awaited) == (1, 0, 0, False)
    (kept,) = scene.dial_in.remembered()()
    assert (kept.key, kept.mark, kept.address, kept.port) == (HOP, WAS.mark, "203.0.113.7", 40_000)


def test_a_box_that_calls_in_time_is_as_if_the_daemon_had_never_ended() -> None:
    scene = Scene(None, WAS)
    assert scene.dial_in.remembered()() == [WAS]
    scene.talk()
    scene.wait(GRACE_NS / SECOND + 1)
    assert scene.doors.routes[0].address == "203.0.113.7"
    assert scene.dial_in.stats().calls[LINK].awaited is False


def test_what_a_reload_changes_of_an_overdue_path_is_followed() -> None:
    scene = overdue()
    scene.watches(path(dscp=46))
    assert scene.is_probed()
    assert scene.doors.routes[0].dscp == 46


@pytest.mark.parametrize("keys", [{HOP: OTHER}, {}])
def test_an_overdue_path_whose_key_changed_or_is_gone_is_probed_no_more(keys: dict[KeyId, bytes]) -> None:
    scene = overdue()
    scene.keys = keys
    scene.watches(path())
    assert not scene.is_probed()
    scene.wait(2 * GRACE_NS / SECOND)
    assert not scene.is_probed()
    assert scene.reason() is (Reason.DIAL_IN_NEVER_SEEN if keys else Reason.KEY_MISSING)
    assert scene.dial_in.remembered()() == ([] if keys else [WAS])


def test_a_link_that_has_the_key_of_an_overdue_one_gives_its_box_the_time_again() -> None:
    scene = overdue()
    scene.watches(path(1))
    assert not scene.is_probed()
    scene.wait(GRACE_NS / SECOND - 1)
    assert not scene.is_probed()
    scene.wait(2)
    assert scene.is_probed()
    scene.watches(path(2, KeyId("new")))
    assert scene.dial_in.remembered()() == []


def test_who_is_overdue_is_named_with_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        overdue()
    assert caplog.messages == [f"{LINK}: its box, last heard at 203.0.113.9:50000, has not called"]
