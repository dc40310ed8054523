"""Asks one agent and waits for what comes of it, as the process that speaks SNMP does turn by turn."""

import itertools
import time

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.snmp.pysnmp_port import PysnmpPort
from bridgewatch.model.bandwidth import AuthProtocol, PrivProtocol, SnmpVersion
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.ports import SnmpPort
from bridgewatch.model.snmp import AgentKey, Login, SnmpAnswer, SnmpRequest
from tests.snmp.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY

UPTIME = "1.3.6.1.2.1.1.3.0"
NAMES = "1.3.6.1.2.1.31.1.1.1.1"
_ids = itertools.count(1)


def login(name: str = "default", community: str = COMMUNITY) -> Login:
    return Login(CredentialsId(name), SnmpVersion.V2C, community=community.encode())


def user(
    name: str = "noc",
    auth: AuthProtocol | None = AuthProtocol.SHA,
    priv: PrivProtocol | None = PrivProtocol.AES128,
    *,
    auth_key: str = AUTH_KEY,
    priv_key: str = PRIV_KEY,
    context: str = "",
) -> Login:
    return Login(
        CredentialsId("default"),
        SnmpVersion.V3,
        user=name.encode(),
        auth=auth,
        auth_key=auth_key.encode(),
        priv=priv,
        priv_key=priv_key.encode(),
        context=context.encode(),
    )


def port_with(chosen: Login) -> PysnmpPort:
    port = PysnmpPort(SystemClock())
    port.know({chosen.id: chosen})
    return port


def request(
    address: str, port: int, *oids: str, repetitions: int = 0, credentials: str = "default"
) -> SnmpRequest:
    agent = AgentKey(address, port, CredentialsId(credentials))
    return SnmpRequest(next(_ids), agent, oids or (UPTIME,), repetitions)


def ask(port: SnmpPort, asked: SnmpRequest, *, tries: int = 2, seconds: float = 1.0) -> SnmpAnswer:
    """What comes of a question that is asked `tries` times, `seconds` apart."""
    for _ in range(tries):
        port.send([asked])
        if answer := wait(port, seconds):
            return answer
    return give_up(port, asked)


def wait(port: SnmpPort, seconds: float) -> SnmpAnswer | None:
    """The answer to the one question that is open, if it comes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers := port.take():
            (answer,) = answers
            return answer
        time.sleep(0.002)
    return None


def give_up(port: SnmpPort, asked: SnmpRequest) -> SnmpAnswer:
    """What can be told of why no answer came."""
    (answer,) = port.give_up([asked.id])
    return answer
