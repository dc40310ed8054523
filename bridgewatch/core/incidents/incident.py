"""One incident as the log tells it. Rooms after this one read it; only the ledger changes it.

Instants are wall-clock nanoseconds.
"""

from dataclasses import dataclass, field, replace

from bridgewatch.core.incidents.life import BROKEN, Life
from bridgewatch.model.ids import CarrierId, IncidentId, LinkId, SiteId
from bridgewatch.model.log import BandwidthTold, InterfaceTold, Opened, Proof
from bridgewatch.model.paging import Audience, FaultKind, Urgency, Why


@dataclass(slots=True)
class Member:
    """A link that is broken now.

    `why` BEHIND_ROOT: it follows a link that it runs via. Any other: it is what the incident is about, the
    one link of a LINK or one of those that make up a group.
    """

    proof: Proof
    since_ns: int  # when its silence began, or when its quality was found to be critical
    why: Why

    def dated(self) -> Proof:
        """Its proof by the present wall clock, which may have been set since."""
        return (
            self.proof
            if self.proof.since_ns == self.since_ns
            else replace(self.proof, since_ns=self.since_ns)
        )


@dataclass(slots=True)
class Cut:
    """One spell of an incident that is over."""

    began_ns: int
    ended_ns: int
    urgency: Urgency  # the worst of it


@dataclass(slots=True)
class Incident:
    """What is known of one incident.

    `weights` is what it does to each site: DARK, IMPAIRED or REDUCED; what it did last, once it recovered.
    """

    id: IncidentId
    number: int
    code: str
    kind: FaultKind
    subject: str
    audience: Audience
    noticed_ns: int
    began_ns: int
    carrier: CarrierId | None
    site: SiteId | None
    area: SiteId | None
    suspected: bool
    # Of what it grew by first, until it is known better: a link that flaps, a handover that is all out.
    # Of what has no links, the latest.
    why: Why | None = None
    life: Life = Life.HELD
    links: dict[LinkId, Member] = field(default_factory=dict)  # broken now
    left: dict[LinkId, int] = field(default_factory=dict)  # since when those that were answer again
    fell: int = 0  # links that were ever in it
    urgency: Urgency = Urgency.NOTE
    weights: dict[SiteId, Urgency] = field(default_factory=dict)
    dark: tuple[SiteId, ...] = ()
    impaired: tuple[SiteId, ...] = ()
    reduced: tuple[SiteId, ...] = ()
    weighed_ns: int | None = None
    # Since when the present spell has been at least so urgent without a break; empty while nothing is broken.
    urgent_ns: dict[Urgency, int] = field(default_factory=dict)
    spell_ns: int = 0  # when the present spell began
    spell_worst: Urgency = Urgency.NOTE
    spells: int = 1  # how often it broke
    cuts: tuple[Cut, ...] = ()  # the latest spells that are over
    opened: Opened | None = None
    recovered_ns: int | None = None
    shrank_ns: int | None = None
    into: IncidentId | None = None  # what explains it, once it is folded
    closed_ns: int | None = None
    closed_why: Why | None = None
    closed_by: str | None = None  # who resolved it
    told: BandwidthTold | None = None  # by how much its bandwidth falls short
    interfaces: dict[LinkId, InterfaceTold] = field(default_factory=dict)  # of the present spell

    @property
    def key(self) -> tuple[FaultKind, str]:
        """What it is about. No two incidents that are neither closed nor folded have the same."""
        return self.kind, self.subject

    @property
    def broken(self) -> bool:
        """Whether something of it is broken now."""
        return self.life in BROKEN

    def shift(self, by_ns: int) -> None:
        """Move every instant that is still counted from."""
        self.noticed_ns += by_ns
        self.began_ns += by_ns
        self.spell_ns += by_ns
        self.left = {link: at_ns + by_ns for link, at_ns in self.left.items()}
        self.urgent_ns = {urgency: at_ns + by_ns for urgency, at_ns in self.urgent_ns.items()}
        if self.weighed_ns is not None:
            self.weighed_ns += by_ns
        if self.recovered_ns is not None:
            self.recovered_ns += by_ns
        if self.shrank_ns is not None:
            self.shrank_ns += by_ns
        for member in self.links.values():
            member.since_ns += by_ns
        for cut in self.cuts:
            cut.began_ns += by_ns
            cut.ended_ns += by_ns
