"""Against net-snmp's agent on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridgewatch.adapters.snmp.pysnmp_port import PysnmpPort
from bridgewatch.model.bandwidth import AuthProtocol, PrivProtocol
from bridgewatch.model.snmp import Dropped, Login, Outcome, Refusal
from tests.snmp.asking import NAMES, UPTIME, ask, login, port_with, request, user, wait
from tests.snmp.proxy import Proxy
from tests.snmp.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY, Snmpd

NET_SNMP_NAMES = {
    AuthProtocol.MD5: "MD5",
    AuthProtocol.SHA: "SHA",
    AuthProtocol.SHA224: "SHA-224",
    AuthProtocol.SHA256: "SHA-256",
    AuthProtocol.SHA384: "SHA-384",
    AuthProtocol.SHA512: "SHA-512",
    PrivProtocol.DES: "DES",
    PrivProtocol.AES128: "AES",
    PrivProtocol.AES192: "AES-192",
    PrivProtocol.AES256: "AES-256",
}
USERS = {
    "cu": (AuthProtocol.MD5, PrivProtocol.DES),
    "noc": (AuthProtocol.SHA, PrivProtocol.AES128),
    "noc224": (AuthProtocol.SHA224, PrivProtocol.AES192),
    "noc256": (AuthProtocol.SHA256, PrivProtocol.AES256),
    "noc384": (AuthProtocol.SHA384, PrivProtocol.AES128),
    "noc512": (AuthProtocol.SHA512, PrivProtocol.AES256),
    "keo-dai": (AuthProtocol.SHA, PrivProtocol.AES256),
}
CONFIG = (
    f"rocommunity {COMMUNITY} 127.0.0.0/8",
    f"rocommunity hep 127.0.0.0/8 {UPTIME}",
    *(
        f"createUser {name} {NET_SNMP_NAMES[auth]} {AUTH_KEY} {NET_SNMP_NAMES[priv]} {PRIV_KEY}\n"
        f"rouser {name} priv"
        for name, (auth, priv) in USERS.items()
    ),
    f"createUser tran SHA {AUTH_KEY}\nrouser tran auth",
)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with Snmpd(tmp_path_factory.mktemp("agent"), *CONFIG) as running:
        yield running


def answer_of(agent: Snmpd, chosen: Login, *oids: str, seconds: float = 0.3):
    port = port_with(chosen)
    try:
        return ask(port, request("127.0.0.1", agent.port, *oids), seconds=seconds)
    finally:
        port.close()


def test_a_community_reads_what_is_asked_for_in_its_order(agent: Snmpd) -> None:
    answer = answer_of(agent, login(), f"{NAMES}.1", UPTIME, f"{NAMES}.4711", seconds=2)
    assert answer.outcome is Outcome.ANSWERED
    (name, lo), (_, uptime), (_, nothing) = answer.varbinds
    assert (name, lo, nothing) == (f"{NAMES}.1", b"lo", None)
    assert isinstance(uptime, int)
    assert answer.asked_ns < answer.at_ns


def test_a_walk_brings_the_next_objects(agent: Snmpd) -> None:
    port = port_with(login())
    answer = ask(port, request("127.0.0.1", agent.port, NAMES, repetitions=5), seconds=2)
    port.close()
    assert answer.varbinds[0] == (f"{NAMES}.1", b"lo")
    assert len(answer.varbinds) <= 5


@pytest.mark.parametrize("name", USERS)
def test_version_3_authenticates_and_encrypts(agent: Snmpd, name: str) -> None:
    answer = answer_of(agent, user(name, *USERS[name]), f"{NAMES}.1", seconds=2)
    assert (answer.outcome, answer.varbinds) == (Outcome.ANSWERED, ((f"{NAMES}.1", b"lo"),))


def test_version_3_authenticates_without_encrypting(agent: Snmpd) -> None:
    assert answer_of(agent, user("tran", priv=None), seconds=2).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("chosen", "outcome", "refusal"),
    [
        (login(community="khong-dung"), Outcome.SILENT, None),
        (user("khong-ai"), Outcome.REFUSED, Refusal.USER),
        (user(auth_key="khong-dung-0650"), Outcome.REFUSED, Refusal.AUTH),
        (user(auth=AuthProtocol.SHA256), Outcome.REFUSED, Refusal.AUTH),
        (user(priv_key="khong-dung-0650"), Outcome.REFUSED, Refusal.PRIVACY),
        (user(priv=PrivProtocol.DES), Outcome.REFUSED, Refusal.PRIVACY),
        (user(context="khong-co"), Outcome.REFUSED, Refusal.PRIVACY),
        (user(priv=None), Outcome.REFUSED, Refusal.ACCESS),
        (user("tran"), Outcome.REFUSED, Refusal.LEVEL),
    ],
)
def test_whoever_asks_wrongly_is_told_what_is_wrong(
    agent: Snmpd, chosen: Login, outcome: Outcome, refusal: Refusal | None
) -> None:
    answer = answer_of(agent, chosen)
    assert (answer.outcome, answer.refusal) == (outcome, refusal)


def test_credentials_that_cannot_be_used_harm_nobody_but_themselves(agent: Snmpd) -> None:
    port = port_with(user(auth_key="", priv_key=""))
    broken = ask(port, request("127.0.0.1", agent.port), seconds=0.2)
    assert broken.outcome is Outcome.UNSENT
    unknown = ask(port, request("127.0.0.1", agent.port, credentials="khac"), seconds=0.2)
    port.close()
    assert (unknown.outcome, unknown.detail) == (Outcome.UNSENT, "no credentials")


def test_new_keys_are_used_from_the_next_question_on_whatever_is_open(agent: Snmpd) -> None:
    wrong, right = user(auth_key="khong-dung-0650"), user()
    port = port_with(wrong)
    open_still = request("127.0.0.1", agent.port)
    port.send([open_still])
    port.know({right.id: right})
    assert wait(port, 2).refusal is Refusal.AUTH
    assert ask(port, request("127.0.0.1", agent.port), seconds=2).outcome is Outcome.ANSWERED
    port.close()


def test_giving_up_what_nobody_waits_for_is_silence() -> None:
    port = port_with(login())
    assert [answer.outcome for answer in port.give_up([4_711])] == [Outcome.SILENT]
    port.close()


def test_nobody_there_is_silence(agent: Snmpd) -> None:
    port = port_with(user())
    nobody = ask(port, request("127.0.0.1", 9), seconds=0.1)
    port.close()
    assert nobody.outcome is Outcome.SILENT


def restarted(agent: Snmpd, port: PysnmpPort):
    first = ask(port, request("127.0.0.1", agent.port), seconds=2)
    agent.stop()
    agent.start()
    return first, ask(port, request("127.0.0.1", agent.port), seconds=2)


def test_an_agent_that_restarts_is_understood_at_once(tmp_path: Path) -> None:
    """Its boots are others, so that it takes the question for an old one: its clock is asked, once."""
    with Snmpd(tmp_path, *CONFIG) as agent:
        port = port_with(user())
        first, second = restarted(agent, port)
        port.close()
    assert [first.outcome, second.outcome] == [Outcome.ANSWERED, Outcome.ANSWERED]


def test_an_agent_that_is_another_engine_now_is_understood_at_once(tmp_path: Path) -> None:
    with Snmpd(tmp_path / "one", *CONFIG, "exactEngineID 0x80001f8804aa") as agent:
        port = port_with(user())
        first = ask(port, request("127.0.0.1", agent.port), seconds=2)
    other = Snmpd(tmp_path / "other", *CONFIG, "exactEngineID 0x80001f8804bb")
    other.port = agent.port
    with other:
        second = ask(port, request("127.0.0.1", other.port), seconds=2)
    port.close()
    assert [first.outcome, second.outcome] == [Outcome.ANSWERED, Outcome.ANSWERED]


@pytest.mark.parametrize("place", [-1, -12, -40])
def test_an_answer_of_which_one_bit_was_flipped_is_dropped_as_forged(agent: Snmpd, place: int) -> None:
    with Proxy(agent.port) as proxy:
        port = port_with(user())
        assert ask(port, request("127.0.0.1", proxy.port), seconds=2).outcome is Outcome.ANSWERED
        proxy.spoil = lambda datagram: datagram[:place] + bytes([datagram[place] ^ 1]) + datagram[place:][1:]
        spoilt = ask(port, request("127.0.0.1", proxy.port), tries=1, seconds=0.3)
        port.close()
    assert spoilt.outcome is Outcome.SILENT
    assert port.dropped[Dropped.FORGED] == 1


def test_an_answer_replayed_to_the_next_question_is_dropped(agent: Snmpd) -> None:
    with Proxy(agent.port) as proxy:
        port = port_with(user())
        ask(port, request("127.0.0.1", proxy.port), seconds=2)
        old = proxy.answers[-1]
        proxy.spoil = lambda _: old
        replayed = ask(port, request("127.0.0.1", proxy.port), tries=1, seconds=0.3)
        port.close()
    assert replayed.outcome is Outcome.SILENT
    assert port.dropped[Dropped.UNASKED] == 1


def test_a_lost_question_and_a_doubled_answer_are_one_answer(agent: Snmpd) -> None:
    with Proxy(agent.port) as proxy:
        proxy.lose = 1
        proxy.copies = 2
        port = port_with(login())
        answer = ask(port, request("127.0.0.1", proxy.port), seconds=0.3)
        assert answer.outcome is Outcome.ANSWERED
        assert ask(port, request("127.0.0.1", proxy.port), seconds=2).outcome is Outcome.ANSWERED
        port.close()


def test_ipv6_agents_are_asked_too(tmp_path: Path) -> None:
    with Snmpd(tmp_path, *CONFIG, f"rocommunity6 {COMMUNITY} ::1", address="::1") as agent:
        port = port_with(login())
        answer = ask(port, request("::1", agent.port), seconds=2)
        port.close()
    assert answer.outcome is Outcome.ANSWERED
