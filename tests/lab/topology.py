"""The lab: hosts, links, routes, faults, and commands that run inside it."""

import contextlib
import http.client
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_interface, ip_network
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final, NamedTuple, Self
from urllib.parse import urlencode, urlsplit

from tests.lab import namespaces
from tests.lab.firewall import Drop, Firewall
from tests.lab.impaired_link import ImpairedLink, open_tun
from tests.lab.impairment import Impairment
from tests.lab.namespaces import LabError
from tests.lab.process import Process

DOCUMENTATION: Final = tuple(
    map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
# Addresses are ours alone, so nobody needs to ask for duplicates before using one; and they shall survive an
# interface that goes down, as IPv4's do.
SYSCTLS: Final = {
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.all.keep_addr_on_down": "1",
    "net.ipv6.conf.default.keep_addr_on_down": "1",
    "net.ipv6.conf.default.router_solicitations": "0",
}
FORWARDING: Final = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}


class End(NamedTuple):
    """One end of a link: where it is and its addresses without prefix length, '' where it has none."""

    host: str
    device: str
    v4: str
    v6: str


class Link(NamedTuple):
    """Two ends that see each other."""

    a: End
    b: End


class Page(NamedTuple):
    """What an HTTP server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()


class Lab:
    """Hosts that are network namespaces, torn down with all that runs in them when the `with` block ends.

    Hosts are named by words ("vantage"); the namespaces behind them have names of their own, so labs never
    clash. Files (logs, captures) go to `directory`. Every failed command raises LabError with its output.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._prefix = namespaces.unique_prefix()
        self._firewalls: dict[str, Firewall] = {}
        self._routes: dict[str, list[list[str]]] = {}
        self._numbers = itertools.count(1)
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        namespaces.sweep()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    # Hosts

    def host(self, name: str, *, router: bool = False, sysctls: Mapping[str, str] | None = None) -> str:
        """Make a host; a router forwards both families. Returns its name."""
        if name in self._firewalls:
            raise ValueError(f"there is already a host {name}")
        space = self.namespace(name)
        self._exits.callback(namespaces.remove, space)
        namespaces.command(["ip", "netns", "add", space])
        self._firewalls[name] = Firewall(name, lambda arguments, text: self._nft(name, arguments, text))
        self._routes[name] = []
        self.sysctl(name, SYSCTLS | (FORWARDING if router else {}) | (sysctls or {}))
        self._ip(name, "link", "set", "lo", "up")
        return name

    def namespace(self, host: str) -> str:
        """The name of the host's namespace, as `ip netns` knows it."""
        return self._prefix + host

    def sysctl(self, host: str, settings: Mapping[str, str]) -> None:
        """Set kernel parameters of the host's network."""
        self.run(
            host, ["sysctl", "--quiet", "--write", *(f"{key}={value}" for key, value in settings.items())]
        )

    # Links and routes

    def link(self, a: str, b: str, *subnets: str, name: str | None = None) -> Link:
        """Join two hosts by a veth pair.

        Of each subnet `a` has the first address and `b` the second. The device in `a` is called `b` and the
        other way round, unless `name` names both.
        """
        near, far = self._ends(a, b, subnets, name)
        namespaces.command(
            [
                *["ip", "link", "add", near.device, "netns", self.namespace(a)],
                *["type", "veth", "peer", "name", far.device, "netns", self.namespace(b)],
            ]
        )
        self._start(near, subnets, 1)
        self._start(far, subnets, 2)
        self._await_carrier(near, far)
        return Link(near, far)

    def impaired_link(
        self,
        a: str,
        b: str,
        *subnets: str,
        name: str | None = None,
        forward: Impairment | None = None,
        backward: Impairment | None = None,
        seed: int = 1,
    ) -> ImpairedLink:
        """Join two hosts by the TUN forwarder, `forward` being from `a` to `b`; the rest as `link`."""
        near, far = self._ends(a, b, subnets, name)
        tuns = []
        try:
            for end, number in ((near, 1), (far, 2)):
                with self.inside(end.host):
                    tuns.append(open_tun(end.device))
                # A full queue would lose packets that no log knows.
                quiet = ["txqueuelen", "20000", "multicast", "off", "addrgenmode", "none"]
                self._ip(end.host, "link", "set", end.device, *quiet)
                self._start(end, subnets, number)
            log = self.directory / f"forwarder{next(self._numbers)}.log"
            joined = ImpairedLink(near, far, (tuns[0], tuns[1]), log, forward, backward, seed)
        finally:
            for tun in tuns:
                os.close(tun)
        self._exits.callback(joined.stop)
        return joined

    def route(self, host: str, destination: str, via: str) -> None:
        """Send packets for `destination` (a subnet, or "default") to the neighbour `via`."""
        self._add_route(host, [_family(via), "route", "replace", destination, "via", via])

    def answer(self, host: str, *subnets: str) -> None:
        """Let the host own every address of the subnets: hundreds of targets in one go."""
        for subnet in subnets:
            _check(subnet)
            self._add_route(host, [_family(subnet), "route", "replace", "local", subnet, "dev", "lo"])

    # Faults

    def down(self, end: End) -> None:
        """Take an interface down, as an operator or a dying card does; its routes go with it."""
        self._ip(end.host, "link", "set", end.device, "down")

    def up(self, end: End) -> None:
        """Bring an interface up again, and the routes the lab gave its host."""
        self._ip(end.host, "link", "set", end.device, "up")
        for arguments in self._routes[end.host]:
            self._ip(end.host, *arguments)

    def drop(
        self,
        host: str,
        hook: str,
        *,
        ratio: float = 1.0,
        match: str = "",
        addresses: Iterable[str] = (),
    ) -> Drop:
        """Drop packets in a host while every interface stays up.

        Args:
            host: where.
            hook: input, forward, output (there the sender is told EPERM), prerouting or postrouting.
            ratio: the chance of each packet, by nft's random numbers.
            match: nft's words for which packets, as in "icmp type echo-reply".
            addresses: only packets to or from these addresses or subnets; empty: all.

        Returns:
            The drop, to be lifted and counted. Neighbour discovery, MLD and IGMP are neither dropped nor
            counted. Of several drops at one hook the newest sees a packet first.

        """
        return self._firewalls[host].drop(hook, ratio=ratio, match=match, addresses=addresses)

    def loss(self, host: str, ratio: float, hook: str = "forward", *, match: str = "") -> Drop:
        """Random loss: `drop` for all addresses."""
        return self.drop(host, hook, ratio=ratio, match=match)

    def lift(self, drop: Drop) -> None:
        """End a drop."""
        self._firewalls[drop.host].lift(drop)

    def dropped(self, drop: Drop) -> int:
        """How many packets a drop took, exactly; also after it was lifted."""
        return self._firewalls[drop.host].dropped(drop)

    def rate(self, end: End, megabits: float | None, *, burst: int = 15_000, latency: float = 0.050) -> None:
        """Shape what leaves by an interface with tbf; None ends it.

        Args:
            end: the interface.
            megabits: Mbit/s, link-layer headers included.
            burst: bucket size in octets.
            latency: seconds a packet may wait before the tail is dropped.

        """
        if megabits is None:
            self._tc(end, "qdisc", "delete", "dev", end.device, "root")
            return
        speed = [
            "rate",
            f"{round(megabits * 1e6)}bit",
            "burst",
            str(burst),
            "latency",
            f"{round(latency * 1e6)}us",
        ]
        self._tc(end, "qdisc", "replace", "dev", end.device, "root", "tbf", *speed)

    def shaped(self, end: End) -> Mapping[str, int]:
        """The shaper's counters: `packets` and `bytes` sent, `drops`, `backlog` in octets, `qlen` in packets."""
        return json.loads(self._tc(end, "-s", "-j", "qdisc", "show", "dev", end.device))[0]

    def queue_drops(self, end: End) -> int:
        """How many packets the interface's own queue lost on sending since it was made.

        Of an impaired link these never reached the forwarder: zero, or its log is not the whole truth.
        """
        (state,) = json.loads(self._ip(end.host, "-s", "-j", "link", "show", "dev", end.device))
        return state["stats64"]["tx"]["dropped"]

    # Commands

    def run(
        self, host: str, argv: Sequence[str], *, check: bool = True, stdin: str = "", timeout: float = 60.0
    ) -> CompletedProcess[str]:
        """Run a command inside a host to its end, both outputs captured as text."""
        return namespaces.complete(self._within(host, argv), check=check, stdin=stdin, timeout=timeout)

    def popen(
        self, host: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Process:
        """Start a command inside a host; the lab stops it at the end. `env` is added to ours."""
        process = Process(self._within(host, argv), env={**os.environ, **(env or {})}, cwd=cwd)
        self._exits.callback(process.stop)
        return process

    @contextlib.contextmanager
    def inside(self, host: str) -> Iterator[None]:
        """Put this thread into the host's network: sockets opened meanwhile belong to it for life."""
        with namespaces.inside(self.namespace(host)):
            yield

    def fetch(
        self,
        host: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> Page:
        """GET an http:// URL from inside a host, or POST a form; whatever the status is, it is returned.

        Raises:
            OSError: nobody answers there.

        """
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        with contextlib.closing(connection):
            with self.inside(host):
                connection.connect()
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            sent = dict(headers or {})
            if form is None:
                connection.request("GET", path, headers=sent)
            else:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", path, urlencode(form), sent)
            answer = connection.getresponse()
            return Page(answer.status, answer.headers, answer.read())

    # Inner parts

    def _within(self, host: str, argv: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", self.namespace(host), *argv]

    def _ip(self, host: str, *arguments: str) -> str:
        return namespaces.command(["ip", "-n", self.namespace(host), *arguments])

    def _tc(self, end: End, *arguments: str) -> str:
        return namespaces.command(["tc", "-n", self.namespace(end.host), *arguments])

    def _nft(self, host: str, arguments: Sequence[str], text: str) -> str:
        return self.run(host, ["nft", *arguments], stdin=text).stdout

    def _add_route(self, host: str, arguments: list[str]) -> None:
        self._ip(host, *arguments)
        self._routes[host].append(arguments)

    def _ends(self, a: str, b: str, subnets: Iterable[str], name: str | None) -> tuple[End, End]:
        chosen: tuple[dict[int, str], dict[int, str]] = ({4: "", 6: ""}, {4: "", 6: ""})
        for subnet in subnets:
            _check(subnet)
            net = ip_network(subnet)
            for number, addresses in enumerate(chosen, start=1):
                addresses[net.version] = str(net[number])
        near, far = chosen
        return End(a, name or b, near[4], near[6]), End(b, name or a, far[4], far[6])

    def _start(self, end: End, subnets: Iterable[str], number: int) -> None:
        for subnet in subnets:
            net = ip_network(subnet)
            nodad = ["nodad"] if net.version == 6 else []
            self._ip(end.host, "address", "add", f"{net[number]}/{net.prefixlen}", "dev", end.device, *nodad)
        self._ip(end.host, "link", "set", end.device, "up")

    def _await_carrier(self, *ends: End) -> None:
        """The kernel tells IPv6 of a carrier a moment later; before that it refuses to send."""
        for end in ends:
            for _ in range(1000):
                (state,) = json.loads(self._ip(end.host, "-j", "link", "show", "dev", end.device))
                if state["operstate"] == "UP":
                    break
            else:
                raise LabError(f"{end.device} of {end.host} has no carrier: {state}")


def _family(address: str) -> str:
    return f"-{ip_interface(address).version}"


def _check(subnet: str) -> None:
    """The lab lives in the documentation ranges alone, so that no packet of it can ever mean somebody."""
    net = ip_network(subnet)
    if not any(net.version == ours.version and net.subnet_of(ours) for ours in DOCUMENTATION):
        raise ValueError(f"{subnet} is not an address range of documentation")
