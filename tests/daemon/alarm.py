"""How long from a cut to a message at a webhook: links that are cut one by one, and a storm of others.

Everything is live, so probed at ten a second, and paged without a hold. Each site of the storm has a contact of
its own, who is reached by mail only; the mail server takes what is said to it and never answers.
"""

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.daemon.conference import Desk, Documents, house, live_now, person, write
from tests.daemon.daemon import Running
from tests.daemon.province import UP
from tests.lab.impairment import Impairment
from tests.lab.topology import Lab
from tests.notify.gateways import Hang, HttpGateways, MailServer
from tests.wire.two_ways import TARGETS, two_ways_out

STORM: Final = 200
_STORM_CARRIERS: Final = 4
_STORM_OF: Final = 2 * STORM  # half of each carrier's links fall: too few for a fault of the carrier
_SPREAD: Final = 0.37  # of a second between cuts, so that they fall anywhere between two probes
_MANY: Final = 10_000
_POLICY: Final = {"hold": {"dark": "0s"}, "group": "0s", "ceiling": 1_000, "raise_again": "never"}
_TARGETS: Final = ip_network(TARGETS[1])


class Timing(NamedTuple):
    """Seconds since the cut: the first probe that stays unanswered, the decision to page, and the message."""

    silent: float
    decided: float
    told: float


class Alarm:
    """Links to cut, each once: a link that falls for the third time flaps."""

    def __init__(self, lab: Lab, desk: Desk, mail: MailServer, links: int) -> None:
        self.desk = desk
        self.mail = mail
        self._lab = lab
        self._left = iter(range(1, links + 1))

    def cut(self, *others: str) -> Timing:
        """Cut the next link, and other addresses with it; once its page has come it is whole again."""
        number = next(self._left)
        time.sleep(_SPREAD)
        offset = time.time() - time.monotonic()
        began = time.monotonic()
        drop = self._lab.drop("wan", "forward", addresses=[_cut_address(number), *others])
        code, (page,) = self.desk.wait_pages(f"nan-{number}.", [["duty"]], 30.0)
        if not others:
            self._lab.lift(drop)
        story = self.desk.asks("explain", code)
        silent, decided = (_seconds(story["incident"]["began"]), _seconds(_noticed(story)["at"]))
        if not others:
            self.desk.wait_told(code, "recovered", ["duty"])
        return Timing(silent - offset - began, decided - offset - began, page.monotonic - began)

    def storm(self) -> Timing:
        """Cut two hundred other links together with the next one; they stay so."""
        return self.cut(*(str(_TARGETS[_MANY + number]) for number in range(STORM)))

    def incidents(self) -> int:
        """How many are open."""
        return len(self.desk.asks("incidents")["incidents"])


@contextlib.contextmanager
def alarm(
    lab: Lab, directory: Path, *, links: int, storm: bool, delay: float | None = None
) -> Iterator[Alarm]:
    """Links to cut, all of them up, with or without those of a storm."""
    two_ways_out(lab, wan=None if delay is None else Impairment(delay=delay))
    with contextlib.ExitStack() as stack:
        with lab.inside("vantage"):  # a thread stays in the network of the one that began it
            hooks = stack.enter_context(HttpGateways())
            mail = stack.enter_context(MailServer())
        mail.script("mail", *[Hang()] * _MANY)
        write(
            directory / "config",
            house(6),
            live_now(_POLICY, ["vnpt", *map(_storm_carrier, range(_STORM_CARRIERS))]),
            _people(hooks, mail, _STORM_OF if storm else 0),
            _sites(links, storm=storm),
        )
        daemon = Running(lab, directory / "config")
        daemon.until(lambda: set(daemon.states().values()) == {UP}, 60.0)
        yield Alarm(lab, Desk(lab, daemon, hooks, "vantage"), mail, links)


def _cut_address(number: int) -> str:
    return str(_TARGETS[number])


def _storm_carrier(number: int) -> str:
    return f"hang-{number % _STORM_CARRIERS}"


def _people(hooks: HttpGateways, mail: MailServer, storm: int) -> Documents:
    contacts: dict[str, Any] = {
        "duty": person("Duty", ("hook", "duty"), carrier="vnpt"),
        "own": person("Our duty", ("hook", "own")),
    }
    rosters: dict[str, Any] = {
        "vnpt": {"carrier": "vnpt", "duty": {"always": "duty"}},
        "own": {"own": True, "duty": {"always": "own"}, "lead": {"always": "own"}},
    }
    for number in range(storm):
        name, carrier = f"bao-{number}", _storm_carrier(number)
        contacts[name] = person(name, ("mail", f"{name}@bao.example"), carrier=carrier)
        rosters[name] = {"carrier": carrier, "area": name, "duty": {"always": name}}
    return {
        "contacts.yaml": {"catch_all": ["own"], "contacts": contacts},
        "rosters.yaml": {"rosters": rosters},
        "gateways.yaml": {
            "gateways": {
                "hook": {"kind": "webhook", "url": f"{hooks.url}/hook/{{address}}"},
                "mail": {
                    "kind": "mail",
                    "host": "127.0.0.1",
                    "port": mail.port,
                    "tls": "none",
                    "from": "bridgewatch@bao.example",
                },
            }
        },
    }


def _sites(links: int, *, storm: bool) -> Documents:
    # The name ends where the next one's number does not go on.
    sites = [_site(f"nan-{n}", f"Điểm cầu nan-{n}.", "vnpt", _cut_address(n)) for n in range(1, links + 1)]
    for number in range(_STORM_OF if storm else 0):
        name, target = f"bao-{number}", str(_TARGETS[_MANY + number])
        sites.append(_site(name, f"Điểm cầu {name}.", _storm_carrier(number), target))
    top = {"id": "ubnd", "name": "UBND", "level": "province"}
    return {"sites.d/sites.yaml": {"sites": [top, *sites]}}


def _site(name: str, title: str, carrier: str, target: str) -> dict[str, Any]:
    links = {"wan": {"carrier": carrier, "target": target}}
    return {"id": name, "name": title, "level": "commune", "parent": "ubnd", "links": links}


def _noticed(story: dict[str, Any]) -> dict[str, Any]:
    return next(line for line in story["lines"] if line["entry"] == "Noticed")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
