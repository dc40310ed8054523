"""What is wrong with the daemon itself, first of all: it decides what the rest of the page is worth."""

from collections.abc import Iterator
from html import escape
from typing import Final

from bridgewatch.model.snapshot import PagingSnapshot, Snapshot
from bridgewatch.model.words import EgressState, Language
from bridgewatch.texts.deliveries import tell_gateways, tell_lost, tell_more_lost, tell_store
from bridgewatch.texts.figures import number
from bridgewatch.texts.phrases.tell import tell_mistake
from bridgewatch.texts.times import full_time, zone_of
from bridgewatch.views.deliveries import delivery_lines
from bridgewatch.views.web.words import EGRESS_STATES, PAGE

_MISTAKES_SHOWN: Final = 20
_LINKS_SHOWN: Final = 10


def own_section(snapshot: Snapshot, paging: PagingSnapshot | None, language: Language) -> str:
    """The findings as HTML, or that all is fine."""
    words = PAGE[language]
    findings = "".join((*_probing(snapshot, language), *_deliveries(snapshot, paging, language)))
    fine = f'<p class="good">✔ {words["self_fine"]}</p>'
    return f"<h2>{words['self']}</h2>{findings or fine}{_tested(paging, language)}"


def _tested(paging: PagingSnapshot | None, language: Language) -> str:
    """Whose delays nobody should wonder at."""
    if paging is None or not paging.tests.felt:
        return ""
    links = sorted(paging.tests.felt)
    more = f" + {len(links) - _LINKS_SHOWN}" if len(links) > _LINKS_SHOWN else ""
    return f"<p>{PAGE[language]['tested']} {escape(', '.join(links[:_LINKS_SHOWN]))}{more}</p>"


def _probing(snapshot: Snapshot, language: Language) -> Iterator[str]:
    words = PAGE[language]
    for name, state in snapshot.egresses.items():
        if state in {EgressState.DARK, EgressState.IMPAIRED}:
            yield _bad(f"{words['egress']} {name}: {EGRESS_STATES[language][state]}")
    if not snapshot.config.ok:
        yield _bad(words["reload_failed"])
        for error in snapshot.config.errors[:_MISTAKES_SHOWN]:
            yield f"<p><code>{escape(tell_mistake(error, language))}</code></p>"
    if snapshot.self_stats.slowdown > 1:
        slowdown = number(snapshot.self_stats.slowdown, language)
        yield f'<p class="finding warn">▲ {words["slowdown"]} {slowdown}</p>'


def _deliveries(snapshot: Snapshot, paging: PagingSnapshot | None, language: Language) -> Iterator[str]:
    working = snapshot.people is None or snapshot.people.store_working
    told = delivery_lines(paging, snapshot.inventory, store_working=working)
    zone = zone_of(snapshot.inventory.timezone)
    if not told.store_working:
        yield _bad(tell_store(language))
    for why, gateways in told.failing.items():
        yield _bad(tell_gateways(gateways, why, language))
    for one in told.lost:
        yield _bad(tell_lost(one.who, one.messages, full_time(one.at_wall_ns, zone, language), language))
    if told.more_lost:
        yield _bad(tell_more_lost(told.more_lost, language))


def _bad(text: str) -> str:
    return f'<p class="finding bad">✖ {escape(text)}</p>'
