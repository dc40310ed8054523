"""The world that the chaos tests watch: links on loopback, those who are called, and the storms."""

import json
import random
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import yaml

from tests.lab.process import Process

ROOT: Final = Path(__file__).parents[2]
LINKS_A_CARRIER: Final = 3  # fewer than what would be a carrier's area
REPEAT: Final = 2.0  # seconds from one step to the next
LEAD_AFTER: Final = 1.0  # seconds from the first step to the second
RAISE_AGAIN: Final = 3.0
GROUP: Final = 0.5
STEPS: Final = 3  # of the policy: the carrier's duty; its lead and our duty; our lead
_NS: Final = 1_000_000_000
_USUAL: Final = {"forward_ns": 1_000_000, "backward_ns": 1_000_000}


@dataclass(frozen=True)
class Gateways:
    """Where messages go: by the name of a gateway its keys, and each contact's channels in their order."""

    gateways: Mapping[str, Mapping[str, Any]]
    channels: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)
    usual: tuple[str, ...] = ()  # of whoever is not named in `channels`, with the contact's id as address

    def of(self, contact: str) -> list[dict[str, str]]:
        """The channels of a contact as contacts.yaml has them."""
        found = self.channels.get(contact) or [(gateway, contact) for gateway in self.usual]
        return [{"via": gateway, "to": address} for gateway, address in found]


@dataclass(frozen=True)
class Province:
    """`carriers` carriers with three links each, every link at a site of its own, so that none explains another.

    `timing` changes the policy.
    """

    carriers: int
    interval: str = "100ms"
    timing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def addresses(self) -> dict[str, str]:
        """Where each link is probed, by its id."""
        return {
            f"{name}/wan": f"127.21.{carrier}.{number + 1}"
            for carrier in range(self.carriers)
            for number, name in enumerate(self._sites(carrier))
        }

    def carrier(self, link: str) -> str:
        """The carrier of a link."""
        return f"dn-{int(link.split('-')[1])}"

    @property
    def references(self) -> list[str]:
        """Hosts inside of the building."""
        return ["127.20.0.1", "127.20.0.2"]

    def contacts(self) -> list[str]:
        """Everybody who is ever called."""
        carriers = [f"dn-{number}-{role}" for number in range(self.carriers) for role in ("truc", "truong")]
        return [*carriers, "truc", "lanh-dao"]

    @staticmethod
    def _sites(carrier: int) -> list[str]:
        return [f"xa-{carrier}-{number}" for number in range(LINKS_A_CARRIER)]

    def write(self, directory: Path, gateways: Gateways, *, probe_port: int, answers_port: int) -> None:
        """Write the directory of the configuration."""
        files: dict[str, Any] = {
            "bridgewatch.yaml": {
                "vantage": "chaos",
                "public_url": f"http://127.0.0.1:{answers_port}",
                "defaults": {"interval": self.interval},
                "limits": {"tmax": "2s"},
                "egresses": {
                    "wan": {
                        "networks": ["wan"],
                        "references": [{"stamp": f"{address}:{probe_port}"} for address in self.references],
                    }
                },
            },
            "carriers.yaml": {
                "carriers": {f"dn-{number}": {"name": f"DN {number}"} for number in range(self.carriers)}
            },
            "sites.d/sites.yaml": {"sites": list(self._site_documents(probe_port))},
            "gateways.yaml": {"gateways": gateways.gateways},
            "contacts.yaml": {
                "catch_all": ["lanh-dao"],
                "contacts": {name: self._contact(name, gateways) for name in self.contacts()},
            },
            "rosters.yaml": {"rosters": dict(self._rosters())},
            "policies.yaml": {"policies": {"calm": self._policy()}},
        }
        for name, document in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def _site_documents(self, port: int) -> Iterable[dict[str, Any]]:
        for link, address in self.addresses.items():
            site = link.removesuffix("/wan")
            target = {"stamp": f"{address}:{port}", "stateful": True}
            links = {"wan": {"carrier": self.carrier(link), "target": target}}
            yield {"id": site, "name": f"Điểm cầu {site}", "level": "province", "links": links}

    def _contact(self, name: str, gateways: Gateways) -> dict[str, Any]:
        carrier = {"carrier": name.rpartition("-")[0]} if name.startswith("dn-") else {}
        return {"name": f"Đầu mối {name}", **carrier, "channels": gateways.of(name)}

    def _rosters(self) -> Iterable[tuple[str, dict[str, Any]]]:
        for number in range(self.carriers):
            name = f"dn-{number}"
            yield (
                name,
                {
                    "carrier": name,
                    "duty": {"always": f"{name}-truc"},
                    "lead": {"always": f"{name}-truong"},
                },
            )
        yield "ta", {"own": True, "duty": {"always": "truc"}, "lead": {"always": "lanh-dao"}}

    def _policy(self) -> dict[str, Any]:
        classes = ("dark", "own", "impaired", "reduced")
        return {
            "hold": {"dark": "0s", "own": "0s", "impaired": "1s", "reduced": "1s"},
            "repeat": dict.fromkeys(classes, f"{REPEAT}s"),
            "raise_again": f"{RAISE_AGAIN}s",
            "group": f"{GROUP}s",
            "ceiling": 1000,
            "steps": {
                "carrier": [
                    {"call": "carrier duty"},
                    {"call": ["carrier lead", "own duty"], "after": f"{LEAD_AFTER}s"},
                    {"call": "own lead"},
                ]
            },
            **self.timing,
        }


class FarEnds:
    """The far ends of all links, in a process of their own, whose lines can be cut for a while."""

    def __init__(self, province: Province) -> None:
        self._process = Process([sys.executable, "-m", "bridgewatch.app.demo.far_end"], cwd=ROOT)
        self.port = int(self._process.wait_for(r'"port": (\d+)', 30.0)[1])
        addresses = [*province.addresses.values(), *province.references]
        self._say({"usual": dict.fromkeys(addresses, _USUAL)})
        self._addresses = province.addresses
        self.until: dict[str, float] = {}  # monotonic: when the last cut of each link ends

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()

    def cut(self, link: str, begins: float, ends: float) -> None:
        """Cut a link between two instants, monotonic seconds."""
        self.until[link] = max(ends, self.until.get(link, 0.0))
        spell = {
            "address": self._addresses[link],
            "from_ns": round(begins * _NS),
            "to_ns": round(ends * _NS),
            "weather": {**_USUAL, "cut": True},
        }
        self._say({"spells": [spell]})

    def storm(self, chance: random.Random, links: Iterable[str], seconds: float, share: float) -> int:
        """Cut about that share of the links that are whole, each once within `seconds`; how many."""
        now, cuts = time.monotonic(), 0
        for link in links:
            # Drawn for every link, so that what is drawn does not depend on when this is called.
            begins, lasts, hit = (
                chance.uniform(0, seconds),
                chance.uniform(2.0, 12.0),
                chance.random() < share,
            )
            if hit and self.until.get(link, 0.0) <= now:
                self.cut(link, now + begins, now + begins + lasts)
                cuts += 1
        return cuts

    @property
    def quiet_at(self) -> float:
        """Monotonic: from when on all links are whole."""
        return max(self.until.values(), default=0.0)

    def _say(self, order: Mapping[str, Any]) -> None:
        self._process.say(json.dumps(order))


def free_port() -> int:
    """A TCP port of loopback that nobody listens at."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
