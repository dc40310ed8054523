"""The links' states: what is seen of a link becomes events, and the table of states.py moves it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.changes import TransitionColumns
from bridgewatch.core.health.columns import first_of
from bridgewatch.core.health.excuse import Excuses, Uplink, excuses
from bridgewatch.core.health.flapping import FLAPPING_DOWNS, record_down, settles_ns
from bridgewatch.core.health.layout import Layout
from bridgewatch.core.health.look import Look
from bridgewatch.core.health.silence import NEVER, OUTAGE_NS
from bridgewatch.core.health.states import Event, move
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64
from bridgewatch.model.words import LinkState, Reason, Severity

WITNESS_WAIT_NS: Final = 1_000_000_000  # peers and references are probed at least once in this time
WITNESS_GONE_NS: Final = 2_000_000_000  # a witness this much older than the silence it should explain is none
_RECHECK_NS: Final = 50_000_000  # how often a silence without a witness looks for one


def _states(*states: LinkState) -> Flag:
    """A set of states as a table [state], which is looked up faster than searched."""
    return np.isin(np.arange(len(LinkState)), states)


_ANSWERING: Final = _states(LinkState.UP, LinkState.DEGRADED, LinkState.SUSPECT)
_ASKING: Final = _states(LinkState.SUSPECT, LinkState.FLAPPING)
_DESPAIRED: Final = _states(LinkState.DOWN, LinkState.BLIND)
_SIGHTLESS: Final = _states(LinkState.UNKNOWN, LinkState.BLIND)


@dataclass(slots=True)
class LinkColumns:
    """One row per link in inventory order [L+1]; the last is nobody's and stays PAUSED."""

    state: Int8
    reason: Int8
    since_ns: Int64
    severity: Int8  # that made it DEGRADED
    before: Int8  # the state with SUSPECT replaced by what it was before: what sites go by
    refuses: Flag  # that state is UNKNOWN because its target refuses: sites go by that too
    why_unknown: Int8
    replied: Flag  # since the last decision
    condemned_ns: Int64  # when the present silence was found to be a down
    sighted_ns: Int64  # from when on unanswered probes count as sent under a working egress
    sighted_count: Int32  # how many were unanswered then, -1 before
    sighted_after_ns: Int64  # a witness must be later: when the link went blind
    asked_ns: Int64  # since when it wants more probes
    lonely: Flag  # it had to wait for a witness
    wake_ns: Int64  # when time alone may change it
    downs: Int64  # [L+1, FLAPPING_DOWNS] newest first

    @classmethod
    def fresh(cls, links: int) -> "LinkColumns":
        """Columns of links of which nothing is known."""

        def word(value: int) -> Int8:
            return np.full(links + 1, value, dtype=np.uint8)

        def instant(value: int) -> Int64:
            return np.full(links + 1, value, dtype=np.int64)

        new = cls(
            state=word(LinkState.UNKNOWN),
            reason=word(Reason.NOT_YET_PROBED),
            since_ns=instant(NO_TIME),
            severity=word(Severity.OK),
            before=word(LinkState.UNKNOWN),
            refuses=np.zeros(links + 1, dtype=np.bool_),
            why_unknown=word(Reason.NOT_YET_PROBED),
            replied=np.zeros(links + 1, dtype=np.bool_),
            condemned_ns=instant(NO_TIME),
            sighted_ns=instant(NO_TIME),
            sighted_count=np.full(links + 1, -1, dtype=np.int32),
            sighted_after_ns=instant(NO_TIME),
            asked_ns=instant(NO_TIME),
            lonely=np.zeros(links + 1, dtype=np.bool_),
            wake_ns=instant(NEVER),
            downs=np.full((links + 1, FLAPPING_DOWNS), NO_TIME, dtype=np.int64),
        )
        new.state[-1] = new.before[-1] = LinkState.PAUSED
        return new


class Links:
    """Moves links by what is seen of them."""

    def __init__(self, columns: LinkColumns, layout: Layout, page_delay_ns: int) -> None:
        self.columns = columns
        self._layout = layout
        self._page_delay_ns = page_delay_ns
        self.asking = True  # some link may want more probes; whoever serves them may take it back

    def decide(self, now: int, seen: Look, uplink: Uplink) -> list[TransitionColumns]:
        """Move the links `seen` (unique, none twice); first by their answers, then by their silences."""
        c = self.columns
        egress = self._layout.egress_of_link[seen.link]
        degraded = c.before[seen.link] == LinkState.DEGRADED
        pardon = excuses(now, seen, degraded, uplink, egress)
        dark = uplink.dark[egress]
        passes = [self._by_operator(now, seen), self._by_answers(now, seen, pardon, dark)]
        self._sight(now, seen, dark)
        passes.append(self._by_silences(now, seen, dark, uplink.reason[egress]))
        self._ask(now, seen, dark)
        self._schedule(now, seen, pardon, dark)
        return [batch for batch in passes if batch is not None and batch.link.size]

    def _by_operator(self, now: int, seen: Look) -> TransitionColumns | None:
        state, paused = self.columns.state[seen.link], self._layout.paused[seen.link]
        resumed = (state == LinkState.PAUSED) & ~paused
        event = first_of((paused, Event.PAUSED), (resumed, Event.RESET), otherwise=Event.NOTHING)
        return self._move(now, seen, event)

    def _by_answers(self, now: int, seen: Look, pardon: Excuses, dark: Flag) -> TransitionColumns | None:
        """A link answers if a reply just came, or if it did before and is not silent since.

        Refusals are no answers; but like those they end what was held against the link.
        """
        c, link = self.columns, seen.link
        known = _ANSWERING[c.state[link]] & ~seen.refusals.refuses
        answers = ~dark & (c.replied[link] | (known & seen.speaks & ~seen.silent))
        poorly = (seen.severity >= Severity.WARN) & ~pardon.excused & ~pardon.held
        event = first_of(
            (answers & poorly, Event.ANSWERED_POORLY),
            (answers, Event.ANSWERED_WELL),
            otherwise=Event.NOTHING,
        )
        fresh = link[c.replied[link] | (seen.refusals.refuses & ~dark)]
        c.condemned_ns[fresh] = NO_TIME
        self._unsight(fresh)
        c.replied[link] = False
        moved = self._move(now, seen, event, seen.severity_reason)
        self._say_own_uplink(link, answers & pardon.excused)
        return moved

    def _say_own_uplink(self, link: Int32, excused: Flag) -> None:
        """An UP link whose fault is excused says so; no transition, as the one finding is the egress's."""
        c = self.columns
        up = c.state[link] == LinkState.UP
        c.reason[link[up & excused]] = Reason.OWN_UPLINK
        c.reason[link[up & ~excused & (c.reason[link] == Reason.OWN_UPLINK)]] = Reason.ANSWERED

    def _sight(self, now: int, seen: Look, dark: Flag) -> None:
        """Count the silence from when the egress is known to work.

        A witness is an answered probe that left after the suspicion began, or after the link went blind. The
        link's own probes that left before it may have met a dead egress; their grace has passed one grace
        after the witness left, and counting starts then.
        """
        c, link = self.columns, seen.link
        undecided = self._undecided(seen, dark)
        later = seen.witness_ns > np.maximum(seen.suspected_ns, c.sighted_after_ns[link])
        new = undecided & later & (c.sighted_ns[link] == NO_TIME)
        c.sighted_ns[link[new]] = np.maximum(now, seen.witness_ns[new] + seen.grace_ns[new])
        due = undecided & (c.sighted_ns[link] != NO_TIME) & (c.sighted_ns[link] <= now)
        due &= c.sighted_count[link] < 0
        c.sighted_count[link[due]] = seen.unanswered[due]

    def _undecided(self, seen: Look, dark: Flag) -> Flag:
        """Who has left a probe unanswered and is not judged for it yet."""
        flags: Flag = (seen.unanswered > 0) & ~dark & (self.columns.condemned_ns[seen.link] == NO_TIME)
        return flags

    def _unsight(self, link: Int32) -> None:
        self.columns.sighted_ns[link] = NO_TIME
        self.columns.sighted_count[link] = -1

    def _verdict(self, now: int, seen: Look) -> tuple[Flag, Flag]:
        """Which links are dead, and which as silent but unseen.

        Enough unanswered, for long enough, is not yet a down: at least half of it must lie between two
        answers of others. Before the first of them our own egress may have been dead, after the last it may
        be dying.
        """
        c, link = self.columns, seen.link
        enough = seen.silent & (seen.unanswered >= seen.needed) & (seen.since_ns <= now - OUTAGE_NS)
        enough &= c.condemned_ns[link] == NO_TIME
        sighted = c.sighted_count[link] >= 0
        within = sighted & (seen.unanswered - c.sighted_count[link] >= (seen.needed + 1) // 2)
        dead = enough & within & (seen.witness_ns >= seen.latest_ns - seen.grace_ns)
        waited = seen.suspected_ns + seen.grace_ns <= now - WITNESS_WAIT_NS
        never_seen = (c.sighted_ns[link] == NO_TIME) & waited
        gone = seen.witness_ns < seen.latest_ns - WITNESS_GONE_NS
        return dead, enough & ~dead & (never_seen | gone)

    def _by_silences(self, now: int, seen: Look, dark: Flag, why_dark: Int8) -> TransitionColumns | None:
        c, link = self.columns, seen.link
        paused = c.state[link] == LinkState.PAUSED
        dead, unseen = self._verdict(now, seen)
        dead &= ~dark & ~paused
        c.condemned_ns[link[dead]] = now
        flapped = dead.copy()
        flapped[dead] = record_down(c.downs, link[dead], now)
        condemned = c.condemned_ns[link] != NO_TIME
        heard = seen.speaks | seen.erring
        stayed = condemned & (c.condemned_ns[link] <= now - self._page_delay_ns)
        settled = seen.speaks & ~seen.silent & (settles_ns(c.downs, link) <= now)
        flapping = c.state[link] == LinkState.FLAPPING
        refuses = seen.refusals.refuses
        event = first_of(
            (paused, Event.NOTHING),
            (seen.unprobed & ((c.state[link] != LinkState.UNKNOWN) | c.refuses[link]), Event.RESET),
            (dark & heard & ~condemned, Event.EGRESS_DARK),
            (dark, Event.NOTHING),
            (seen.erring, Event.LOCAL_ERROR),
            (refuses & self._refuses_for_long(seen, settled), Event.REFUSED),
            (flapped, Event.FLAPPED),
            (dead, Event.DEAD),
            (unseen, Event.UNSEEN),
            (flapping & stayed, Event.STAYED_DOWN),
            (flapping & settled & ~refuses, Event.SETTLED),
            (seen.silent, Event.SILENT),
            otherwise=Event.NOTHING,
        )
        return self._move(now, seen, event, why_dark)

    def _refuses_for_long(self, seen: Look, settled: Flag) -> Flag:
        """Which refusals mean something by now: of a link that is dead or blind the first.

        Elsewhere its reflector may only be restarted, and a flapping one flaps on behind its refusals.
        """
        state = self.columns.state[seen.link]
        ready = np.where(_DESPAIRED[state], True, seen.refusals.settled)
        flags: Flag = np.where(state == LinkState.FLAPPING, settled, ready)
        return flags

    def _move(self, now: int, seen: Look, event: Int8, found: Int8 | None = None) -> TransitionColumns | None:
        """Apply the table; `found` is the reason of events with none of their own. None: nothing happened."""
        if not event.any():
            return None
        c, link = self.columns, seen.link
        old = c.state[link]
        new = move(old, event)
        poorly = (event == Event.ANSWERED_POORLY) & (new == LinkState.DEGRADED)
        unknown = (new == LinkState.UNKNOWN) & ((event == Event.REFUSED) | c.refuses[link])
        if not ((new != old) | poorly | unknown).any():
            return None
        reason = self._reasons(seen, old, new, event, found)
        other = (reason != c.reason[link]) & (event != Event.NOTHING)
        anew = (new != old) | (unknown & other)
        moved = anew | (poorly & (other | (seen.severity != c.severity[link])))
        at = link[moved]
        c.state[at] = new[moved]
        c.reason[at] = reason[moved]
        c.severity[at] = np.where(new[moved] == LinkState.DEGRADED, seen.severity[moved], Severity.OK)
        c.since_ns[link[anew]] = now
        settled = moved & (new != LinkState.SUSPECT)
        c.before[link[settled]] = new[settled]
        c.refuses[link[settled]] = event[settled] == Event.REFUSED
        self._lose_sight(now, link[moved & _SIGHTLESS[new]])
        return _columns(seen, moved, old, new, reason)

    def _lose_sight(self, now: int, link: Int32) -> None:
        c = self.columns
        self._unsight(link)
        c.condemned_ns[link] = NO_TIME
        c.sighted_after_ns[link] = now

    def _reasons(self, seen: Look, old: Int8, new: Int8, event: Int8, found: Int8 | None) -> Int8:
        reason = _REASON_OF_EVENT[event]
        reason[event == Event.ANSWERED_WELL] = Reason.ANSWERED
        cleared = (old == LinkState.DEGRADED) & (new == LinkState.UP)
        reason[cleared] = Reason.SETTLED
        rejected = (new == LinkState.DOWN) & seen.unreachable
        reason[rejected] = Reason.UNREACHABLE
        reset = event == Event.RESET
        reason[reset] = self.columns.why_unknown[seen.link[reset]]
        if found is not None:
            reason = np.where(_FOUND[event], found, reason)
        return reason

    def _ask(self, now: int, seen: Look, dark: Flag) -> None:
        """Note who wants more probes: undecided silences, and blind links once their egress works again.

        Who had to wait for a witness has the references asked until it is judged: a quiet egress may have
        no other soon enough.
        """
        c, link = self.columns, seen.link
        state = c.state[link]
        blind = state == LinkState.BLIND
        regained = blind & (c.sighted_count[link] >= 0)
        waits = ~blind & (c.sighted_ns[link] == NO_TIME) & (seen.suspected_ns <= now - _RECHECK_NS)
        lonely = waits | regained | (c.lonely[link] & ~blind)
        c.lonely[link] = lonely & self._undecided(seen, dark)
        asks = _ASKING[state] | regained
        asks &= seen.silent & ~dark & (c.condemned_ns[link] == NO_TIME)
        new = asks & (c.asked_ns[link] == NO_TIME)
        c.asked_ns[link[new]] = now
        c.asked_ns[link[~asks]] = NO_TIME
        self.asking |= bool((asks | c.lonely[link]).any())

    def _schedule(self, now: int, seen: Look, pardon: Excuses, dark: Flag) -> None:
        """When to look again although nothing is heard."""
        c, link = self.columns, seen.link
        undecided = self._undecided(seen, dark)
        unsighted = undecided & (c.sighted_ns[link] == NO_TIME)
        counting = undecided & ~unsighted & (c.sighted_count[link] >= 0)
        waiting = counting & (seen.unanswered < seen.needed)  # the next silence brings it back
        soon = np.where(undecided & ~waiting, c.sighted_ns[link], NEVER)
        soon[unsighted] = now + _RECHECK_NS
        soon[counting & ~waiting] = now
        wake_ns = np.minimum(np.minimum(soon, seen.errors_due_ns), seen.refusals.due_ns)
        wake_ns = np.minimum(wake_ns, np.where(pardon.excused | pardon.held, pardon.until_ns, NEVER))
        flapping = c.state[link] == LinkState.FLAPPING
        if flapping.any():
            wake_ns = np.minimum(wake_ns, np.where(flapping, self._flapping_due(now, link), NEVER))
        c.wake_ns[link] = wake_ns

    def _flapping_due(self, now: int, link: Int32) -> Int64:
        condemned_ns = self.columns.condemned_ns[link]
        stays_ns = np.where(condemned_ns == NO_TIME, NEVER, condemned_ns + self._page_delay_ns)
        settles = settles_ns(self.columns.downs, link)
        return np.minimum(stays_ns, np.where(settles > now, settles, NEVER))


def _reason_of_event() -> Int8:
    reasons = np.full(len(Event), Reason.NONE, dtype=np.uint8)
    reasons[Event.ANSWERED_WELL] = Reason.ANSWERED
    reasons[Event.SILENT] = Reason.SILENT
    reasons[Event.DEAD] = Reason.SILENT_WITH_WITNESS
    reasons[Event.FLAPPED] = Reason.FLAPS
    reasons[Event.UNSEEN] = Reason.NO_WITNESS
    reasons[Event.LOCAL_ERROR] = Reason.LOCAL_ERROR
    reasons[Event.STAYED_DOWN] = Reason.SILENT_WITH_WITNESS
    reasons[Event.SETTLED] = Reason.SETTLED
    reasons[Event.PAUSED] = Reason.PAUSED_BY_OPERATOR
    reasons[Event.REFUSED] = Reason.TARGET_REFUSES
    return reasons


_REASON_OF_EVENT: Final = _reason_of_event()
# Events whose reason lies elsewhere: in what was measured, in what darkened the egress.
_FOUND: Final[Flag] = np.isin(np.arange(len(Event)), (Event.ANSWERED_POORLY, Event.EGRESS_DARK))


def _columns(seen: Look, moved: Flag, old: Int8, new: Int8, reason: Int8) -> TransitionColumns:
    refused = reason == Reason.TARGET_REFUSES
    unanswered = np.where(refused, seen.refusals.count, seen.unanswered)
    since_ns = np.where(refused, seen.refusals.since_ns, seen.since_ns)
    return TransitionColumns(
        link=seen.link[moved],
        old=old[moved],
        new=new[moved],
        reason=reason[moved],
        unanswered=unanswered[moved],
        needed=seen.needed[moved],
        since_ns=since_ns[moved],
        witness_ns=seen.witness_ns[moved],
        loss=seen.loss[moved],
        severity=seen.severity[moved],
        router=seen.router[moved],
    )
