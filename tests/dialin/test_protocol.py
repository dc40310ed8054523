"""Both ends of dial-in over a hostile network: what is never believed, and how soon a call is back."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.dialin import packets
from bridgewatch.core.dialin.caller import Caller
from bridgewatch.core.dialin.keys import greeting, name_of
from bridgewatch.core.dialin.packets import Handshake, Kind
from bridgewatch.core.dialin.sessions import COOKIE_NS, TOKEN_NS, Answer, Peer, Refusal, Sessions, What
from bridgewatch.core.dialin.window import WIDTH, Window
from bridgewatch.model.ids import KeyId
from tests.dialin.network import DEAD_NS, KEY, KEY_ID, SECOND, Weather, World, place, probe, stranger

ratios = st.sampled_from([0.0, 0.05, 0.3])
weathers = st.builds(
    Weather,
    loss=ratios,
    doubled=ratios,
    spoilt=ratios,
    delay=st.sampled_from([(0.001, 0.01), (0.02, 0.2), (0.01, 1.5)]),
    replayed=st.sampled_from([0.0, 0.5, 1.0]),
)
happenings = st.lists(st.sampled_from(["move", "restart", "outage", "calm"]), max_size=6)


def storm(world: World, weather: Weather, what: list[str]) -> None:
    """Let each happen, and five to forty seconds of bad weather after it."""
    for happening in what:
        world.weather = weather
        match happening:
            case "move":
                world.move()
            case "restart":
                world.restart_daemon()
            case "outage":
                world.weather = replace(weather, loss=1.0)
        world.run(world.random.uniform(5, 40))


class TestAnyNetwork:
    """Laws over random weather, moves, restarts and somebody who plays everything again."""

    @settings(max_examples=60, deadline=None)
    @given(weather=weathers, what=happenings, seed=st.integers(0, 2**32))
    def test_only_the_box_opens_or_moves_a_session_and_no_probe_is_answered_twice(
        self, weather: Weather, what: list[str], seed: int
    ) -> None:
        """Whatever is lost, spoilt or played again."""
        world = World(Random(seed))
        storm(world, weather, what)
        assert all(peer in world.places for _, _, peer in world.changes)
        assert sum(world.sessions.of(key) is not None for key in (KEY_ID, KeyId("other"))) <= 1
        answered = [packet for _, packet in world.reflected]
        assert set(answered) <= world.probes
        assert len(set(answered)) == len(answered)

    @settings(max_examples=60, deadline=None)
    @given(weather=weathers, what=happenings, seed=st.integers(0, 2**32))
    def test_a_call_is_back_within_fifteen_seconds_of_good_weather(
        self, weather: Weather, what: list[str], seed: int
    ) -> None:
        """And stays. Somebody who goes on playing everything again cannot put it off beyond twice that."""
        world = World(Random(seed))
        storm(world, weather, what)
        world.weather = Weather(replayed=weather.replayed)
        world.run(30 if weather.replayed else 15)
        session = world.sessions.of(KEY_ID)
        assert session is not None
        assert world.caller.connected
        assert session.peer == world.place
        changes, reflected = len(world.changes), len(world.reflected)
        world.run(60)
        assert len(world.changes) == changes
        assert len(world.reflected) - reflected >= 59
        assert world.sessions.of(KEY_ID) is session


class TestChangeOfAddress:
    """A box whose NAT gives it another address and port in mid-call."""

    def test_probes_follow_within_four_seconds_and_the_session_stays(self) -> None:
        """At one probe a second; nothing but the place changes."""
        world = World(Random(1))
        world.run(30)
        session = world.sessions.of(KEY_ID)
        moved_ns = world.now
        world.move()
        world.run(10)
        assert world.sessions.of(KEY_ID) is session
        assert [(change.what, change.former) for _, change, _ in world.changes] == [
            (What.OPENED, None),
            (What.MOVED, place(0)),
        ]
        assert world.changes[-1][0] - moved_ns < 4 * SECOND
        assert (world.sessions.moves, session.moves) == (1, 1)

    def test_probes_follow_in_little_over_a_second_while_a_meeting_is_live(self) -> None:
        """At ten probes a second."""
        world = World(Random(1), interval=0.1)
        world.run(30)
        moved_ns = world.now
        world.move()
        world.run(10)
        assert world.changes[-1][1].what is What.MOVED
        assert world.changes[-1][0] - moved_ns < 1.5 * SECOND

    def test_a_box_that_is_not_probed_keeps_the_call_up_and_follows_within_fifteen_seconds(self) -> None:
        """A paused link: there are only signs of life."""
        world = World(Random(1), interval=10_000)
        world.run(300)
        assert world.sessions.living == 1
        said = world.sessions.of(KEY_ID).said
        world.run(60)
        assert world.sessions.of(KEY_ID).said - said == 4
        world.move()
        world.run(15.5)
        assert world.sessions.of(KEY_ID).peer == world.place


class TestOutage:
    """A line that is cut and comes back, with the same address."""

    def test_the_session_goes_on_with_the_first_probe_that_comes_through(self) -> None:
        """However long the box has called meanwhile: no handshake is needed, so none makes the outage longer."""
        world = World(Random(1))
        world.run(30)
        session = world.sessions.of(KEY_ID)
        world.weather = Weather(loss=1.0)
        world.run(30)
        assert not world.caller.connected
        world.weather = Weather()
        world.run(1.2)
        assert world.caller.connected
        assert world.sessions.of(KEY_ID) is session


class TestEnds:
    """A box that is switched off, a daemon that forgets."""

    def test_a_silent_box_is_gone_after_the_time_that_was_set_and_back_at_its_first_word(self) -> None:
        """Its session is still good."""
        world = World(Random(1))
        world.run(20)
        session = world.sessions.of(KEY_ID)
        (alive,) = [world.caller._say(Kind.ALIVE)]
        heard_ns = session.heard_ns
        assert world.sessions.sweep(heard_ns + DEAD_NS - 1) == []
        (gone,) = world.sessions.sweep(heard_ns + DEAD_NS)
        assert (gone.what, gone.session, world.sessions.living) == (What.GONE, session, 0)
        back = world.sessions.take(alive, session.peer, heard_ns + DEAD_NS + 1)
        assert (back.change.what, world.sessions.living) == (What.BACK, 1)

    def test_a_daemon_that_was_restarted_is_called_again_within_eight_seconds(self) -> None:
        """It cannot even say that it knows nothing."""
        world = World(Random(1))
        world.run(20)
        world.restart_daemon()
        world.run(8)
        assert world.caller.connected
        assert world.sessions.of(KEY_ID) is not None

    def test_a_key_that_is_taken_away_or_changed_ends_its_session(self) -> None:
        """And one that stays keeps it."""
        world = World(Random(1))
        world.run(5)
        session = world.sessions.of(KEY_ID)
        assert world.sessions.know({KEY_ID: KEY, KeyId("new"): KEY}, DEAD_NS, world.now) == []
        (closed,) = world.sessions.know({KEY_ID: b"other" * 8}, DEAD_NS, world.now)
        assert (closed.what, closed.session) == (What.CLOSED, session)
        world.run(20)
        assert world.sessions.of(KEY_ID) is None
        assert world.sessions.refused[Refusal.BAD_SEAL] > 0


def handshake(seed: bytes = b"s" * 32) -> tuple[Sessions, Caller, Peer, list[bytes]]:
    """A session, and the packets of the box that made it."""
    sessions = Sessions(b"daemon" * 6, DEAD_NS)
    sessions.know({KEY_ID: KEY}, DEAD_NS, 0)
    caller = Caller(KEY_ID, KEY, seed, 0)
    (hello,) = caller.due(0)
    challenge = sessions.take(hello, place(0), 1)
    (call,) = caller.take(challenge.packet, 2).words
    accept = sessions.take(call, place(0), 3)
    caller.take(accept.packet, 4)
    assert caller.connected
    return sessions, caller, place(0), [hello, call]


class TestForgeries:
    """What nobody who lacks the key, or the moment, gets past."""

    def test_ten_thousand_forged_and_replayed_packets_open_nothing_and_grow_nothing(self) -> None:
        """Random ones, one flipped bit, captured ones from elsewhere and later; the session is untouched."""
        sessions, caller, peer, captured = handshake()
        session, random = sessions.of(KEY_ID), Random(7)
        captured.append(caller._say(Kind.ALIVE))
        assert sessions.take(captured[-1], peer, 5).packet is not None
        name = name_of(KEY_ID)
        answers = 0
        for number in range(10_000):
            now = 10 + number * SECOND // 500
            source = random.choice([peer, *map(stranger, range(50))])
            match number % 4:
                case 0:
                    packet = random.randbytes(packets.SIZE)
                case 1:
                    kind = random.choice([Kind.HELLO, Kind.CALL])
                    nonce, cookie = random.randbytes(16), random.randbytes(24)
                    forger = greeting(random.randbytes(32)).box
                    packet = packets.write(Handshake(kind, name, nonce, cookie), forger)
                case 2:
                    octets = bytearray(random.choice(captured))
                    octets[random.randrange(len(octets))] ^= 1 << random.randrange(8)
                    packet = bytes(octets)
                case _:
                    packet = random.choice(captured)
            answer = sessions.take(packet, source, now)
            assert answer.change is None
            if answer.packet is not None:
                answers += 1
                assert packets.kind_of(answer.packet) in {Kind.CHALLENGE, Kind.ACCEPT}
                assert len(answer.packet) == len(packet)
        assert sessions.of(KEY_ID) is session
        assert (session.peer, session.moves, session.heard_ns, sessions.living) == (peer, 0, 5, 1)
        assert sum(sessions.refused.values()) + answers == 10_000

    def test_an_old_call_cannot_bring_an_old_session_back(self) -> None:
        """Not even from the right address, while its cookie is good: its numbers would count anew."""
        sessions, _, peer, (_, call) = handshake()
        again = Caller(KEY_ID, KEY, b"t" * 32, 0)
        (hello,) = again.due(0)
        (newer,) = again.take(sessions.take(hello, peer, 10).packet, 11).words
        assert sessions.take(newer, peer, 12).change.what is What.OPENED
        session = sessions.of(KEY_ID)
        assert sessions.take(call, peer, 13) == Answer()
        assert sessions.refused[Refusal.REPLAYED] == 1
        assert sessions.of(KEY_ID) is session

    def test_a_cookie_is_good_for_its_address_and_for_ten_seconds(self) -> None:
        """Whoever cannot read what is sent there has none."""
        sessions = Sessions(b"daemon" * 6, DEAD_NS)
        sessions.know({KEY_ID: KEY}, DEAD_NS, 0)
        caller = Caller(KEY_ID, KEY, b"s" * 32, 0)
        (hello,) = caller.due(0)
        (call,) = caller.take(sessions.take(hello, place(0), 1).packet, 2).words
        assert sessions.take(call, stranger(0), 3) == Answer()
        assert sessions.take(call, place(0), 2 + COOKIE_NS) == Answer()
        assert sessions.refused[Refusal.BAD_COOKIE] == 2
        assert sessions.living == 0

    def test_whoever_has_a_cookie_but_no_key_opens_nothing(self) -> None:
        """A greeting played again brings one for any address; the call needs its seal."""
        sessions = Sessions(b"daemon" * 6, DEAD_NS)
        sessions.know({KEY_ID: KEY}, DEAD_NS, 0)
        (hello,) = Caller(KEY_ID, KEY, b"s" * 32, 0).due(0)
        cookie = packets.read_handshake(sessions.take(hello, stranger(0), 1).packet)
        call = Handshake(Kind.CALL, cookie.name, cookie.nonce, cookie.cookie)
        assert sessions.take(packets.write(call, greeting(b"x" * 32).box), stranger(0), 2) == Answer()
        assert (sessions.refused[Refusal.BAD_SEAL], sessions.living) == (1, 0)

    def test_a_question_where_a_box_is_is_good_for_five_seconds(self) -> None:
        """Later it has to be asked again."""
        sessions, caller, peer, _ = handshake()
        asked = sessions.take(caller._say(Kind.ALIVE), place(1), 5)
        (here,) = caller.take(asked.packet, 6).words
        assert sessions.take(here, place(1), 6 + TOKEN_NS).change is None
        assert sessions.of(KEY_ID).peer == peer
        asked = sessions.take(caller._say(Kind.ALIVE), place(1), 7 + TOKEN_NS)
        (here,) = caller.take(asked.packet, 8 + TOKEN_NS).words
        assert sessions.take(here, place(1), 7 + 2 * TOKEN_NS).change.what is What.MOVED

    def test_probes_that_somebody_kept_back_do_not_keep_a_box_in_a_call_that_is_over(self) -> None:
        """Whatever it hears, its signs of life must be answered."""
        sessions, caller, _, _ = handshake()
        seals, now = sessions.of(KEY_ID).seals, 4
        kept = [probe(seq, seals.probe) for seq in range(1, 60)]
        while kept and caller.connected:
            now += SECOND
            assert caller.take(kept.pop(0), now).reflect is not None
            caller.due(now)
        assert now <= 27 * SECOND

    def test_an_answer_to_an_earlier_sign_of_life_proves_nothing(self) -> None:
        """It may have been kept."""
        sessions, caller, peer, _ = handshake()
        (first,) = caller.due(3 * SECOND + 4)
        kept = sessions.take(first, peer, 3 * SECOND + 5)
        (second,) = caller.due(4 * SECOND + 4)
        caller.take(sessions.take(second, peer, 4 * SECOND + 5).packet, 4 * SECOND + 6)
        assert not caller.doubtful
        assert caller.due(7 * SECOND + 6)
        assert caller.take(kept.packet, 7 * SECOND + 7) == ((), None, None)
        assert caller.doubtful

    def test_a_challenge_that_led_nowhere_cannot_be_played_again(self) -> None:
        """Its cookie is old by then, and a box that took it up would ask in vain."""
        sessions = Sessions(b"daemon" * 6, DEAD_NS)
        sessions.know({KEY_ID: KEY}, DEAD_NS, 0)
        caller = Caller(KEY_ID, KEY, b"s" * 32, 0)
        (hello,) = caller.due(0)
        challenge = sessions.take(hello, place(0), 1).packet
        assert len(caller.take(challenge, 2).words) == 1
        kinds = [packets.kind_of(said) for now in range(1, 6) for said in caller.due(now * SECOND + 2)]
        assert kinds == [Kind.CALL, Kind.CALL, Kind.HELLO, Kind.HELLO]
        assert caller.take(challenge, 6 * SECOND).words == ()

    def test_a_call_that_the_daemon_took_up_is_kept_though_the_former_one_lives(self) -> None:
        """It was begun in an outage, and its acceptance got lost: the box must not stay with the old keys."""
        sessions, caller, peer, _ = handshake()
        former, now = sessions.of(KEY_ID), 4
        while caller.connected:
            now += SECOND
            said = caller.due(now)
        (challenge,) = (sessions.take(hello, peer, now).packet for hello in said)
        (call,) = caller.take(challenge, now).words
        late = sessions._say(former, Kind.HEARD, packets.token_of(caller._line.said))
        lost = sessions.take(call, peer, now)
        assert lost.change.what is What.OPENED
        assert caller.take(late, now + 1).words == ()
        again = caller.due(now + 2 * SECOND)
        accept = sessions.take(again[0], peer, now + 2 * SECOND)
        caller.take(accept.packet, now + 2 * SECOND)
        assert caller.connected
        assert caller.take(probe(1, sessions.of(KEY_ID).seals.probe), now + 3 * SECOND).reflect is not None

    def test_a_word_played_again_elsewhere_moves_nothing_and_a_kept_back_one_only_asks(self) -> None:
        """The question goes to the new place, and only the box can answer it."""
        sessions, caller, peer, _ = handshake()
        seen = caller._say(Kind.ALIVE)
        kept = caller._say(Kind.ALIVE)
        sessions.take(seen, peer, 5)
        assert sessions.take(seen, stranger(1), 6).packet is None
        asked = sessions.take(kept, stranger(1), 7)
        assert packets.kind_of(asked.packet) is Kind.WHERE
        (here,) = caller.take(asked.packet, 8).words
        assert sessions.take(here, stranger(2), 9).change is None
        assert sessions.of(KEY_ID).peer == peer

    def test_more_greetings_than_can_be_borne_are_met_with_silence(self) -> None:
        """And the words of sessions are not."""
        sessions, caller, peer, (hello, _) = handshake()
        answers = sum(sessions.take(hello, stranger(0), 100).packet is not None for _ in range(6_000))
        assert answers < 5_001
        assert sessions.refused[Refusal.TOO_MANY] == 6_000 - answers
        alive = caller._say(Kind.ALIVE)
        assert sessions.take(alive, peer, 101).packet is not None


class TestWindow:
    """Each number once."""

    @given(
        st.lists(st.integers(0, 3 * WIDTH), max_size=300),
        st.sampled_from([(64, 0), (32, 2**32 - WIDTH), (32, 2**32 - 5)]),
    )
    def test_it_takes_what_a_set_would_take(self, numbers: list[int], kind: tuple[int, int]) -> None:
        """Across the wrap of a count as well; only what is too far back is refused without having come."""
        bits, start = kind
        window, taken, highest = Window(bits), set(), -1
        for number in numbers:
            expected = number not in taken and (not taken or number > highest - WIDTH)
            assert window.take((start + number) % 2**bits) is expected
            if expected:
                taken.add(number)
                highest = max(highest, number)
