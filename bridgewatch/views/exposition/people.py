"""Metrics of the people's side: incidents, messages, rosters, and what keeps them."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from bridgewatch.model.snapshot import PagingSnapshot, PeopleStats
from bridgewatch.views.exposition.link_tests import test_families
from bridgewatch.views.exposition.single import counter, gauge

_NANO: Final = 1e9


def people_families(stats: PeopleStats, wall_ns: int) -> Iterator[Metric]:
    """All families about incidents and people."""
    yield from _incidents(stats.paging)
    yield from _messages(stats.paging, wall_ns)
    if stats.roster_gaps is not None:
        gaps = "Gaps in the rosters of events between check and closed, from now on."
        yield gauge("roster_gaps", gaps, stats.roster_gaps)
    yield gauge(
        "paging_turn_age",
        "Time since the people's side last decided.",
        stats.turn_age,
        "seconds",
    )
    yield counter("paging_failures", "Things that could not be decided.", stats.failures)
    yield from _store(stats)
    yield from _history(stats)
    stuck = GaugeMetricFamily(
        "bridgewatch_attempts_stuck", "Attempts past their time limit that hold a thread.", labels=["channel"]
    )
    for gateway, count in stats.stuck.items():
        stuck.add_metric([gateway], count)
    yield stuck
    yield from _answers(stats)
    yield from test_families(stats.paging.tests)


def _incidents(paging: PagingSnapshot) -> Iterator[Metric]:
    opened = GaugeMetricFamily(
        "bridgewatch_incidents_open",
        "Incidents of which something is broken now, by what they do to meetings.",
        labels=["severity"],
    )
    for urgency, count in paging.open_by_urgency().items():
        opened.add_metric([urgency.name.lower()], count)
    yield opened
    unanswered = sum(incident.step is not None and incident.taken_by is None for incident in paging.incidents)
    yield gauge("incidents_unanswered", "Incidents somebody was called for and nobody has.", unanswered)
    yield gauge("silences_active", "Silences and planned work that hold now.", len(paging.silences))


def _messages(paging: PagingSnapshot, wall_ns: int) -> Iterator[Metric]:
    sent = CounterMetricFamily(
        "bridgewatch_notifications", "Attempts to deliver a message.", labels=["channel", "outcome"]
    )
    for (gateway, outcome), count in sorted(paging.notifications.items()):
        sent.add_metric([gateway, outcome.name.lower()], count)
    yield sent
    working = GaugeMetricFamily(
        "bridgewatch_gateway_working",
        "0 while a gateway fails time and again, or a secret of it cannot be read.",
        labels=["channel"],
    )
    for gateway, why in paging.gateways.items():
        working.add_metric([gateway], why is None)
    yield working
    yield gauge("contacts_unreached", "People whom the last message could not reach.", len(paging.lost))
    yield counter("dead_letters", "Messages that no channel took.", paging.dead_letters)
    yield gauge("outbox_messages", "Messages that somebody has still to get.", paging.outbox_depth)
    oldest_ns = paging.outbox_oldest_ns
    age = 0.0 if oldest_ns is None else max(0.0, (wall_ns - oldest_ns) / _NANO)
    yield gauge("outbox_oldest_age", "Age of the oldest message not delivered, 0 for none.", age, "seconds")


def _answers(stats: PeopleStats) -> Iterator[Metric]:
    pages = CounterMetricFamily(
        "bridgewatch_answer_requests", "Requests for the pages behind links.", labels=["outcome"]
    )
    for outcome, count in sorted(stats.answers.items()):
        pages.add_metric([outcome], count)
    yield pages
    inbound = CounterMetricFamily(
        "bridgewatch_inbound_messages", "What gateways reported.", labels=["channel", "outcome"]
    )
    for (gateway, outcome), count in sorted(stats.inbound.items()):
        inbound.add_metric([gateway, outcome], count)
    yield inbound


def _store(stats: PeopleStats) -> Iterator[Metric]:
    yield gauge("store_working", "1 while the store takes what is decided.", stats.store_working)
    yield gauge("spooled_entries", "Decisions that wait in the spool for the store.", stats.spooled)
    yield gauge("spool_used", "How full the spool is.", stats.spool_used, "ratio")
    yield gauge("unstored_entries", "Decisions that neither store nor spool took.", stats.unstored)


def _history(stats: PeopleStats) -> Iterator[Metric]:
    yield counter("history_rows", "Rows of minutes and transitions written.", stats.history_rows)
    yield counter("history_rows_lost", "Rows that could not be written.", stats.history_rows_lost)
    yield gauge("history_size", "What the history takes on disk.", stats.history_octets, "bytes")
