"""Snapshots of as many links as one likes, with every state, absence and oddity a real one may hold."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bridgewatch.core.dialin.sessions import Refusal
from bridgewatch.model.bandwidth import Contract
from bridgewatch.model.desk import Stage
from bridgewatch.model.heartbeats import Answered, Heard
from bridgewatch.model.ids import (
    CarrierId,
    ContactId,
    EgressId,
    GatewayId,
    IncidentId,
    LinkId,
    SiteId,
    link_id,
)
from bridgewatch.model.inventory import (
    Carrier,
    Egress,
    Inventory,
    Limits,
    Link,
    Profile,
    Site,
    Target,
)
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.paging import Delivery, FaultKind, Urgency, Why
from bridgewatch.model.snapshot import (
    CARRIER_RTT_BUCKETS,
    LATENESS_BUCKETS,
    QUANTILES,
    CalledIn,
    CarrierRtt,
    ConfigStats,
    DialInStats,
    LinkColumns,
    LostContact,
    OpenIncident,
    PagingSnapshot,
    PeopleStats,
    SelfStats,
    SiteColumns,
    Snapshot,
)
from bridgewatch.model.words import (
    Access,
    AdministrativeModel,
    CarriedBy,
    EgressState,
    Level,
    LinkState,
    Network,
    ProbeKind,
    Reason,
    SiteKind,
    SiteState,
)

WALL_NS = 1_790_000_000_123_456_789  # September 2026
NATIONAL_LINKS = 22_726
_CARRIERS = (
    ("vnpt", "VNPT"),
    ("viettel", "Viettel"),
    ("fpt", "FPT"),
    ("mobifone", "MobiFone"),
    ("cmc", "CMC"),
)
_SITES_PER_PROVINCE = 180
_CAUSE = {
    LinkState.UNKNOWN: Reason.NOT_YET_PROBED,
    LinkState.UP: Reason.ANSWERED,
    LinkState.DEGRADED: Reason.LOSS,
    LinkState.SUSPECT: Reason.SILENT,
    LinkState.DOWN: Reason.SILENT_WITH_WITNESS,
    LinkState.FLAPPING: Reason.FLAPS,
    LinkState.BLIND: Reason.NO_WITNESS,
    LinkState.PAUSED: Reason.PAUSED_BY_OPERATOR,
}


def synthetic_snapshot(
    links: int, *, generation: int = 1, seed: int = 1, healthy: bool = False, one_way: bool = True
) -> Snapshot:
    """A snapshot of `links` links, two per site, the first of each province at its province site.

    Unless `healthy`, states go round all that exist, and links in a state without measurements have none.
    `one_way` gives every third link the one-way series of a stateful STAMP reflector.
    """
    inventory = synthetic_inventory(links)
    rng = np.random.default_rng(seed)
    states = np.full(links, LinkState.UP, np.uint8) if healthy else _all_round(LinkState, links)
    columns = _link_columns(rng, states, one_way=one_way)
    site_count = len(inventory.sites)
    site_states = (
        np.full(site_count, SiteState.OK, np.uint8) if healthy else _all_round(SiteState, site_count)
    )
    return Snapshot(
        generation=generation,
        wall_ns=WALL_NS,
        inventory=inventory,
        links=columns,
        sites=SiteColumns(site_states, WALL_NS - rng.integers(1, 10**13, site_count)),
        egresses={"wan": EgressState.OK, "internet": EgressState.OK if healthy else EgressState.DARK},
        carrier_rtt=_carrier_rtt(rng, inventory),
        self_stats=_self_stats(links),
        config=ConfigStats(
            loaded_wall_ns=WALL_NS - 3_600_000_000_000,
            ok=healthy,
            seconds=0.21,
            reloads_ok=3,
            reloads_failed=0 if healthy else 1,
            errors=()
            if healthy
            else (ConfigError("sites.d/gia-lai.yaml", 3, 9, "sites[0].level", "'xa'", "commune"),),
        ),
        people=_people(healthy=healthy),
        watchdogs=(_heard(healthy=healthy),),
    )


def with_calls(
    snapshot: Snapshot, calls: Mapping[LinkId, CalledIn] | None = None, *, sessions: int = 1
) -> Snapshot:
    """The snapshot where boxes call, or where any could."""
    refused = dict.fromkeys(map(str, Refusal), 0) | {"replayed": 4}
    return replace(snapshot, dial_in=DialInStats(sessions, 2, refused, calls or {}))


def _heard(*, healthy: bool) -> Heard:
    """A watchdog that accepts heartbeats, or has accepted none for a quarter of an hour."""
    answered = Answered.ACCEPTED if healthy else Answered.FAILED
    age = 10 if healthy else 900
    return Heard("https://watchdog.example", answered, "", WALL_NS - age * 10**9, {answered: 4})


def _people(*, healthy: bool) -> PeopleStats:
    """The people's side: idle, or with everything wrong that can be."""
    mail, sms = GatewayId("thu-dien-tu"), GatewayId("tin-nhan")
    incident = OpenIncident(
        IncidentId("INC-1"),
        "K7F2",
        FaultKind.LINK,
        "tinh00-xa001/wan",
        Urgency.DARK,
        Stage.CALLING,
        WALL_NS,
        1,
        1,
        step=1,
    )
    return PeopleStats(
        paging=PagingSnapshot(
            wall_ns=WALL_NS,
            incidents=() if healthy else (incident,),
            phases={},
            silences=(),
            notifications={(mail, Delivery.DELIVERED): 4, (sms, Delivery.FAILED): 2},
            dead_letters=0 if healthy else 1,
            outbox_depth=0 if healthy else 3,
            outbox_oldest_ns=None if healthy else WALL_NS - 400 * 10**9,
            gateways={mail: None, sms: None if healthy else Why.GATEWAY_FAILING},
            lost=() if healthy else (LostContact(ContactId("truc"), WALL_NS - 60 * 10**9, 2),),
        ),
        turn_age=1.0 if healthy else 90.0,
        failures=0,
        roster_gaps=0 if healthy else 2,
        store_working=healthy,
        spooled=0 if healthy else 7,
        spool_used=0.0 if healthy else 0.01,
        unstored=0,
        stuck={mail: 0, sms: 0 if healthy else 1},
        answers={"shown": 3, "accepted": 1},
        inbound={("tin-nhan", "taken"): 1},
        history_rows=1_000,
        history_rows_lost=0,
        history_octets=123_456,
    )


def synthetic_inventory(links: int) -> Inventory:
    """Sites of invented provinces, each with a WAN and an Internet link."""
    sites: dict[SiteId, Site] = {}
    made: dict[LinkId, Link] = {}
    for number in range((links + 1) // 2):
        site, its_links = _site(number, min(2, links - 2 * number))
        sites[site.id] = site
        made.update({link.id: link for link in its_links})
    return Inventory(
        vantage="noc-1",
        model=AdministrativeModel.TWO_TIER,
        timezone="Asia/Ho_Chi_Minh",
        limits=Limits(),
        egresses={
            EgressId("wan"): Egress(EgressId("wan"), frozenset({Network.WAN})),
            EgressId("internet"): Egress(EgressId("internet"), frozenset({Network.INTERNET})),
        },
        carriers={CarrierId(key): Carrier(CarrierId(key), name) for key, name in _CARRIERS},
        sites=sites,
        links=made,
        paths=(),
    )


def with_columns(snapshot: Snapshot, **columns: Any) -> Snapshot:
    """The same snapshot with some link columns replaced."""
    return replace(snapshot, links=replace(snapshot.links, **columns))


def _site(number: int, link_count: int) -> tuple[Site, list[Link]]:
    province_number, place = divmod(number, _SITES_PER_PROVINCE)
    province = SiteId(f"tinh{province_number:02}-ubnd")
    hub = place == 0
    site_id = province if hub else SiteId(f"tinh{province_number:02}-xa{place:03}")
    links = [_link(site_id, number, network) for network in (Network.WAN, Network.INTERNET)[:link_count]]
    site = Site(
        id=site_id,
        name=f"Điểm cầu UBND {'tỉnh' if hub else 'xã'} số {number}",
        level=Level.PROVINCE if hub else Level.COMMUNE,
        kind=SiteKind.ROOM,
        province=province,
        carried_by=CarriedBy.WAN,
        unit=f"{province_number:02}" if hub else f"{20000 + number:05}",
        parent=None if hub else province,
        links=tuple(link.id for link in links),
    )
    return site, links


def _link(site: SiteId, number: int, network: Network) -> Link:
    wan = network is Network.WAN
    carrier = _CARRIERS[(number + (0 if wan else 1)) % len(_CARRIERS)][0]
    host = f"192.0.2.{number % 254 + 1}" if wan else f"203.0.113.{number % 254 + 1}"
    return Link(
        id=link_id(site, network),
        site=site,
        name=network,
        network=network,
        carrier=CarrierId(carrier),
        egress=EgressId(network),
        profile=Profile("conference"),
        targets=(Target(host, ProbeKind.ICMP, host),),
        access=None if wan else Access.FIXED,
        circuit=f"TSLCD-{number:05}" if wan else None,
        contract=Contract(20_000_000, 20_000_000) if wan else Contract(100_000_000, 50_000_000),
    )


def _all_round(states: type[LinkState | SiteState], count: int) -> np.ndarray:
    return np.resize(np.array(list(states), np.uint8), count)


def _link_columns(rng: np.random.Generator, states: np.ndarray, *, one_way: bool) -> LinkColumns:
    links = len(states)
    measured = np.isin(states, (LinkState.UP, LinkState.DEGRADED, LinkState.SUSPECT, LinkState.FLAPPING))
    stateful = measured & (np.arange(links) % 3 == 0) & one_way
    degraded = states == LinkState.DEGRADED

    def real(low: float, high: float, where: np.ndarray = measured) -> np.ndarray:
        return np.where(where, rng.uniform(low, high, links), np.nan)

    def count(high: int) -> np.ndarray:
        return rng.integers(0, high, links, dtype=np.int64)

    base = rng.uniform(0.002, 0.08, links)
    rtt = base[:, None] * np.array([1.1, 1.4, 1.9])[: len(QUANTILES)]
    rtt[~measured] = np.nan
    received = count(10**7)
    return LinkColumns(
        sent=received + 1000,
        received=received,
        lost=count(1000),
        late=count(50),
        unreachable=count(20),
        duplicate=count(5),
        reordered=count(5),
        local_error=count(3),
        loss_ratio=np.where(measured, np.where(degraded, 0.04, 0.0), np.nan),
        loss_burst=np.where(measured, rng.integers(0, 4, links).astype(float), np.nan),
        rtt=rtt,
        rtt_sum=received * base,
        rtt_count=received.copy(),
        rtt_min=np.where(measured, base, np.nan),
        jitter_rfc3550=real(0.0001, 0.02),
        jitter_ipdv=real(0.0001, 0.02),
        jitter_pdv_p99=real(0.0005, 0.05),
        forward_jitter=real(0.0001, 0.01, stateful),
        backward_jitter=real(0.0001, 0.01, stateful),
        forward_loss=real(0.0, 0.01, stateful),
        backward_loss=real(0.0, 0.01, stateful),
        mos=real(2.5, 4.4),
        state=states,
        reason=np.array([_CAUSE[LinkState(state)] for state in states], np.uint8),
        since_wall_ns=WALL_NS - rng.integers(1, 10**13, links),
    )


def _carrier_rtt(rng: np.random.Generator, inventory: Inventory) -> CarrierRtt:
    groups = sorted(
        {
            (link.carrier, link.network.value, inventory.sites[link.site].province)
            for link in inventory.links.values()
        }
    )
    counts = rng.integers(0, 10**6, (len(groups), len(CARRIER_RTT_BUCKETS) + 1), dtype=np.int64)
    return CarrierRtt(tuple(groups), counts, rng.uniform(0, 10**6, len(groups)))


def _self_stats(links: int) -> SelfStats:
    return SelfStats(
        started_wall_ns=WALL_NS - 86_400_000_000_000,
        engine="batch, raw sockets",
        paths=links,
        in_flight=links // 20,
        probes_due=86_400 * links,
        sends_deferred=12,
        intervals_skipped=3,
        send_lateness_p99=0.0081,
        send_lateness_max=0.062,
        lateness_counts=np.arange(1, len(LATENESS_BUCKETS) + 2, dtype=np.int64) * 1000,
        lateness_sum=123.5,
        loop_lag_max=0.011,
        receive_overflows=0,
        unmatched=7,
        unauthentic=3,
        slowdown=1.0,
        suspect_budget_used=0.125,
        clock_steps=1,
    )
