"""The part of the daemon that has routers' counters read: orders it, and hands on what it comes to."""

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bridgewatch.adapters.notify.secret import SecretMissingError, read_secret
from bridgewatch.adapters.snmp.wire import Account, Discovered, Report
from bridgewatch.adapters.snmp.worker import Worker
from bridgewatch.adapters.wire.resolver import Lookup, Resolver, is_numeric
from bridgewatch.app.agent_log import AgentLog
from bridgewatch.app.turns import between_ticks
from bridgewatch.app.use_board import Board
from bridgewatch.core.bandwidth.agents import AgentChange
from bridgewatch.core.bandwidth.interfaces import Interface
from bridgewatch.core.bandwidth.polling import Terms
from bridgewatch.core.steps import Steps, finish, portions
from bridgewatch.model.bandwidth import AgentState, Credentials, SnmpSettings, SnmpVersion, Use
from bridgewatch.model.ids import CredentialsId, LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Clock
from bridgewatch.model.secret import Secret
from bridgewatch.model.snapshot import BandwidthColumns, SnmpStats
from bridgewatch.model.snmp import AgentKey, Login
from bridgewatch.model.words import Family

log = logging.getLogger(__name__)

_NS: Final = 1_000_000_000
_SECRETS_SECONDS: Final = 60.0  # how often secrets are read again, so that rotating one needs no reload
_COMPANY_SECONDS: Final = 1.0  # names that resolve one after the other make one new plan
_MOST_BOARDS: Final = 3  # the one in force, and what was made ready for later

Plan = dict[AgentKey, tuple[Interface, ...]]
OnUses = Callable[[Sequence[Use]], None]


class Counters:
    """Has the counters of an inventory's links read while `run` runs.

    `prepare` makes room for another inventory, `adopt` has that read from then on. `on_uses` is handed every
    reading, batch by batch, on the event loop.
    """

    def __init__(self, inventory: Inventory, clock: Clock, lookup: Lookup, on_uses: OnUses) -> None:
        self._clock = clock
        self._on_uses = on_uses
        self._inventory = inventory
        self._boards = [finish(_laid(inventory, None))]
        self._worker = Worker(self._on_report)
        self._resolver = Resolver(lookup, self._on_address, self._on_failure)
        self._log = AgentLog(clock)
        self._no_v4: set[str] = set()
        self._plan: Plan = {}
        self._links: dict[AgentKey, tuple[LinkId, ...]] = {}
        self._states: dict[AgentKey, tuple[AgentState, int]] = {}  # and since when
        self._logins: dict[CredentialsId, Login] = {}
        self._unreadable: dict[CredentialsId, str] = {}
        self._to_plan = asyncio.Event()
        self._to_plan.set()
        self._earlier = SnmpStats()  # of processes that have ended
        self._current = SnmpStats()

    async def prepare(self, inventory: Inventory) -> None:
        """Make room for the readings of another inventory, in steps between ticks."""
        if all(board.inventory is not inventory for board in self._boards):
            board = await between_ticks(_laid(inventory, self._boards[0]))
            self._boards = [*self._boards[: _MOST_BOARDS - 1], board]

    def adopt(self, inventory: Inventory) -> None:
        """Have another inventory's counters read from now on."""
        self._inventory = inventory
        mine = [board for board in self._boards if board.inventory is inventory]
        self._boards = mine or [finish(_laid(inventory, self._boards[0]))]
        self._to_plan.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._worker.run())
            tasks.create_task(self._keep_planned())
            tasks.create_task(self._keep_secrets())

    async def close(self) -> None:
        """Let go of the names."""
        await self._resolver.close()

    def columns(self, inventory: Inventory, wall_ns: int) -> BandwidthColumns | None:
        """What goes over the links of an inventory that was prepared; None for any other."""
        now_ns = self._clock.monotonic_ns()
        mine = (board for board in self._boards if board.inventory is inventory)
        return next((board.columns(now_ns, wall_ns) for board in mine), None)

    def stats(self) -> SnmpStats:
        """How the reading is doing."""
        return replace(_sum(self._earlier, self._current), starts=self._worker.starts)

    async def _keep_planned(self) -> None:
        while True:
            await self._to_plan.wait()
            self._to_plan.clear()
            await self._make_plan()
            await asyncio.sleep(_COMPANY_SECONDS)

    async def _make_plan(self) -> None:
        inventory = self._inventory
        names = await between_ticks(_names(inventory))
        self._no_v4 &= names
        self._resolver.follow(
            {(name, Family.V4) for name in names} | {(name, Family.V6) for name in self._no_v4}
        )
        plan = await between_ticks(_plan(inventory, self._address, self._plan))
        if plan is not self._plan:
            self._links = await between_ticks(_links(plan))
            self._plan = plan
            await between_ticks(self._note_agents())
        await self._read_secrets()
        self._order()

    def _note_agents(self) -> Steps[None]:
        """Show with links that are new how the agents answer that are known already."""
        for agents in portions(self._links.items()):
            for key, links in agents:
                if key in self._states:
                    self._boards[0].note_agent(links, *self._states[key])
            yield
        self._states = {key: known for key, known in self._states.items() if key in self._links}

    def _order(self) -> None:
        settings = self._inventory.bandwidth.snmp
        self._worker.order(self._plan, _terms(settings), dict(self._logins))

    def _address(self, host: str) -> str | None:
        if is_numeric(host):
            return str(ipaddress.ip_address(host))
        v4 = self._resolver.address(host, Family.V4)
        return v4 if v4 is not None else self._resolver.address(host, Family.V6)

    def _on_address(self, _host: str, _family: Family, _address: str) -> None:
        self._to_plan.set()

    def _on_failure(self, host: str, family: Family, _why: str) -> None:
        """A name without an IPv4 address is looked up for IPv6 too."""
        if family is Family.V4:
            self._no_v4.add(host)
            self._to_plan.set()

    async def _keep_secrets(self) -> None:
        while True:
            await asyncio.sleep(_SECRETS_SECONDS)
            if await self._read_secrets():
                self._order()

    async def _read_secrets(self) -> bool:
        """Read what the credentials in use name; whether any of it is new."""
        settings = self._inventory.bandwidth.snmp
        used = {key.credentials for key in self._plan}
        wanted = [each for name, each in settings.credentials.items() if name in used]
        logins, unreadable = await asyncio.to_thread(_read, wanted, fast=settings.fast)
        unreadable |= dict.fromkeys(used - settings.credentials.keys(), "there are none of this name")
        for name, why in unreadable.items():
            if self._unreadable.get(name) != why:
                log.error("SNMP credentials %s: %s", name, why)
        self._unreadable = unreadable
        changed, self._logins = logins != self._logins, logins
        return changed

    def _on_report(self, report: Report) -> None:
        match report:
            case Account():
                self._account(report)
            case Discovered(uses, changes, missing):
                for board in self._boards:
                    board.take(uses)
                for change in changes:
                    self._note_change(change)
                for absence in missing:
                    self._log.say_missing(absence)
                if uses:
                    self._on_uses(uses)

    def _note_change(self, change: AgentChange) -> None:
        """A process that was started again finds out anew what is known: that began when it did."""
        links = self._links.get(change.agent, ())
        state, since_ns = self._states.get(change.agent, (None, 0))
        if state is not change.state:
            since_ns = self._clock.monotonic_ns()
        self._states[change.agent] = change.state, since_ns
        for board in self._boards:
            board.note_agent(links, change.state, since_ns)
        self._log.say(change, links)

    def _account(self, account: Account) -> None:
        if self._worker.starts != self._current.starts:
            self._earlier = _sum(self._earlier, self._current)
        self._current = SnmpStats(
            account.backend,
            self._worker.starts,
            account.cpu_seconds,
            account.states,
            account.polls,
            account.requests,
            account.timeouts,
            account.unsent,
            account.late,
            account.gaps,
            account.dropped,
        )


def _sum(earlier: SnmpStats, current: SnmpStats) -> SnmpStats:
    """What processes did one after the other; their agents are those of the last."""
    return SnmpStats(
        current.backend,
        current.starts,
        earlier.cpu_seconds + current.cpu_seconds,
        current.agents,
        earlier.polls + current.polls,
        earlier.requests + current.requests,
        earlier.timeouts + current.timeouts,
        earlier.unsent + current.unsent,
        earlier.late + current.late,
        Counter(earlier.gaps) + Counter(current.gaps),
        Counter(earlier.dropped) + Counter(current.dropped),
    )


def _laid(inventory: Inventory, former: Board | None) -> Steps[Board]:
    board = Board(inventory, inventory.bandwidth.snmp.interval)
    yield from board.lay(former)
    return board


def _names(inventory: Inventory) -> Steps[set[str]]:
    """The hosts of agents that are no addresses."""
    names: set[str] = set()
    for links in portions(inventory.links.values()):
        names |= {
            link.snmp.host for link in links if link.snmp is not None and not is_numeric(link.snmp.host)
        }
        yield
    return names


def _plan(inventory: Inventory, address_of: Callable[[str], str | None], former: Plan) -> Steps[Plan]:
    """The agents to be asked, each with all its interfaces; `former` itself if that is what it comes to.

    Agents without an address yet are left out.
    """
    interfaces: dict[AgentKey, list[Interface]] = {}
    for links in portions(inventory.links.values()):
        for link in links:
            snmp = link.snmp
            address = None if snmp is None or link.paused else address_of(snmp.host)
            if snmp is not None and address is not None:
                key = AgentKey(address, snmp.port, snmp.credentials)
                interface = Interface(link.id, snmp.interface, snmp.by, snmp.facing_site)
                interfaces.setdefault(key, []).append(interface)
        yield
    plan: Plan = {}
    same = len(interfaces) == len(former)
    for agents in portions(interfaces.items()):
        fresh = {key: tuple(some) for key, some in agents}
        same = same and all(former.get(key) == some for key, some in fresh.items())
        plan |= fresh
        yield
    return former if same else plan


def _links(plan: Plan) -> Steps[dict[AgentKey, tuple[LinkId, ...]]]:
    """The links of each agent."""
    found: dict[AgentKey, tuple[LinkId, ...]] = {}
    for agents in portions(plan.items()):
        found |= {key: tuple(each.link for each in interfaces) for key, interfaces in agents}
        yield
    return found


def _terms(settings: SnmpSettings) -> Terms:
    return Terms(
        round(settings.interval * _NS), round(settings.timeout * _NS), settings.retries, settings.in_flight
    )


def _read(
    wanted: Sequence[Credentials], *, fast: bool
) -> tuple[dict[CredentialsId, Login], dict[CredentialsId, str]]:
    """The logins that credentials come to, and why others do not come to any."""
    logins: dict[CredentialsId, Login] = {}
    unreadable: dict[CredentialsId, str] = {}
    for each in wanted:
        try:
            logins[each.id] = Login(
                each.id,
                each.version,
                community=_value(each.community),
                user=each.user.encode(),
                auth=each.auth,
                auth_key=_value(each.auth_key),
                priv=each.priv,
                priv_key=_value(each.priv_key),
                context=each.context.encode(),
                fast=fast and each.version is SnmpVersion.V2C,
            )
        except SecretMissingError as error:
            unreadable[each.id] = str(error)
    return logins, unreadable


def _value(secret: Secret | None) -> bytes:
    return b"" if secret is None else read_secret(secret).encode()
