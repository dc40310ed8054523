"""What the SNMP process does, turn by turn: hears orders, asks agents, tells what was found out."""

import time
from collections.abc import Callable
from typing import Final

from bridgewatch.adapters.snmp.wire import Account, Logins, Order, PlanPart, Report, discoveries
from bridgewatch.core.bandwidth.interfaces import Interface
from bridgewatch.core.bandwidth.polling import News, Poller, Terms
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.ports import Clock, SnmpPort
from bridgewatch.model.snmp import AgentKey, Login

_NEWS_NS: Final = 250_000_000  # what is found out waits for company as long
_ACCOUNT_NS: Final = 1_000_000_000


class Runner:
    """Drives a poller over a port. `tell` may block: then nothing is asked meanwhile."""

    def __init__(self, port: SnmpPort, clock: Clock, tell: Callable[[Report], None]) -> None:
        self._port = port
        self._clock = clock
        self._tell = tell
        self._poller = Poller(Terms())
        self._coming: dict[AgentKey, tuple[Interface, ...]] = {}
        self._logins: dict[CredentialsId, Login] = {}
        self._news = News()
        self._told_ns = 0
        self._accounted_ns = 0

    def hear(self, order: Order) -> None:
        """Do as the daemon says."""
        match order:
            case Logins(logins):
                self._know({login.id: login for login in logins})
            case PlanPart(agents, terms):
                self._coming.update(agents)
                if terms is not None:
                    plan, self._coming = self._coming, {}
                    self._port.give_up(self._poller.configure(plan, terms, self._clock.monotonic_ns()))

    def turn(self) -> None:
        """Take what has come, ask what is due, give up what is overdue, in this order.

        `now` is taken before what has come: nothing is overdue that was there in time and lay unread.
        """
        now_ns = self._clock.monotonic_ns()
        port, poller, news = self._port, self._poller, self._news
        port.send(poller.take(port.take(), now_ns, news))
        out = poller.step(now_ns)
        port.send(out.ask)
        port.send(poller.take(port.give_up(out.give_up), now_ns, news))
        if now_ns - self._told_ns >= _NEWS_NS:
            self._told_ns = now_ns
            self._tell_news()
        if now_ns - self._accounted_ns >= _ACCOUNT_NS:
            self._accounted_ns = now_ns
            self._tell(self._account())

    def _know(self, logins: dict[CredentialsId, Login]) -> None:
        changed = {name for name in {*logins, *self._logins} if logins.get(name) != self._logins.get(name)}
        self._logins = logins
        self._port.know(logins)
        self._poller.forgive(changed, self._clock.monotonic_ns())

    def _tell_news(self) -> None:
        news, self._news = self._news, News()
        for report in discoveries(news.uses, news.changes, news.missing):
            self._tell(report)

    def _account(self) -> Account:
        tally = self._poller.tally
        return Account(
            self._port.name,
            time.process_time(),
            self._poller.states(),
            tally.polls,
            tally.requests,
            tally.timeouts,
            tally.unsent,
            tally.late,
            dict(tally.gaps),
            dict(self._port.dropped),
        )
