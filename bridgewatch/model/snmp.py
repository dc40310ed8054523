"""What SNMP agents are asked and what they answer: the words of the `SnmpPort`. Instants are monotonic."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto, unique
from typing import NamedTuple, TypeAlias

from bridgewatch.model.bandwidth import AuthProtocol, PrivProtocol, SnmpVersion
from bridgewatch.model.hosts import with_port
from bridgewatch.model.ids import CredentialsId

Value: TypeAlias = int | bytes | None
"""Of an object. None: the agent has no such object, or its columns end here."""

Varbind: TypeAlias = tuple[str, Value]
"""An object identifier in dotted digits, and what it is bound to."""


class AgentKey(NamedTuple):
    """Who is asked. `address` is numeric."""

    address: str
    port: int
    credentials: CredentialsId

    def __str__(self) -> str:
        return with_port(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials with their secrets read. Never shown, never written down. `fast` as in `SnmpSettings`."""

    id: CredentialsId
    version: SnmpVersion
    community: bytes = field(default=b"", repr=False)
    user: bytes = b""
    auth: AuthProtocol | None = None
    auth_key: bytes = field(default=b"", repr=False)
    priv: PrivProtocol | None = None
    priv_key: bytes = field(default=b"", repr=False)
    context: bytes = b""
    fast: bool = False


@unique
class Refusal(StrEnum):
    """What an agent says is wrong with whoever asks it."""

    USER = "user"  # it does not know the user
    AUTH = "auth"  # authentication: another key or protocol than its own
    PRIVACY = "privacy"  # it answers this user, but not what is encrypted like this or in this context
    LEVEL = "level"  # it wants this user to authenticate or encrypt otherwise, or not at all
    TIME = "time"  # outside its time window, also after its clock was asked
    ENGINE = "engine"  # it keeps changing its engine id
    CONTEXT = "context"  # it does not know the context
    ACCESS = "access"  # it knows the user, who may not read this


@dataclass(frozen=True, slots=True)
class SnmpRequest:
    """One question. The same `id` twice is the same question again, and any answer to it is welcome.

    `repetitions` 0 gets `oids`; else it is how many objects after the only one of `oids` are wanted.
    """

    id: int
    agent: AgentKey
    oids: tuple[str, ...]
    repetitions: int = 0


@unique
class Outcome(Enum):
    """What came of a question."""

    ANSWERED = auto()
    SILENT = auto()  # nothing came
    REFUSED = auto()
    TOO_BIG = auto()  # for one packet
    BROKEN = auto()  # what came cannot be read, or is an error that nothing can be done about
    UNSENT = auto()  # this host could not send it: says nothing of the agent


@dataclass(frozen=True, slots=True)
class SnmpAnswer:
    """What came of one question: `asked_ns` it was first sent, `at_ns` the answer was there.

    `varbinds` are in the order of the objects asked for.
    """

    request: int
    outcome: Outcome
    asked_ns: int
    at_ns: int
    varbinds: tuple[Varbind, ...] = ()
    refusal: Refusal | None = None
    detail: str = ""


@unique
class Dropped(StrEnum):
    """Datagrams that were no answer to anything; exported by name."""

    STRANGER = "stranger"  # from an address that nobody asked
    UNASKED = "unasked"  # no question has that number: late, doubled, or made up
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    FORGED = "forged"  # not authenticated by the agent's key
