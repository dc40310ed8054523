"""The project's vocabulary as closed sets; one word for one thing everywhere.

Enumerations that live in columns are integers (their numbers are exported and never reused); those that
operators write are strings.
"""

from enum import IntEnum, StrEnum, unique


@unique
class Language(StrEnum):
    """A language in which everything is said."""

    VI = "vi"
    EN = "en"


@unique
class Level(StrEnum):
    """Administrative level of a site."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


@unique
class AdministrativeModel(StrEnum):
    """Tiers of local government: three until 30 June 2025, two (no districts) since 1 July 2025."""

    THREE_TIER = "3tier"
    TWO_TIER = "2tier"


@unique
class Network(StrEnum):
    """Which of the two networks a link belongs to."""

    WAN = "wan"
    INTERNET = "internet"


@unique
class Access(StrEnum):
    """Access technology of an Internet link (BRCĐ or BRDĐ)."""

    FIXED = "fixed"
    MOBILE = "mobile"


@unique
class CarriedBy(StrEnum):
    """Which network carries a site's meeting."""

    WAN = "wan"
    INTERNET = "internet"
    ANY = "any"


@unique
class SiteKind(StrEnum):
    """A room people meet in, or a service (MCU, gateway) the rooms depend on."""

    ROOM = "room"
    SERVICE = "service"


@unique
class ProbeKind(IntEnum):
    """How a path is probed."""

    ICMP = 0
    STAMP = 1
    STAMP_AUTHENTICATED = 2  # RFC 8762 section 4.4: a layout of its own, on a socket of its own
    DIAL_IN = 3  # the same, back through the call of the site's box, under the keys of that call


@unique
class Family(IntEnum):
    """Address family, numbered as people say it."""

    V4 = 4
    V6 = 6


@unique
class Outcome(IntEnum):
    """The one fate of a probe.

    Reply and late were answered (late: after Tmax), lost and unreachable were not, and a local error never
    left this host: it says nothing about the link.
    """

    REPLY = 0
    LATE = 1
    LOST = 2
    UNREACHABLE = 3
    LOCAL_ERROR = 4


@unique
class LinkState(IntEnum):
    """State of a link; the number is what `bridgewatch_link_state` exports."""

    UNKNOWN = 0
    UP = 1
    DEGRADED = 2
    SUSPECT = 3
    DOWN = 4
    FLAPPING = 5
    BLIND = 6
    PAUSED = 7


@unique
class SiteState(IntEnum):
    """State of a site by what carries its meeting; exported as `bridgewatch_site_state`."""

    UNKNOWN = 0
    OK = 1
    REDUCED = 2
    IMPAIRED = 3
    DARK = 4


@unique
class EgressState(IntEnum):
    """State of one way out of this vantage, judged by its own references."""

    UNKNOWN = 0
    OK = 1
    IMPAIRED = 2
    DARK = 3


@unique
class Severity(IntEnum):
    """How far a measured quality is from its threshold."""

    OK = 0
    WARN = 1
    CRITICAL = 2


@unique
class Reason(IntEnum):
    """Why something is in the state it is in; texts live with the readers, never here."""

    NONE = 0
    ANSWERED = 1  # a reply came
    SILENT = 2  # probes past their grace, no verdict yet
    SILENT_WITH_WITNESS = 3  # silence, while others on the same egress and family answered
    NO_WITNESS = 4  # silence, and nothing on this egress and family answers
    LOSS = 5
    RTT = 6
    JITTER = 7
    PDV = 8
    FLAPS = 9  # three downs in ten minutes
    NEVER_RESOLVED = 10
    NOT_YET_PROBED = 11
    LOCAL_ERROR = 12  # our own host refuses to send
    PAUSED_BY_OPERATOR = 13
    OWN_UPLINK = 14  # the egress itself loses packets: not the link's fault
    UNREACHABLE = 15  # a router on the way answers that the target cannot be reached
    SETTLED = 16  # quality good for five windows
    DIAL_IN_NEVER_SEEN = 17
    TARGET_REFUSES = 18  # the path is alive: the target itself says that nothing there takes the probes
    KEY_MISSING = 19  # its probes are to be authenticated with a key that cannot be read
    BOX_MOVED = 20  # no state: the box of a site that dials in goes on from another address
    DIAL_IN_AWAITED = 21  # its box was heard before the daemon started, and has not called since
