"""A live conference of a province whose people are paged within seconds: who is called, and what is cut.

vantage === wan | internet === site      the ways that are watched
   |
 office                                  phones, and gateways that need neither of them
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.daemon.conference import Desk, Documents, house, live_now, person, write
from tests.daemon.daemon import Running
from tests.daemon.province import UP
from tests.lab.process import Process
from tests.lab.topology import Lab
from tests.notify.gateways import HttpGateways
from tests.wire.far_end import reflector
from tests.wire.two_ways import two_ways_out

OFFICE: Final = "192.0.2.0/26"
VANTAGE_ADDRESS: Final = "192.0.2.1"
OFFICE_ADDRESS: Final = "192.0.2.2"
AFAR: Final = "203.0.113.250"  # behind the Internet
ANSWERS: Final = f"{VANTAGE_ADDRESS}:9641"
DARK_HOLD: Final = 1.0
REDUCED_HOLD: Final = 3.0
CARRIERS: Final = ("vnpt", "viettel", "fpt", "mobifone", "cmc")

POLICY: Final = {
    "hold": {"dark": f"{DARK_HOLD}s", "own": "1s", "impaired": "never", "reduced": f"{REDUCED_HOLD}s"},
    "repeat": {"dark": "3s", "own": "3s", "reduced": "60s"},
    "raise_again": "never",
    "group": "0s",
    "ceiling": 100,
}

# Site: (target, carrier, handover) on the WAN, and (target, carrier) on the Internet.
_SITES: Final[dict[str, tuple[tuple[str, str, str | None], tuple[str, str]]]] = {
    "ubnd": (("203.0.113.1", "vnpt", None), ("203.0.113.101", "viettel")),
    "cau-dao": (("203.0.113.2", "vnpt", None), ("203.0.113.102", "viettel")),
    "pop-1": (("203.0.113.11", "vnpt", "pop"), ("203.0.113.111", "viettel")),
    "pop-2": (("203.0.113.12", "vnpt", "pop"), ("203.0.113.112", "viettel")),
    "pop-3": (("203.0.113.13", "vnpt", "pop"), ("203.0.113.113", "viettel")),
    "codec": (("203.0.113.21", "mobifone", None), ("203.0.113.121", "fpt")),
    "du-phong": (("203.0.113.22", "mobifone", None), ("203.0.113.122", "fpt")),
    "kenh": (("203.0.113.31", "cmc", None), ("203.0.113.131", "fpt")),
    "phan-hoi": (("203.0.113.41", "mobifone", None), ("203.0.113.141", "fpt")),
}
_REFLECTED: Final = "phan-hoi"  # its WAN is probed at a reflector of ours
_VANTAGE: Final = ("192.0.2.0/24",)


class District(NamedTuple):
    """The lab, the desk, and the gateways: those in the office and those behind the watched Internet."""

    lab: Lab
    desk: Desk
    office: HttpGateways
    afar: HttpGateways
    reflectors: list[Process]

    @contextlib.contextmanager
    def stopped_reflector(self) -> Iterator[None]:
        """Stop the reflector until the block ends; its host goes on."""
        self.reflectors.pop().stop()
        try:
            yield
        finally:
            self.reflectors.append(reflector(self.lab, host="site", allow=_VANTAGE))

    @contextlib.contextmanager
    def cut(self, *places: tuple[str, str]) -> Iterator[None]:
        """Cut the links (site, network) at their routers by one rule each router, until the block ends."""
        drops = []
        for network in ("wan", "internet"):
            addresses = [_target(site, which) for site, which in places if which == network]
            if addresses:
                drops.append(self.lab.drop(network, "forward", addresses=addresses))
        try:
            yield
        finally:
            for drop in drops:
                self.lab.lift(drop)

    @contextlib.contextmanager
    def cut_egress(self, network: str) -> Iterator[None]:
        """Cut one of our own ways out, its references with it, until the block ends."""
        drop = self.lab.drop(network, "prerouting")
        try:
            yield
        finally:
            self.lab.lift(drop)


@contextlib.contextmanager
def district(lab: Lab, directory: Path) -> Iterator[District]:
    """The district, all of it up."""
    two_ways_out(lab)
    lab.host("office")
    lab.link("vantage", "office", OFFICE)
    with contextlib.ExitStack() as stack:
        with lab.inside("office"):  # a thread stays in the network of the one that began it
            office = stack.enter_context(HttpGateways(OFFICE_ADDRESS))
        with lab.inside("site"):
            afar = stack.enter_context(HttpGateways(AFAR))
        write(
            directory / "config",
            house(4, public_url=f"http://{ANSWERS}"),
            live_now(POLICY, CARRIERS),
            _people(office.url, afar.url),
            _sites(),
        )
        reflectors = [reflector(lab, host="site", allow=_VANTAGE)]
        lab.sysctl("site", {"net.ipv4.icmp_ratelimit": "1000"})  # as hosts have it: one refusal a second
        daemon = Running(lab, directory / "config", answers=ANSWERS)
        daemon.until(lambda: set(daemon.states().values()) == {UP}, 30.0)
        yield District(lab, Desk(lab, daemon, office, "office"), office, afar, reflectors)


def _target(site: str, network: str) -> str:
    return _SITES[site][network == "internet"][0]


def _sites() -> Documents:
    sites = []
    for name, (wan, internet) in _SITES.items():
        handover = {} if wan[2] is None else {"handover": wan[2]}
        target = {"stamp": f"{wan[0]}:862"} if name == _REFLECTED else wan[0]
        sites.append(
            {
                "id": name,
                "name": f"Điểm cầu {name}",
                "level": "province" if name == "ubnd" else "commune",
                "carried_by": "wan",
                "contacts": [f"phong-{name}"],
                "links": {
                    "wan": {"carrier": wan[1], "target": target, "circuit": f"TSLCD-{name}", **handover},
                    "internet": {"carrier": internet[1], "target": internet[0]},
                },
                **({} if name == "ubnd" else {"parent": "ubnd"}),
            }
        )
    return {"sites.d/sites.yaml": {"sites": sites}}


def _people(office: str, afar: str) -> Documents:
    """Everybody is reached through the office; the duty of cmc first by a chat behind the Internet."""
    contacts: dict[str, Any] = {
        f"phong-{site}": person(f"Room of {site}", ("office", f"phong-{site}")) for site in _SITES
    }
    rosters: dict[str, Any] = {}
    for carrier in CARRIERS:
        rosters[carrier] = {"carrier": carrier, "area": "ubnd"}
        for role in ("duty", "lead"):
            name = f"{carrier}-{role}"
            channels = [("office", name)]
            if name == "cmc-duty":
                channels.insert(0, ("chat", name))
            contacts[name] = person(f"{carrier.upper()} {role}", *channels, carrier=carrier)
            rosters[carrier][role] = {"always": name}
    rosters["own"] = {"own": True}
    for role in ("duty", "lead"):
        contacts[f"own-{role}"] = person(f"Our {role}", ("office", f"own-{role}"))
        rosters["own"][role] = {"always": f"own-{role}"}
    return {
        "contacts.yaml": {"catch_all": ["own-duty", "own-lead"], "contacts": contacts},
        "rosters.yaml": {"rosters": rosters},
        "gateways.yaml": {
            "gateways": {
                "office": {"kind": "webhook", "url": f"{office}/hook/{{address}}"},
                "chat": {
                    "kind": "webhook",
                    "url": f"{afar}/hook/{{address}}",
                    "egress": "internet",
                    "timeout": "500ms",
                },
            }
        },
    }
