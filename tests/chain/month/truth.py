"""Holds what people were told in a month against what really was. Instants are wall ns unless said."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.model.ids import IncidentId, LinkId
from bridgewatch.model.log import Closed, Composed, Folded, Grew, Noticed, Opened
from bridgewatch.model.paging import ASKING, FaultKind, Phase, Urgency
from bridgewatch.sim.clock import START_WALL_NS
from tests.chain.month.run import Run
from tests.chain.month.script import HOUR, MINUTE, SECOND, START, Cause, Fault

OFFSET = START_WALL_NS - START
SEEN = 8 * SECOND  # within this a cut is found, at any rate
LATE = 45 * SECOND  # a page may be so late: a restart, a root that is waited for
GUESS = SECOND  # by so much an instant that health names may differ from the cut


@dataclass
class Tale:
    """An incident as the log tells it."""

    noticed: Noticed
    grew: list[Grew] = field(default_factory=list)
    opened: Opened | None = None
    folded: Folded | None = None
    closed: Closed | None = None
    paged_ns: list[int] = field(default_factory=list)  # when a page about it was delivered
    pages: int = 0

    def links(self) -> set[LinkId]:
        return {link for entry in self.grew for link, _ in entry.links}


@dataclass
class Verdict:
    """What is wrong; all empty is well. Sentences for people."""

    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    owed: int = 0  # pages that had to be
    pages: int = 0
    incidents: int = 0


class Truth:
    """What was cut when, by link."""

    def __init__(self, run: Run) -> None:
        self.month = run.month
        self.agenda = Agenda(run.month.inventory)
        self.tales = tales(run)
        self._cuts: dict[LinkId, list[tuple[int, int]]] = defaultdict(list)
        for fault in run.month.faults:
            if fault.cause is not Cause.EGRESS:
                for link in fault.links:
                    self._cuts[link] += [(b + OFFSET, e + OFFSET) for b, e in fault.cuts]
        for cuts in self._cuts.values():
            cuts.sort()
        self._dark = {
            egress: sorted(
                (f.begins + OFFSET, f.ends + OFFSET)
                for f in run.month.faults
                if f.cause is Cause.EGRESS and f.subject == egress
            )
            for egress in run.month.inventory.egresses
        }

    def judge(self) -> Verdict:
        """Everything."""
        verdict = Verdict(incidents=len(self.tales))
        for name, tale in self.tales.items():
            verdict.pages += tale.pages
            verdict.false += self._false(name, tale)
        by_link: dict[LinkId, list[Tale]] = defaultdict(list)
        for tale in self.tales.values():
            for link in tale.links():
                by_link[link].append(tale)
        for fault in self.month.faults:
            if fault.cause is Cause.FLAPS:
                verdict.split += self._split(fault, by_link[fault.links[0]])
            elif fault.cause is Cause.EGRESS:
                self._judge_egress(fault, verdict)
            else:
                for link in fault.links:
                    self._judge_cut(fault, link, by_link[link], verdict)
                verdict.split += self._in_pieces(fault, by_link)
        return verdict

    def _false(self, name: IncidentId, tale: Tale) -> list[str]:
        """What an incident claims and was not so."""
        kind = tale.noticed.kind
        if kind is FaultKind.EGRESS:
            began = tale.noticed.at_ns
            real = any(b - GUESS <= began <= e + SEEN for b, e in self._dark.get(tale.noticed.subject, ()))
            return [] if real else [f"{name}: our egress {tale.noticed.subject} was fine"]
        if kind in {FaultKind.QUALITY, FaultKind.CONTACTS, FaultKind.DELIVERY}:
            return [f"{name}: nothing was wrong with {kind} of {tale.noticed.subject}"]
        return [
            f"{name}: {link} was not cut at {(proof.since_ns - START_WALL_NS) / SECOND:.1f} s"
            for entry in tale.grew
            for link, proof in entry.links
            if not self._was_cut(link, proof.since_ns, entry.at_ns)
        ]

    def _was_cut(self, link: LinkId, since_ns: int, at_ns: int) -> bool:
        """By a fault of its own. Behind our own dark egress its silence may seem to be older than that."""
        cuts = self._cuts[link]
        place = bisect_right(cuts, (at_ns, 2**63))
        return any(ends >= since_ns - GUESS for _, ends in cuts[max(0, place - 2) : place])

    def _hold_ends(self, link: LinkId, begins: int) -> int:
        """When what began then is due by the calendar, if it lasts."""
        inventory = self.month.inventory
        site = inventory.links[link].site
        urgency = Urgency.DARK if link.endswith("/wan") else Urgency.REDUCED
        policies = inventory.directory.policies
        due, at_ns = 2**63, begins
        while at_ns < min(due, begins + 2 * HOUR):
            hold = policies[self.agenda.ruling(site, at_ns).policy].hold[urgency]
            due = min(due, max(at_ns, begins + round(hold * SECOND)))
            change = self.agenda.next_change_ns(at_ns)
            if change is None:
                break
            at_ns = change
        return due

    def _in_pieces(self, fault: Fault, by_link: dict[LinkId, list[Tale]]) -> list[str]:
        """What fails together is one incident, but where we saw only half of it."""
        begins, ends = fault.begins + OFFSET, fault.ends + OFFSET
        links = self.month.inventory.links
        one_carrier = len({links[link].carrier for link in fault.links}) == 1
        hidden = any(b < ends and e > begins for dark in self._dark.values() for b, e in dark)
        hidden |= any(begins <= restart + OFFSET <= ends for restart in self.month.restarts)
        if hidden or (fault.cause is Cause.POWER and one_carrier):
            return []
        alive = {
            tale.noticed.subject
            for link in fault.links
            for tale in by_link[link]
            if tale.folded is None and _tells(tale, link, begins, ends)
        }
        return (
            []
            if len(alive) <= 1
            else [f"{fault.cause} {fault.subject} at {_told(begins)}: {sorted(alive)[:5]}"]
        )

    def _judge_cut(self, fault: Fault, link: LinkId, known: list[Tale], verdict: Verdict) -> None:
        begins, ends = fault.begins + OFFSET, fault.ends + OFFSET
        egress = self.month.inventory.links[link].egress
        # What begins behind our own dark egress is found once that is back; its silence seems to be as old.
        seemed, visible = next(
            ((b, e) for b, e in self._dark[egress] if b - SEEN <= begins < e), (begins, begins)
        )
        seemed = min(seemed, begins)
        due = max(self._hold_ends(link, begins), visible + SEEN)
        mine = [tale for tale in known if _tells(tale, link, seemed, ends)]
        paged = [at_ns for tale in mine for at_ns in self._paged(tale) if at_ns >= begins]
        if ends >= due + LATE:
            hidden = any(b <= due + LATE and e >= seemed for b, e in self._dark[egress])
            verdict.owed += 1
            limit = due + LATE + (round(self._hold(link, begins) * SECOND) if hidden else 0)
            if ends >= limit and not any(at_ns <= limit for at_ns in paged):
                verdict.missed.append(
                    f"{fault.cause} {fault.subject}: {link} cut at {_told(begins)}, due {_told(due)}, paged {[_told(p) for p in paged[:2]]}"
                )
        calm = self.agenda.ruling(self.month.inventory.links[link].site, begins).phase is Phase.NONE
        if fault.cause is Cause.LINK and calm and paged and min(paged) < due - SEEN:
            verdict.early.append(
                f"{link} cut at {_told(begins)}, due {_told(due)}, paged {_told(min(paged))}"
            )

    def _hold(self, link: LinkId, at_ns: int) -> float:
        urgency = Urgency.DARK if link.endswith("/wan") else Urgency.REDUCED
        policies = self.month.inventory.directory.policies
        return policies[self.agenda.ruling(self.month.inventory.links[link].site, at_ns).policy].hold[urgency]

    def _paged(self, tale: Tale) -> list[int]:
        """Pages about it, or about what it was folded into."""
        paged = list(tale.paged_ns)
        seen = set()
        while tale.folded is not None and tale.folded.into not in seen:
            seen.add(tale.folded.into)
            tale = self.tales[tale.folded.into]
            paged += tale.paged_ns
        return paged

    def _judge_egress(self, fault: Fault, verdict: Verdict) -> None:
        begins, ends = fault.begins + OFFSET, fault.ends + OFFSET
        mine = [
            tale
            for tale in self.tales.values()
            if tale.noticed.kind is FaultKind.EGRESS
            and tale.noticed.subject == fault.subject
            and begins <= tale.noticed.at_ns <= ends + SEEN
        ]
        due = begins + 5 * MINUTE
        if ends >= due + LATE:
            verdict.owed += 1
            if not any(begins <= at_ns <= due + LATE for tale in mine for at_ns in tale.paged_ns):
                verdict.missed.append(f"egress {fault.subject} dark at {_told(begins)}")
        if len(mine) > 1:
            verdict.split.append(f"egress {fault.subject} dark at {_told(begins)}: {len(mine)} incidents")

    def _split(self, fault: Fault, known: list[Tale]) -> list[str]:
        """One incident per flapping spell."""
        begins, ends = fault.begins + OFFSET, fault.ends + OFFSET
        mine = [tale for tale in known if begins - GUESS <= tale.noticed.at_ns <= ends + 25 * MINUTE]
        found = len(mine)
        if found != 1:
            whys = [tale.closed.why if tale.closed else None for tale in mine]
            return [
                f"{fault.subject} flapped from {_told(begins)} to {_told(ends)}: {found} incidents {whys}"
            ]
        return []


def _tells(tale: Tale, link: LinkId, begins: int, ends: int) -> bool:
    """Whether the link fell silent for it in that time."""
    return any(
        name == link and begins - GUESS <= proof.since_ns <= ends
        for entry in tale.grew
        for name, proof in entry.links
    )


def _told(at_ns: int) -> str:
    seconds = (at_ns - START_WALL_NS) / SECOND
    return f"{seconds:.1f} s"


def tales(run: Run) -> dict[IncidentId, Tale]:
    """All incidents of the log."""
    found: dict[IncidentId, Tale] = {}
    for entry in run.log:
        match entry:
            case Noticed():
                found[entry.incident] = Tale(entry)
            case Grew():
                found[entry.incident].grew.append(entry)
            case Opened():
                found[entry.incident].opened = entry
            case Folded():
                found[entry.incident].folded = entry
            case Closed():
                found[entry.incident].closed = entry
            case Composed() if entry.kind in ASKING:
                for name in entry.incidents:
                    found[name].pages += 1
            case _:
                pass
    for at_ns, attempt in run.delivered:
        if attempt.kind in ASKING:
            for name in attempt.incidents:
                found[name].paged_ns.append(at_ns)
    return found
