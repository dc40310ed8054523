"""What every site shares: the daemon's own settings, carriers and profiles, resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bridgewatch.config.bandwidth.settings import make_bandwidth
from bridgewatch.config.defaults import DEFAULT_EGRESS, SHIPPED_PROFILES
from bridgewatch.config.documents.bandwidth import BandwidthDocument
from bridgewatch.config.documents.carriers import CarriersDocument
from bridgewatch.config.documents.daemon import DaemonDocument, DefaultsDocument, EgressDocument
from bridgewatch.config.documents.profiles import (
    DelayThresholdDocument,
    ProfileDocument,
    ProfilesDocument,
    RatioThresholdDocument,
)
from bridgewatch.config.documents.targets import DialInTarget, IcmpTarget, StampTarget, TargetDocument
from bridgewatch.config.documents.throughput import TermsDocument
from bridgewatch.config.hosts import family_of
from bridgewatch.model.bandwidth import BandwidthSettings
from bridgewatch.model.ids import CarrierId, EgressId, KeyId
from bridgewatch.model.inventory import Carrier, Egress, Limits, Profile, Target, Threshold
from bridgewatch.model.words import AdministrativeModel, Family, Network, ProbeKind


@dataclass(frozen=True, slots=True)
class Settings:
    """Two equal settings make the same links of the same file. `carriers` None: whatever the links name."""

    vantage: str
    model: AdministrativeModel
    timezone: str
    limits: Limits
    defaults: DefaultsDocument
    egresses: Mapping[EgressId, Egress]
    profiles: Mapping[str, Profile]
    carriers: Mapping[CarrierId, Carrier] | None
    bandwidth: BandwidthSettings = field(default_factory=BandwidthSettings)
    tests: TermsDocument = field(default_factory=TermsDocument)

    def networks_by_egress(self) -> dict[str, frozenset[Network]]:
        """What `names.egress_of` chooses from."""
        return {str(name): egress.networks for name, egress in self.egresses.items()}


def make_settings(
    daemon: DaemonDocument,
    carriers: CarriersDocument | None,
    profiles: ProfilesDocument,
    bandwidth: BandwidthDocument,
) -> Settings:
    """Resolve the documents; `carriers` is None where there is no such file."""
    egresses = [_egress(name, document) for name, document in daemon.egresses.items()] or [DEFAULT_EGRESS]
    named = (
        {CarrierId(n): Carrier(CarrierId(n), c.name) for n, c in carriers.carriers.items()}
        if carriers
        else None
    )
    limits = daemon.limits
    return Settings(
        vantage=daemon.vantage,
        model=daemon.administrative_model,
        timezone=daemon.timezone,
        limits=Limits(
            limits.sends_per_second, limits.in_flight, limits.suspect_probes_per_second, limits.tmax
        ),
        defaults=daemon.defaults,
        egresses={egress.id: egress for egress in egresses},
        profiles=SHIPPED_PROFILES | {n: _profile(n, p) for n, p in profiles.profiles.items()},
        carriers=named,
        bandwidth=make_bandwidth(bandwidth),
        tests=bandwidth.tests,
    )


def make_target(document: TargetDocument) -> Target | None:
    """A target as the prober wants it; None for a site that dials in."""
    match document:
        case str():
            return Target(document, ProbeKind.ICMP, document, family=family_of(document))
        case IcmpTarget():
            family = document.family or family_of(document.icmp)
            return Target(document.icmp, ProbeKind.ICMP, document.icmp, family=family)
        case StampTarget(stamp=socket):
            family = document.family or family_of(socket.host)
            return Target(
                str(socket),
                ProbeKind.STAMP if document.key is None else ProbeKind.STAMP_AUTHENTICATED,
                socket.host,
                socket.port,
                family=family,
                stateful=document.stateful,
                key=KeyId(document.key) if document.key is not None else None,
            )
        case DialInTarget():
            return None


def _egress(name: str, document: EgressDocument) -> Egress:
    sources = {family_of(source): source for source in document.sources()}
    return Egress(
        id=EgressId(name),
        networks=frozenset(document.networks),
        interface=document.interface,
        source_v4=sources.get(Family.V4),
        source_v6=sources.get(Family.V6),
        references=tuple(t for reference in document.references if (t := make_target(reference)) is not None),
    )


def _profile(name: str, document: ProfileDocument) -> Profile:
    base = SHIPPED_PROFILES.get(name, SHIPPED_PROFILES["conference"])
    return replace(
        base,
        name=name,
        rtt=_threshold(document.rtt, base.rtt),
        jitter=_threshold(document.jitter, base.jitter),
        pdv=_threshold(document.pdv, base.pdv),
        loss=_threshold(document.loss, base.loss),
    )


def _threshold(
    document: DelayThresholdDocument | RatioThresholdDocument | None, base: Threshold
) -> Threshold:
    return Threshold(document.warn, document.critical) if document else base
