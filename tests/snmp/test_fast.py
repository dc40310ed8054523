"""gufo-snmp behind the same port: what it may do, and what it leaves to pysnmp."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.snmp.fast_port import FastPort
from bridgewatch.model.bandwidth import SnmpVersion
from bridgewatch.model.snmp import Login, Outcome, Refusal
from tests.snmp.asking import NAMES, UPTIME, ask, give_up, login, request, user, wait
from tests.snmp.proxy import Proxy
from tests.snmp.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY, Snmpd
from tests.snmp.test_hostile import response

CONFIG = (
    f"rocommunity {COMMUNITY} 127.0.0.0/8",
    f"createUser noc SHA {AUTH_KEY} AES {PRIV_KEY}\nrouser noc priv",
)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with Snmpd(tmp_path_factory.mktemp("agent"), *CONFIG) as running:
        yield running


@pytest.fixture
def port() -> Iterator[FastPort]:
    one = FastPort(SystemClock())
    know(one, replace(login(), fast=True))
    yield one
    one.close()


def know(port: FastPort, chosen: Login) -> None:
    port.know({chosen.id: chosen})


def test_it_reads_the_same_as_pysnmp(agent: Snmpd, port: FastPort) -> None:
    oids = (f"{NAMES}.1", UPTIME, f"{NAMES}.4711")
    fast = ask(port, request("127.0.0.1", agent.port, *oids))
    know(port, login())
    slow = ask(port, request("127.0.0.1", agent.port, *oids))
    assert [oid for oid, _ in fast.varbinds] == list(oids)
    assert [fast.varbinds[0], fast.varbinds[2]] == [slow.varbinds[0], slow.varbinds[2]]
    assert 0 <= slow.varbinds[1][1] - fast.varbinds[1][1] < 500


def test_walks_and_version_3_are_pysnmps(agent: Snmpd, port: FastPort) -> None:
    walked = ask(port, request("127.0.0.1", agent.port, NAMES, repetitions=3))
    assert walked.varbinds[0] == (f"{NAMES}.1", b"lo")
    know(port, user(auth_key="khong-dung-0650"))
    assert ask(port, request("127.0.0.1", agent.port)).refusal is Refusal.AUTH
    assert all(each.version is SnmpVersion.V3 for each in port._logins.values())
    assert port._open == {}


def test_a_question_that_is_lost_is_asked_again_and_answered_once(agent: Snmpd, port: FastPort) -> None:
    with Proxy(agent.port) as proxy:
        proxy.lose, proxy.copies = 1, 2
        answer = ask(port, request("127.0.0.1", proxy.port), seconds=0.3)
        assert answer.outcome is Outcome.ANSWERED
        assert wait(port, 0.1) is None
        assert port._open == {}


def test_nobody_there_and_a_wrong_community_are_silence(agent: Snmpd, port: FastPort) -> None:
    know(port, replace(login(community="khong-dung"), fast=True))
    for number in (agent.port, 9):
        assert ask(port, request("127.0.0.1", number), seconds=0.1).outcome is Outcome.SILENT
    assert port._open == {}


@pytest.mark.parametrize("error", [1, 5])
def test_what_it_cannot_tell_apart_is_told_by_pysnmp(port: FastPort, error: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as broken:
        broken.bind(("127.0.0.1", 0))
        broken.settimeout(5)
        asked = request("127.0.0.1", broken.getsockname()[1])
        port.send([asked])
        _, asker = broken.recvfrom(65_535)
        broken.sendto(b"\x30\x03\x02\x01\x07", asker)
        assert wait(port, 0.2) is None
        datagram, asker = broken.recvfrom(65_535)
        broken.sendto(response(datagram, error=error), asker)
        answer = wait(port, 1.0) or give_up(port, asked)
    assert answer.outcome is (Outcome.TOO_BIG if error == 1 else Outcome.BROKEN)
