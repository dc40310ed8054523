"""A directory to an inventory, or to every mistake in it. Synchronous; a reload parses what has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from bridgewatch.config.absent import tell_absent_files
from bridgewatch.config.bandwidth.references import check_egress_rates
from bridgewatch.config.bandwidth.warnings import bandwidth_warnings, dial_in_warnings, key_warnings
from bridgewatch.config.build import provinces_of, reference_segment, sites_segment
from bridgewatch.config.documents.bandwidth import BandwidthDocument
from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.carriers import CarriersDocument
from bridgewatch.config.documents.contacts import ContactsDocument
from bridgewatch.config.documents.daemon import DaemonDocument
from bridgewatch.config.documents.events import EventsDocument
from bridgewatch.config.documents.gateways import GatewaysDocument
from bridgewatch.config.documents.keys import KeysDocument
from bridgewatch.config.documents.policies import PoliciesDocument
from bridgewatch.config.documents.profiles import ProfilesDocument
from bridgewatch.config.documents.rosters import RostersDocument
from bridgewatch.config.documents.sites import SitesDocument
from bridgewatch.config.errors import ConfigErrors, Finding, Mark, Problem
from bridgewatch.config.files import list_files
from bridgewatch.config.heartbeats import (
    check_heartbeats,
    is_watchdogs,
    make_heartbeats,
    watchdog_document,
)
from bridgewatch.config.keys import key_segment, used_keys
from bridgewatch.config.locate import Locator
from bridgewatch.config.low_rates import low_rate_warnings
from bridgewatch.config.parse import Parsed, file_of, files_of, names_of, parse_file
from bridgewatch.config.people.choices import Places
from bridgewatch.config.people.references import check_people_references
from bridgewatch.config.people.segments import PeopleFiles, PeopleSegments, people_warnings
from bridgewatch.config.plan import Plan, Segment, make_frame
from bridgewatch.config.references import check_references
from bridgewatch.config.repeats import fold, spread
from bridgewatch.config.settings import Settings, make_settings
from bridgewatch.config.source import Bounds
from bridgewatch.config.survey import Survey
from bridgewatch.config.warnings import file_warnings, warnings_of
from bridgewatch.core.probing.rates import quickest
from bridgewatch.model.inventory import DialInSettings, Inventory
from bridgewatch.model.phrases import phrase

DEFAULT_BOUNDS: Final = Bounds()

_Kind = TypeVar("_Kind", bound=Document)

_REFERENCES: Final = "egresses"


def load(
    directory: Path, bounds: Bounds = DEFAULT_BOUNDS, *, called: Path | None = None, every: bool = False
) -> Inventory:
    """The inventory that the files of `directory` describe. Raises ConfigErrors with all mistakes at once.

    `called` is what errors call the directory, where that is not what it is. `every`: of many warnings that
    say the same, all and not the first with the count.
    """
    return Cache(bounds, called=called, every=every).load(directory)


_NO_SITES = Problem((), phrase("no site in any file"), phrase("at least one site"), mark=Mark(1, 1))


@dataclass(frozen=True, slots=True)
class _Built:
    """A segment and everything it was made of."""

    document: SitesDocument
    settings: Settings
    provinces: tuple[str, ...]
    segment: Segment


class Cache:
    """Remembers parsed files by content and built segments by what went into them."""

    def __init__(
        self, bounds: Bounds = DEFAULT_BOUNDS, *, called: Path | None = None, every: bool = False
    ) -> None:
        self._bounds = bounds
        self._called = called
        self._every = every
        self._parsed: dict[str, Parsed] = {}
        self._built: dict[str, _Built] = {}
        self._references: Segment | None = None  # the paths to the egresses' references
        self._keys: Segment | None = None
        self._people = PeopleSegments()

    def clear(self) -> None:
        """Forget everything."""
        self._parsed, self._built, self._references, self._keys = {}, {}, None, None
        self._people = PeopleSegments()

    def load(self, directory: Path) -> Inventory:
        """As the function of that name."""
        return self.plan(directory).inventory()

    def plan(self, directory: Path) -> Plan:
        """The inventory in parts; a segment that says the same as before is the same object.

        Raises ConfigErrors; what was parsed is remembered all the same.
        """
        files, findings, ignored = list_files(directory)
        before = self._parsed
        self._parsed = {
            file.name: parse_file(directory / file.name, file, before.get(file.name), self._bounds)
            for file in files
        }
        surveys = {name: parsed.survey for name, parsed in self._parsed.items() if parsed.kind == "sites"}
        findings += [
            Finding(name, problem) for name, file in self._parsed.items() for problem in file.problems
        ]
        wrong = {name: frozenset(p.path for p in file.problems) for name, file in self._parsed.items()}
        names = names_of(self._parsed)
        findings += check_references(surveys, names, wrong)
        findings += check_people_references(self._parsed, surveys, names, wrong)
        findings += check_heartbeats(self._parsed)
        findings += check_egress_rates(self._parsed, names)
        sites_expected = not is_watchdogs(self._parsed)
        if sites_expected and not findings and not any(survey.sites for survey in surveys.values()):
            # A file that was emptied by accident must not empty the screens of the NOC.
            findings.append(Finding("sites.d", _NO_SITES))
        if findings:
            findings = fold(tell_absent_files(findings, self._parsed))
            raise ConfigErrors(self._locator(directory).errors(findings))
        return self._build(surveys, directory, ignored)

    def _locator(self, directory: Path) -> Locator:
        return Locator(self._called or directory, lambda name: self._parsed[name].data, self._bounds)

    def _build(self, surveys: Mapping[str, Survey], directory: Path, ignored: Iterable[str]) -> Plan:
        settings = _settings(self._parsed)
        provinces = provinces_of(surveys.values())
        before = self._built
        self._built = {
            name: self._build_one(name, survey, settings, provinces, before.get(name))
            for name, survey in surveys.items()
        }
        links = (link for built in self._built.values() for link in built.segment.links)
        references = reference_segment(_REFERENCES, settings, quickest(links))
        self._references = _kept(references, self._references)
        keys = _document(file_of(self._parsed, "keys"), KeysDocument)
        fresh = key_segment(keys, used_keys(surveys.values(), self._parsed))
        self._keys = _kept(fresh, self._keys)
        people = _people(self._parsed)
        places = Places(surveys.values() if people.events else ())
        segments = (
            self._references,
            self._keys,
            *(built.segment for built in self._built.values()),
            *self._people.build(people, settings.timezone, places),
        )
        names = {file.kind: name for name, file in self._parsed.items()}
        daemon = _document(file_of(self._parsed, "bridgewatch"), DaemonDocument)
        dial_in = daemon.dialin.settings() if daemon.dialin is not None else DialInSettings()
        probing = (
            [] if people.watchdogs else warnings_of(settings, segments, surveys, names.get("bridgewatch"))
        )
        remarks = [
            *probing,
            *bandwidth_warnings(settings.bandwidth, segments, surveys),
            *key_warnings(names.get("keys"), keys, segments, surveys),
            *dial_in_warnings(names.get("bridgewatch"), dial_in, segments),
            *low_rate_warnings(self._parsed, segments, surveys),
            *people_warnings(people, segments, places, names),
            *file_warnings(ignored),
        ]
        warnings = self._locator(directory).warnings(spread(remarks, every=self._every))
        heartbeats = make_heartbeats(daemon, watchdog_document(self._parsed))
        frame = make_frame(
            settings,
            people.directory(),
            heartbeats,
            daemon.store.settings(),
            dial_in,
            segments,
            warnings,
        )
        return Plan(frame, segments)

    def _build_one(
        self,
        name: str,
        survey: Survey,
        settings: Settings,
        provinces: Mapping[str, str],
        before: _Built | None,
    ) -> _Built:
        document = _document(self._parsed[name], SitesDocument)
        own = tuple(provinces[site.id] for site in survey.sites)
        if before and before.document is document and (before.provinces, before.settings) == (own, settings):
            return before
        segment = sites_segment(name, document, settings, provinces)
        return _Built(document, settings, own, _kept(segment, before.segment if before else None))


def _kept(segment: Segment, before: Segment | None) -> Segment:
    """`before` if it says the same: what is the same object need not be sent or compared again."""
    return before if before is not None and before == segment else segment


def _settings(files: Mapping[str, Parsed]) -> Settings:
    carriers = file_of(files, "carriers")
    return make_settings(
        _document(file_of(files, "bridgewatch"), DaemonDocument),
        _document(carriers, CarriersDocument) if carriers.document is not None else None,
        _document(file_of(files, "profiles"), ProfilesDocument),
        _document(file_of(files, "bandwidth"), BandwidthDocument),
    )


def _people(files: Mapping[str, Parsed]) -> PeopleFiles:
    return PeopleFiles(
        gateways=_document(file_of(files, "gateways"), GatewaysDocument),
        policies=_document(file_of(files, "policies"), PoliciesDocument),
        contacts={n: _document(p, ContactsDocument) for n, p in files_of(files, "contacts").items()},
        rosters={n: _document(p, RostersDocument) for n, p in files_of(files, "rosters").items()},
        events={n: _document(p, EventsDocument) for n, p in files_of(files, "events").items()},
        public_url=_document(file_of(files, "bridgewatch"), DaemonDocument).public_url,
        watchdogs=is_watchdogs(files),
    )


def _document(parsed: Parsed, kind: type[_Kind]) -> _Kind:
    """The document of a file that has no problems; an absent file says nothing."""
    if parsed.document is None:
        return kind()
    if not isinstance(parsed.document, kind):
        raise TypeError(f"a document of {kind.__name__} was expected")
    return parsed.document
