"""The table of metric families on the prepared page.

Adding a metric is adding a row to FAMILIES.
"""

from typing import Final

import numpy as np

from bridgewatch.model.observations import Int64
from bridgewatch.model.paging import Phase
from bridgewatch.model.snapshot import CARRIER_RTT_BUCKETS, QUANTILES, Snapshot
from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState
from bridgewatch.views.exposition.digits import instant, spelled
from bridgewatch.views.exposition.family import (
    Family,
    Line,
    Whole,
    count_line,
    info_family,
    meanings,
    real_line,
)
from bridgewatch.views.exposition.judged import JUDGED
from bridgewatch.views.exposition.labels import (
    ABSENT,
    CARRIER,
    EGRESS,
    EVENT,
    EVENT_INFO,
    EVENT_SITE,
    LINK,
    LINK_INFO,
    SITE,
    SITE_INFO,
    Layout,
)
from bridgewatch.views.exposition.use import USE


def _counter(name: str, help_: str, column: Whole) -> Family:
    return Family(name, "counter", LINK, help_, (count_line(column, "_total"),))


# Whether a link carries traffic, by its state: a state that says nothing of that is absent.
_UP_OF_STATE: Final = np.full(len(LinkState), ABSENT, dtype=np.int64)
_UP_OF_STATE[[LinkState.UP, LinkState.DEGRADED, LinkState.SUSPECT]] = 1
_UP_OF_STATE[[LinkState.DOWN, LinkState.FLAPPING]] = 0


def _quantile(index: int) -> Line:
    return real_line(lambda s, _: s.links.rtt[:, index], quantile=spelled(QUANTILES[index]))


def _bucket(index: int) -> Line:
    bounds = (*CARRIER_RTT_BUCKETS, float("inf"))

    def at_most(snapshot: Snapshot, _: Layout) -> Int64:
        cumulative: Int64 = snapshot.carrier_rtt.counts[:, : index + 1].sum(axis=1)
        return cumulative

    return count_line(at_most, "_bucket", le=spelled(bounds[index]))


_PROBES: Final = (
    _counter("bridgewatch_probes_sent", "Probes sent, their fate known or not.", lambda s, _: s.links.sent),
    _counter("bridgewatch_probes_received", "Probes answered in time.", lambda s, _: s.links.received),
    _counter("bridgewatch_probes_lost", "Probes never answered.", lambda s, _: s.links.lost),
    _counter("bridgewatch_probes_late", "Probes answered after Tmax.", lambda s, _: s.links.late),
    _counter(
        "bridgewatch_probes_unreachable",
        "Probes that a router on the way, or the target itself (link_reason "
        f"{Reason.TARGET_REFUSES.value}), declared undeliverable.",
        lambda s, _: s.links.unreachable,
    ),
    _counter(
        "bridgewatch_probes_duplicate",
        "Replies beyond the first to one probe.",
        lambda s, _: s.links.duplicate,
    ),
    _counter(
        "bridgewatch_probes_reordered",
        "Replies overtaken by the reply to a later probe.",
        lambda s, _: s.links.reordered,
    ),
    _counter(
        "bridgewatch_probes_local_error",
        "Probes this host failed to send: says nothing of the link.",
        lambda s, _: s.links.local_error,
    ),
)

_QUALITY: Final = (
    Family(
        "bridgewatch_loss_ratio",
        "gauge",
        LINK,
        "Lost, late and unreachable among the last window's probes of known fate (RFC 7680, RFC 6673).",
        (real_line(lambda s, _: s.links.loss_ratio),),
        unit="ratio",
    ),
    Family(
        "bridgewatch_loss_burst_packets",
        "gauge",
        LINK,
        "Longest run of consecutive losses in the last window (RFC 3357).",
        (real_line(lambda s, _: s.links.loss_burst),),
        unit="packets",
    ),
    Family(
        "bridgewatch_rtt_seconds",
        "summary",
        LINK,
        "Round-trip time: quantiles of the last window, sum and count since the daemon learnt the link.",
        (
            *map(_quantile, range(len(QUANTILES))),
            real_line(lambda s, _: s.links.rtt_sum, "_sum"),
            count_line(lambda s, _: s.links.rtt_count, "_count"),
        ),
        unit="seconds",
    ),
    Family(
        "bridgewatch_rtt_min_seconds",
        "gauge",
        LINK,
        "Shortest round-trip time of the last window.",
        (real_line(lambda s, _: s.links.rtt_min),),
        unit="seconds",
    ),
    Family(
        "bridgewatch_jitter_seconds",
        "gauge",
        LINK,
        "Variation of the round-trip time by definition: rfc3550 smoothed interarrival jitter, ipdv mean "
        "absolute difference of neighbours (RFC 3393), pdv_p99 99th percentile less minimum (RFC 5481).",
        (
            real_line(lambda s, _: s.links.jitter_rfc3550, definition="rfc3550"),
            real_line(lambda s, _: s.links.jitter_ipdv, definition="ipdv"),
            real_line(lambda s, _: s.links.jitter_pdv_p99, definition="pdv_p99"),
        ),
        unit="seconds",
    ),
    Family(
        "bridgewatch_one_way_jitter_seconds",
        "gauge",
        LINK,
        "Smoothed one-way delay variation by direction (RFC 3550), STAMP only.",
        (
            real_line(lambda s, _: s.links.forward_jitter, direction="forward"),
            real_line(lambda s, _: s.links.backward_jitter, direction="backward"),
        ),
        unit="seconds",
    ),
    Family(
        "bridgewatch_one_way_loss_ratio",
        "gauge",
        LINK,
        "Loss of the last window by direction, stateful STAMP reflectors only (RFC 8762).",
        (
            real_line(lambda s, _: s.links.forward_loss, direction="forward"),
            real_line(lambda s, _: s.links.backward_loss, direction="backward"),
        ),
        unit="ratio",
    ),
    Family(
        "bridgewatch_mos_estimate",
        "gauge",
        LINK,
        "Voice quality estimated by the E-model (ITU-T G.107), 1 to 4.5.",
        (real_line(lambda s, _: s.links.mos),),
    ),
)

_STATES: Final = (
    Family(
        "bridgewatch_link_up",
        "gauge",
        LINK,
        "1 while the link carries traffic (up, degraded, suspect), 0 while it cannot be relied on "
        "(down, flapping), absent while that cannot be told (unknown, blind, paused).",
        (count_line(lambda s, _: _UP_OF_STATE[s.links.state]),),
    ),
    Family(
        "bridgewatch_link_state",
        "gauge",
        LINK,
        f"State of the link: {meanings(LinkState)}.",
        (count_line(lambda s, _: s.links.state.astype(np.int64)),),
    ),
    Family(
        "bridgewatch_link_reason",
        "gauge",
        LINK,
        f"Why the link is in its state: {meanings(Reason)}.",
        (count_line(lambda s, _: s.links.reason.astype(np.int64)),),
    ),
    Family(
        "bridgewatch_link_state_since_timestamp_seconds",
        "gauge",
        LINK,
        "When the link entered its state, Unix time.",
        (Line(lambda s, _: s.links.since_wall_ns, instant),),
        unit="seconds",
    ),
    Family(
        "bridgewatch_site_state",
        "gauge",
        SITE,
        f"State of the site by what carries its meeting: {meanings(SiteState)}.",
        (count_line(lambda s, _: s.sites.state.astype(np.int64)),),
    ),
    Family(
        "bridgewatch_site_state_since_timestamp_seconds",
        "gauge",
        SITE,
        "When the site entered its state, Unix time.",
        (Line(lambda s, _: s.sites.since_wall_ns, instant),),
        unit="seconds",
    ),
    Family(
        "bridgewatch_egress_state",
        "gauge",
        EGRESS,
        f"State of this vantage's egress, by its own references: {meanings(EgressState)}.",
        (count_line(lambda s, _: np.fromiter(s.egresses.values(), dtype=np.int64)),),
    ),
)

_INVENTORY: Final = (
    info_family(
        "bridgewatch_link", LINK_INFO, "Names and facts of the link, to be joined on link and vantage."
    ),
    info_family(
        "bridgewatch_site", SITE_INFO, "Names and facts of the site, to be joined on site and vantage."
    ),
)

_CARRIERS: Final = (
    Family(
        "bridgewatch_carrier_rtt_seconds",
        "histogram",
        CARRIER,
        "Round-trip times of all links of a carrier on one network in one province.",
        (
            *map(_bucket, range(len(CARRIER_RTT_BUCKETS) + 1)),
            real_line(lambda s, _: s.carrier_rtt.sums, "_sum"),
            count_line(lambda s, _: s.carrier_rtt.counts.sum(axis=1), "_count"),
        ),
        unit="seconds",
    ),
)


def _phases(snapshot: Snapshot, _: Layout) -> Int64:
    events = snapshot.inventory.events
    return np.fromiter((snapshot.phases.get(event, Phase.NONE) for event in events), dtype=np.int64)


_EVENTS: Final = (
    Family(
        "bridgewatch_event_phase",
        "gauge",
        EVENT,
        f"Phase of the event: {meanings(Phase)}.",
        (count_line(_phases),),
    ),
    info_family("bridgewatch_event", EVENT_INFO, "Name of the event, to be joined on event and vantage."),
    info_family(
        "bridgewatch_event_site",
        EVENT_SITE,
        "Which sites take part in an event that is not over, to be joined on site and vantage.",
    ),
)

FAMILIES: Final = (*_PROBES, *_QUALITY, *_STATES, *_INVENTORY, *USE, *JUDGED, *_CARRIERS, *_EVENTS)
