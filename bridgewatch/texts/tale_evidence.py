"""What was measured of a link when it fell, in words: packets, the witness, and the limit that was passed."""

from collections.abc import Callable
from typing import Final

from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory, Threshold
from bridgewatch.model.log import Proof
from bridgewatch.model.words import Language, Reason, Severity
from bridgewatch.texts.calendar import tell_settings
from bridgewatch.texts.figures import milliseconds, percent, with_mark
from bridgewatch.texts.names import Names
from bridgewatch.texts.tale_words import tale_words
from bridgewatch.texts.times import instant_of, zone_of
from bridgewatch.texts.words import tell, tell_reason

_NANO: Final = 1_000_000_000
_MILLI: Final = 1_000_000
_SAID: Final = frozenset({Reason.UNREACHABLE, Reason.FLAPS})  # beside the count of what is unanswered
_NOTABLE_LOSS: Final = 0.001  # the ratio below which nobody would mention what a link usually loses


class Evidence:
    """Tells proofs about the links of one inventory."""

    def __init__(self, inventory: Inventory, language: Language) -> None:
        self._inventory = inventory
        self._language = language
        self._names = Names(inventory)
        self._words = tale_words(language)
        self._zone = zone_of(inventory.timezone)

    def of(self, link: LinkId, proof: Proof) -> str:
        """A link with what was measured of it."""
        name, facts = self._names.link(link, self._language), self._facts(link, proof)
        return f"{name} [{'; '.join(facts)}]" if facts else name

    def _facts(self, link: LinkId, proof: Proof) -> list[str]:
        facts = []
        if proof.reason is Reason.TARGET_REFUSES:
            facts.append(self._words.refusals.format(proof.unanswered, self._precise(proof.since_ns)))
        elif proof.unanswered:
            facts.append(
                self._words.unanswered.format(proof.unanswered, proof.needed, self._precise(proof.since_ns))
            )
        if proof.witness_ns is not None:
            facts.append(self._words.witness.format(self._precise(proof.witness_ns)))
        if limit := self._limit(link, proof):
            facts.append(limit)
        elif proof.reason in _SAID or not (proof.unanswered or proof.reason is Reason.NONE):
            facts.append(tell_reason(proof.reason, proof.router, self._language))
        if proof.loss is not None and proof.loss >= _NOTABLE_LOSS:
            facts.append(self._words.usual_loss.format(percent(proof.loss, self._language)))
        return facts

    def _limit(self, link: LinkId, proof: Proof) -> str:
        known = self._inventory.links.get(link)
        if known is None or proof.severity is Severity.OK:
            return ""
        profile = known.profile
        limits: dict[Reason, tuple[Threshold, Callable[[float, Language], str]]] = {
            Reason.LOSS: (profile.loss, percent),
            Reason.RTT: (profile.rtt, milliseconds),
            Reason.JITTER: (profile.jitter, milliseconds),
            Reason.PDV: (profile.pdv, milliseconds),
        }
        if proof.reason not in limits:
            return ""
        threshold, shown = limits[proof.reason]
        limit = threshold.critical if proof.severity is Severity.CRITICAL else threshold.warn
        return self._words.limit.format(
            reason=tell(proof.reason, self._language),
            limit=shown(limit, self._language),
            profile=tell_settings(profile.name, self._language),
        )

    def _precise(self, wall_ns: int) -> str:
        clock = f"{instant_of(wall_ns, self._zone):%H:%M:%S}.{wall_ns % _NANO // _MILLI:03}"
        return with_mark(clock, self._language)
