"""A conference that is live now, watched by the real process; whoever is paged is a hook of a real gateway."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import islice
from pathlib import Path
from typing import Any, Final

import yaml

from tests.answers.serving import form_of
from tests.cli.daemon import bridgewatch
from tests.daemon.daemon import Running
from tests.lab.topology import Lab
from tests.notify.gateways import HttpGateways, Received
from tests.wire.two_ways import REFERENCES

EVENT: Final = "hop-bay-gio"
NETWORKS: Final = ("wan", "internet")

Documents = dict[str, dict[str, Any]]
"""What a configuration says, by the names of its files."""


def house(family: int, *, public_url: str | None = None) -> Documents:
    """This vantage with both ways out, each with two references of that family."""
    said: dict[str, Any] = {"vantage": "lab", "administrative_model": "2tier", "timezone": "Asia/Ho_Chi_Minh"}
    if public_url is not None:
        said["public_url"] = public_url
    said["egresses"] = {
        network: {"networks": [network], "interface": network, "references": references(network, family)}
        for network in NETWORKS
    }
    return {"bridgewatch.yaml": said}


def references(network: str, family: int) -> list[str]:
    """Two hosts of our own on the near side of a way out."""
    own = ip_network(REFERENCES[network][family == 6])
    return [str(own[1]), str(own[2])]


def live_now(policy: Mapping[str, Any], carriers: Iterable[str]) -> Documents:
    """A conference of all sites since an hour ago, paged by this change of the policy `live`."""
    now = datetime.now(UTC)
    starts, ends = now - timedelta(hours=1), now + timedelta(hours=3)
    event = {
        "name": "Hội nghị đang họp",
        "sites": "all",
        "starts": f"{starts:%Y-%m-%dT%H:%MZ}",
        "ends": f"{ends:%Y-%m-%dT%H:%MZ}",
    }
    return {
        "events.d/now.yaml": {"events": {EVENT: event}},
        "policies.yaml": {"policies": {"live": dict(policy)}},
        "carriers.yaml": {"carriers": {carrier: {"name": carrier.upper()} for carrier in carriers}},
    }


def person(name: str, *channels: tuple[str, str], carrier: str | None = None) -> dict[str, Any]:
    """A contact with channels as (gateway, address)."""
    whose = {} if carrier is None else {"carrier": carrier}
    reached = [{"via": gateway, "to": address} for gateway, address in channels]
    return {"name": name, "language": "en", "channels": reached, **whose}


def write(directory: Path, *parts: Documents) -> None:
    """Write a configuration."""
    for part in parts:
        for name, document in part.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def told(received: Iterable[Received], code: str, *kinds: str) -> list[Received]:
    """Those messages of these kinds that are about the incident with that code, in order."""
    return [one for one in received if one.body["kind"] in kinds and code in one.body["codes"]]


class Desk:
    """The NOC, and everybody with a phone: what they can do from outside the process, and what they see."""

    def __init__(self, lab: Lab, daemon: Running, hooks: HttpGateways, phones: str) -> None:
        """`phones`: the host that phones are in."""
        self.daemon = daemon
        self.hooks = hooks
        self._lab = lab
        self._phones = phones

    def wait_pages(
        self, about: str, steps: Sequence[Iterable[str]], seconds: float = 15.0
    ) -> tuple[str, list[Received]]:
        """The code of the incident whose pages' titles say `about`, and those pages.

        They came to the people of these steps and to nobody else, step after step; within one in any order.
        """
        people = [sorted(step) for step in steps]
        count = sum(map(len, people))

        def pages(received: Iterable[Received]) -> list[Received]:
            return [one for one in received if one.body["kind"] == "page" and about in one.body["title"]]

        found = pages(self.hooks.wait_for(lambda received: len(pages(received)) >= count, seconds))
        left = iter(found)
        assert [sorted(one.address for one in islice(left, len(step))) for step in people] == people
        assert len(found) == count
        (code,) = {code for one in found for code in one.body["codes"]}
        return code, found

    def wait_told(
        self, code: str, kind: str, people: Iterable[str], *, by: HttpGateways | None = None
    ) -> None:
        """Wait until exactly these people were told of the incident by a message of `kind`; `by` the hooks."""
        expected = sorted(people)

        def enough(received: list[Received]) -> bool:
            return len(told(received, code, kind)) >= len(expected)

        received = (by or self.hooks).wait_for(enough)
        assert sorted(one.address for one in told(received, code, kind)) == expected

    def press(self, page: Received, answer: str) -> str:
        """Open the link in a page on a phone and press a button; what the phone shows then."""
        (link,) = {word for word in page.text.split() if "/a/" in word}
        shown = self._lab.fetch(self._phones, link)
        assert shown.status == 200
        pressed = self._lab.fetch(self._phones, link, form={"form": form_of(shown.text), "answer": answer})
        assert pressed.status == 303
        return self._lab.fetch(self._phones, link + pressed.headers["Location"]).text

    def run(self, *arguments: str) -> str:
        """What a command of the NOC prints, its lines joined."""
        code, text, errors = bridgewatch(self.daemon.state, *arguments)
        assert code == 0, errors
        return " ".join(text.split())

    def asks(self, *arguments: str) -> Any:
        """What a command of the NOC prints as JSON."""
        return json.loads(self.run(*arguments, "--json"))

    def explain(self, code: str) -> str:
        """The whole story of an incident, its lines joined."""
        return self.run("explain", code)
