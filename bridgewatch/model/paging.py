"""The vocabulary of incidents, escalation and messages as closed sets, in the order of the way of the data.

All of them are written into the log by name, so a name is never changed and never reused. Enumerations whose
numbers are exported or ordered are integers, the others are strings.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique

from bridgewatch.model.ids import IncidentId


@unique
class Phase(IntEnum):
    """What an event is in at an instant; the number is what `bridgewatch_event_phase` exports."""

    NONE = 0  # no event, or one that is over or cancelled
    DRAFT = 1  # written down, promised to nobody
    PLANNED = 2  # promised; between its waves and before its freeze
    WAVE = 3  # a rehearsal (đợt chạy thử) runs
    FREEZE = 4  # đóng băng: nobody touches the network any more
    CHECK = 5
    LIVE = 6
    REPORT = 7  # closed; what happened is written up


@unique
class FaultKind(StrEnum):
    """What an incident is about."""

    LINK = "link"  # one circuit; also the root of what lies behind it
    SITE = "site"  # power or router of a site: links of different carriers fell together
    HANDOVER = "handover"  # every visible link of a named handover fell, or most of them did
    AREA = "area"  # most links of one carrier in an area fell together
    EGRESS = "egress"  # our own way out
    SERVICE = "service"  # an MCU or gateway that the rooms depend on is dark
    QUALITY = "quality"  # a link answers, and its quality is critical
    TARGET = "target"  # links of a site are alive, and the reflector there takes no probes
    CONTACTS = "contacts"  # contacts or rosters of an event are missing at their deadline
    DELIVERY = "delivery"  # messages cannot be delivered, or cannot be stored
    USE = "use"  # the traffic of a link nears what was bought
    CAPACITY = "capacity"  # a link carries less than was promised
    NEED = "need"  # a link is too small for an event
    HEARTBEAT = "heartbeat"  # the watchdog: a daemon is silent, or says that it stands still


@unique
class Urgency(IntEnum):
    """What a fault does to meetings; the greater, the worse."""

    NOTE = 0  # nothing that a meeting would notice
    REDUCED = 1  # a spare is gone
    IMPAIRED = 2  # the meeting suffers
    OWN = 3  # our own house: an egress, rosters, delivery
    DARK = 4  # a site is out of the meeting


@unique
class Audience(StrEnum):
    """Whose people a fault is for."""

    CARRIER = "carrier"
    ROOM = "room"  # the site's own contacts
    OWN = "own"  # our own staff


@unique
class Role(StrEnum):
    """What somebody on a roster does."""

    DUTY = "duty"  # trực
    OPERATIONS = "operations"  # trực điều hành
    RESCUE = "rescue"  # ứng cứu thông tin
    LEAD = "lead"  # trực lãnh đạo
    ROOM = "room"  # đầu mối tại điểm cầu


@unique
class Why(StrEnum):
    """Why something was decided; the clause for people is `texts`' business."""

    # Of faults
    LINK_DOWN = "link-down"
    LINK_FLAPPING = "link-flapping"
    BEHIND_ROOT = "behind-root"  # a link that it runs `via` is down
    BEHIND_HANDOVER = "behind-handover"  # every visible link of that handover is down
    CARRIER_AREA = "carrier-area"  # most links of the carrier there fell within seconds
    SITE_POWER = "site-power"  # links of different carriers fell within seconds at one site
    SERVICE_DARK = "service-dark"  # nothing that carries an MCU or gateway is up
    EGRESS_DARK = "egress-dark"
    EGRESS_IMPAIRED = "egress-impaired"
    QUALITY_CRITICAL = "quality-critical"
    TARGET_REFUSES = "target-refuses"  # its path is alive, and nobody answers there
    CONTACTS_MISSING = "contacts-missing"
    DEAD_LETTERS = "dead-letters"
    GATEWAY_FAILING = "gateway-failing"  # several attempts in a row, and none was delivered
    SECRET_MISSING = "secret-missing"  # noqa: S105 - what a gateway needs to know cannot be read
    STORE_FAILING = "store-failing"
    HEARTBEAT_MISSING = "heartbeat-missing"
    PROBING_STANDS = "probing-stands"
    OUTBOX_STANDS = "outbox-stands"
    OVER_USED = "over-used"
    LESS_THAN_CONTRACT = "less-than-contract"
    RAISE_MISSING = "raise-missing"  # the contract is delivered, not the raise that is in force
    CONTRACT_TOO_SMALL = "contract-too-small"  # for an event
    DELIVERY_TOO_SMALL = "delivery-too-small"  # measured, for an event
    ANSWERS_AGAIN = "answers-again"
    GOOD_AGAIN = "good-again"
    LEFT_CONFIGURATION = "left-configuration"
    STAYED_DOWN = "stayed-down"  # its root recovered a minute ago, and it did not
    # Of the lives of incidents
    HELD = "held"  # outlasted its hold
    CUTS_ADD_UP = "cuts-add-up"  # live: three cuts, or five seconds of silence, within a minute
    HOLD_SHORTENED = "hold-shortened"  # a stricter policy came into force
    MUTED_UNTIL_NOW = "muted-until-now"  # the silence over it ended, and it is still broken
    TOO_SHORT = "too-short"  # over before its hold was
    RECOVERED = "recovered"
    RESOLVED = "resolved"  # by a person
    RELAPSED = "relapsed"
    # Of escalation
    FIRST_STEP = "first-step"
    NO_ANSWER = "no-answer"
    HELP_ASKED = "help-asked"
    ALL_DECLINED = "all-declined"
    HANDED_BACK = "handed-back"  # who had it declined
    UNREACHED = "unreached"  # no channel of anybody on this step took the message
    STILL_DARK = "still-dark"  # acknowledged long ago
    GREW_WORSE = "grew-worse"  # acknowledged, and since then it got more urgent
    REPEATED = "repeated"  # the last step, again
    ON_DUTY = "on-duty"
    ROOM_CONTACT = "room-contact"
    STANDS_IN = "stands-in"  # by an override or a swap
    CLIMBED = "climbed"  # nobody lower covers it
    CATCH_ALL = "catch-all"  # nobody else was found
    CALLED_IN_VAIN = "called-in-vain"  # the catch-all, because nobody who was called answered
    DEAD_LETTER = "dead-letter"
    # Of what those who were paged are told
    TAKEN = "taken"
    FOLDED = "folded"


@unique
class AckWay(StrEnum):
    """How an answer came."""

    LINK = "link"  # the page behind the signed link
    VOICE = "voice"  # a key pressed during a call
    SMS = "sms"
    CHAT = "chat"
    PHONE = "phone"  # told to the NOC, who entered it
    DESK = "desk"  # the NOC itself
    API = "api"


@unique
class MessageKind(StrEnum):
    """What a message is for."""

    PAGE = "page"  # asks for an answer
    DIGEST = "digest"  # asks for one too, for many at once
    NOTES = "notes"  # short cuts and other things nobody has to answer
    TAKEN = "taken"
    FOLDED = "folded"
    RECOVERED = "recovered"
    RESOLVED = "resolved"
    TEST = "test"


@unique
class Delivery(StrEnum):
    """How one attempt to deliver a message ended."""

    DELIVERED = "delivered"
    FAILED = "failed"  # it may go another time
    REFUSED = "refused"  # trying again through this channel is in vain


@unique
class Lapse(StrEnum):
    """A mistake of our own for which an attempt was never made: no word of it is the gateway's."""

    VARIABLE_EMPTY = "variable-empty"  # the environment variable of a secret is not set, or empty
    FILE_MISSING = "file-missing"  # the file of a secret is not there
    FILE_UNREADABLE = "file-unreadable"  # it is not for us to read
    FILE_UNFIT = "file-unfit"  # it holds nothing, too much, or no text
    NO_CREDENTIALS = "no-credentials"  # the service manager gave none
    MISCONFIGURED = "misconfigured"  # the gateway, or the address, cannot carry a message


@unique
class TextForm(StrEnum):
    """The shape of text that a gateway carries."""

    LONG = "long"  # chat and mail: evidence and link
    SHORT = "short"  # at most 160 characters of the GSM alphabet, no diacritics
    SPOKEN = "spoken"  # read aloud


@unique
class GatewayKind(StrEnum):
    """How a gateway is spoken to."""

    MAIL = "mail"
    TELEGRAM = "telegram"
    ZALO_BOT = "zalo-bot"
    ZALO_OA = "zalo-oa"
    ZALO_ZNS = "zalo-zns"
    ESMS = "esms"
    STRINGEE = "stringee"
    WEBHOOK = "webhook"
    APPRISE = "apprise"  # any other URL that Apprise knows


STORE = "store"
"""The subject of a DELIVERY fault that is of the store; that of any other is a gateway."""

ASKING = frozenset({MessageKind.PAGE, MessageKind.DIGEST})
"""The kinds that want an answer."""

AS_CATCH_ALL = frozenset({Why.CATCH_ALL, Why.CALLED_IN_VAIN, Why.ALL_DECLINED})
"""Why the catch-all is called; nobody else ever is for these."""

OF_BANDWIDTH = frozenset({FaultKind.USE, FaultKind.CAPACITY, FaultKind.NEED})
"""The kinds that have a policy of their own, and are nothing that a meeting would notice now."""

ABOUT_A_LINK = frozenset(
    {FaultKind.LINK, FaultKind.QUALITY, FaultKind.USE, FaultKind.CAPACITY, FaultKind.NEED}
)
"""The kinds of faults whose subject is a link."""

INFERRED = frozenset({FaultKind.SITE, FaultKind.AREA})
"""The kinds that are suspected as long as they last: nothing that is measured would make them certain."""

UNDER_WAY = frozenset({Phase.WAVE, Phase.FREEZE, Phase.CHECK, Phase.LIVE, Phase.REPORT})
"""The phases of an event that is not merely planned."""


@dataclass(frozen=True, slots=True)
class PastIncident:
    """One line about an incident. `opened_ns` None: nobody was paged yet; `folded_into`: what explains it."""

    id: IncidentId
    code: str
    kind: FaultKind
    subject: str
    began_ns: int
    opened_ns: int | None
    recovered_ns: int | None
    closed_ns: int | None
    folded_into: IncidentId | None
