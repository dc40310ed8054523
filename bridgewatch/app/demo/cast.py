"""The people of the demo: contacts, rosters, a policy with short delays, and the event that is on meanwhile.

They are written as an operator writes them. Every phone is a webhook at the demo itself.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridgewatch.model.ids import ContactId, EventId
from bridgewatch.model.words import Language

EVENT: Final = EventId("tiep-xuc-cu-tri")
HOLD: Final = 0.8  # seconds: links behind one handover fall within two ticks, and count as one fault
ESCALATE_AFTER: Final = 1.5

VIETTEL_DUTY: Final = ContactId("viettel-truc")
VIETTEL_LEAD: Final = ContactId("viettel-lanh-dao")
VNPT_DUTY: Final = ContactId("vnpt-truc")
VNPT_LEAD: Final = ContactId("vnpt-lanh-dao")
OWN_DUTY: Final = ContactId("truc-he-thong")
OWN_LEAD: Final = ContactId("lanh-dao-trung-tam")
ROOM: Final = ContactId("dau-moi-phong-hop")

VIETTEL_STEPS: Final = (frozenset({VIETTEL_DUTY}), frozenset({VIETTEL_LEAD, OWN_DUTY}))
VNPT_STEPS: Final = (frozenset({VNPT_DUTY}), frozenset({VNPT_LEAD, OWN_DUTY}))
"""Who is called for a fault of a carrier's links, step by step; our own lead would follow minutes later."""

ANSWERS: Final[Mapping[ContactId, float]] = {OWN_DUTY: 1.0, VNPT_DUTY: 0.6}
"""Who answers a page, and after how many seconds. The others let it ring."""

_GATEWAY: Final = "dien-thoai"
_BEGAN: Final = 60  # seconds before the play
_LASTS: Final = 86_400  # after its beginning


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when it is played. Ports of loopback: where messages are posted to, and where links lead.

    `now`: seconds since 1970; `language`: what our own duty speaks.
    """

    phones: int
    answers: int
    now: int
    language: Language = Language.EN

    @property
    def public_url(self) -> str:
        """Where links in messages lead."""
        return f"http://127.0.0.1:{self.answers}"


def people_files(setting: Setting, outside: str) -> Mapping[str, Mapping[str, Any]]:
    """The files beside those of the sites, by name. The site `outside` takes no part in the event."""
    return {
        "gateways.yaml": {
            "gateways": {
                _GATEWAY: {
                    "kind": "webhook",
                    "url": f"http://127.0.0.1:{setting.phones}/{{address}}",
                    "form": "long",
                    "answers": ["link"],
                    "timeout": "5s",
                }
            }
        },
        "contacts.yaml": {"catch_all": [OWN_LEAD], "contacts": _contacts(setting.language)},
        "rosters.yaml": {"rosters": _rosters()},
        "policies.yaml": {"policies": {"live": _policy()}},
        "events.d/event.yaml": {"events": {EVENT: _event(setting.now, outside)}},
    }


def _contacts(language: Language) -> dict[str, Any]:
    def contact(name: str, number: int, speaks: Language = Language.VI, **more: str) -> dict[str, Any]:
        phone = f"01000000{number}"
        channels = [{"via": _GATEWAY, "to": phone}]
        return {"name": name, "language": speaks.value, **more, "phone": phone, "channels": channels}

    return {
        OWN_DUTY: contact("Ksor Hà, trực hệ thống", 11, language),
        OWN_LEAD: contact("Nguyễn Thị Mẫu, lãnh đạo trung tâm", 12),
        ROOM: contact("Đầu mối các phòng họp", 13),
        VNPT_DUTY: contact("Trực kỹ thuật VNPT", 21, carrier="vnpt"),
        VNPT_LEAD: contact("Lê Thị Ví Dụ, lãnh đạo VNPT", 22, carrier="vnpt"),
        VIETTEL_DUTY: contact("Trực kỹ thuật Viettel", 31, carrier="viettel"),
        VIETTEL_LEAD: contact("Phạm Văn Nháp, lãnh đạo Viettel", 32, Language.EN, carrier="viettel"),
    }


def _rosters() -> dict[str, Any]:
    return {
        "vnpt": {"carrier": "vnpt", "duty": {"always": VNPT_DUTY}, "lead": {"always": VNPT_LEAD}},
        "viettel": {"carrier": "viettel", "duty": {"always": VIETTEL_DUTY}, "lead": {"always": VIETTEL_LEAD}},
        "trung-tam": {"own": True, "duty": {"always": OWN_DUTY}, "lead": {"always": OWN_LEAD}},
    }


def _policy() -> dict[str, Any]:
    """The shipped one for live events, in a hurry: what a site suffers in minutes happens here in seconds."""
    return {
        "hold": {"dark": f"{HOLD}s"},
        "group": "0s",
        "steps": {
            "carrier": [
                {"call": "carrier duty"},
                {"call": ["carrier lead", "own duty"], "after": f"{ESCALATE_AFTER}s"},
                {"call": "own lead"},
            ]
        },
    }


def _event(now: int, outside: str) -> dict[str, Any]:
    return {
        "name": "Tiếp xúc cử tri trực tuyến tỉnh Sông Mây",
        "sites": "all",
        "except": [outside],
        "starts": _moment(now - _BEGAN),
        "ends": _moment(now + _LASTS),
        "carried_by": "wan",
    }


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(seconds))
