"""What is allowed of bandwidth, keys and dial-in, but will disappoint."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from bridgewatch.config.documents.keys import KeysDocument
from bridgewatch.config.errors import KeyPath, Remark
from bridgewatch.config.plan import Segment
from bridgewatch.config.repeats import first_of_many
from bridgewatch.config.survey import Survey
from bridgewatch.core.nearest import nearest
from bridgewatch.core.throughput.terms import ASIDE_SECONDS, rate, seconds
from bridgewatch.model.bandwidth import BandwidthSettings, Direction, InterfaceBy, ThroughputTerms, Window
from bridgewatch.model.inventory import DialInSettings, Link
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.secret import Secret, SecretSource

_DAEMON: Final = "bridgewatch.yaml"
_MINUTES_A_DAY: Final = 24 * 60
_BITS: Final = 8
_MEGA: Final = 1_000_000
_BEFORE_ALL_RAISES: Final = 0
_FEW: Final = 3


class _Place(NamedTuple):
    file: str
    path: KeyPath


def bandwidth_warnings(
    settings: BandwidthSettings, segments: Iterable[Segment], surveys: Mapping[str, Survey]
) -> Iterator[Remark]:
    """Of links whose bandwidth cannot be read, tested or judged as they are written."""
    yield from _idle_routers(surveys)
    links = [
        link
        for segment in segments
        for link in segment.links
        if link.snmp is not None or link.throughput.server is not None
    ]
    if not links:
        return
    wanted = {str(link.id) for link in links}
    places = {
        link.id: _Place(file, link.path)
        for file, survey in surveys.items()
        for link in survey.links
        if link.id in wanted
    }
    for remark in (_stranger, _unjudged, _untestable):
        told = ((link, remark(link, settings)) for link in links)
        yield from first_of_many([_at(places[link.id], said) for link, said in told if said is not None])
    for shared in (_shared_interfaces(links), _shared_servers(links, settings)):
        yield from first_of_many([_at(places[link.id], said) for link, said in shared])


def key_warnings(
    file: str | None, document: KeysDocument, segments: Iterable[Segment], surveys: Mapping[str, Survey]
) -> Iterator[Remark]:
    """Of keys that lie nowhere. `file` is the name of theirs; None: there is none."""
    placed = {str(key.id) for segment in segments for key in segment.keys}
    uses = [(_Place(name, use.path), use.key) for name, survey in surveys.items() for use in survey.keys]
    if file is None:
        text = phrase("no keys.yaml says where a key lies, and this one is asked for")
        yield from first_of_many([Remark(*place, text) for place, key in uses if key not in placed])
    elif document.directory is not None and (there := _files(document.directory)) is not None:
        folder = document.directory.name
        missing = [use for use in uses if use[1] not in there and use[1] not in document.keys]
        near = there if len(missing) <= _FEW else ()  # comparing thousands of names takes seconds
        yield from first_of_many([Remark(*place, _no_file(key, folder, near)) for place, key in missing])


def dial_in_warnings(
    file: str | None, settings: DialInSettings, segments: Iterable[Segment]
) -> Iterator[Remark]:
    """Of sites that dial in where nothing listens. `file` is the name of the daemon's own, if any."""
    if settings.listen:
        return
    count = sum(link.dial_in is not None for segment in segments for link in segment.links)
    if count:
        text = phrase(
            "links of sites that dial in stay unknown without `dialin: {{listen: ...}}`: {count}",
            count=count,
        )
        yield Remark(file or _DAEMON, (), text)


def _at(place: _Place, said: tuple[KeyPath, Phrase]) -> Remark:
    return Remark(place.file, (*place.path, *said[0]), said[1])


def _stranger(link: Link, settings: BandwidthSettings) -> tuple[KeyPath, Phrase] | None:
    snmp = link.snmp
    if snmp is None or snmp.credentials in settings.snmp.credentials:
        return None
    text = phrase(
        "{link} is read with the SNMP credentials `{name}`, which bandwidth.yaml does not have",
        link=link.id,
        name=snmp.credentials,
    )
    return ("snmp",), text


def _unjudged(link: Link, _: BandwidthSettings) -> tuple[KeyPath, Phrase] | None:
    if link.contract is not None:
        return None
    if link.snmp is not None:
        return ("snmp",), phrase("{link} has no contract: how full it is cannot be judged", link=link.id)
    text = phrase("{link} has no contract: whether it delivers what was sold cannot be judged", link=link.id)
    return ("throughput",), text


def _untestable(link: Link, _: BandwidthSettings) -> tuple[KeyPath, Phrase] | None:
    terms = link.throughput
    if terms.server is None:
        return None
    if rate(link, Direction.DOWN, _BEFORE_ALL_RAISES) is None:
        text = phrase("{link} has neither contract nor rate: how much may a test take?", link=link.id)
        return ("throughput",), text
    raises = link.contract.raises if link.contract is not None else ()
    usual = _octets(link, _BEFORE_ALL_RAISES)
    dear = _dear(link, max([usual, *(_octets(link, each.starts_ns) for each in raises)]))
    if dear is not None and usual > terms.octets_per_day:
        return ("throughput",), phrase("{text}: it never runs", text=dear)
    if dear is not None:
        return ("throughput",), phrase("{text}: it does not run while the contract is raised", text=dear)
    if terms.windows and _longest(terms.windows) < _length(terms):
        text = phrase(
            "a test of {link} takes {seconds} s, and no window is that long: it never runs by itself",
            link=link.id,
            seconds=round(_length(terms)),
        )
        return ("throughput",), text
    return None


def _octets(link: Link, now_ns: int) -> float:
    """What a test of both directions takes at most."""
    terms = link.throughput
    rates = sum(rate(link, direction, now_ns) or 0 for direction in Direction)
    return len(terms.methods) * rates * (terms.seconds + ASIDE_SECONDS) / _BITS


def _dear(link: Link, octets: float) -> Phrase | None:
    """That a test takes more than it may, if it does."""
    most = link.throughput.octets_per_day
    if octets <= most:
        return None
    return phrase(
        "a test of {link} takes up to {octets} MB, and `per_day` is {most} MB",
        link=link.id,
        octets=round(octets / _MEGA),
        most=round(most / _MEGA),
    )


def _idle_routers(surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    text = phrase("no link says its interface: nothing is read from this router")
    yield from first_of_many(
        [
            Remark(file, (*site.path, "snmp"), text)
            for file, survey in surveys.items()
            for site in survey.sites
            if site.idle_router
        ]
    )


def _shared_interfaces(links: Iterable[Link]) -> Iterator[tuple[Link, tuple[KeyPath, Phrase]]]:
    """Links whose interface is another link's too."""
    first: dict[tuple[str, int, InterfaceBy, str], Link] = {}
    for link in links:
        if link.snmp is None:
            continue
        snmp = link.snmp
        before = first.setdefault((snmp.host, snmp.port, snmp.by, snmp.interface), link)
        if before is not link:
            text = phrase(
                "the interface {interface} of {host} is that of {link} too",
                interface=snmp.interface,
                host=snmp.host,
                link=before.id,
            )
            yield link, (("snmp",), text)


def _shared_servers(
    links: Iterable[Link], settings: BandwidthSettings
) -> Iterator[tuple[Link, tuple[KeyPath, Phrase]]]:
    """Links whose far end is another link's too, though it has no name that several may use."""
    first: dict[tuple[str, int, str], Link] = {}
    for link in links:
        server = link.throughput.server
        if server is None or server.id in settings.servers:
            continue
        before = first.setdefault((server.host, server.port, server.url), link)
        if before is not link:
            text = phrase("the test server of {link} too: is it behind both?", link=before.id)
            yield link, (("throughput", "server"), text)


def _length(terms: ThroughputTerms) -> float:
    return seconds(terms.methods, tuple(Direction), terms.seconds)


def _longest(windows: Iterable[Window]) -> float:
    """Seconds of the longest; one whose end is not after its start ends the next day."""
    return 60.0 * max((one.ends - one.starts) % _MINUTES_A_DAY or _MINUTES_A_DAY for one in windows)


def _files(directory: Secret) -> frozenset[str] | None:
    """What lies in a directory; None if this machine has none, or whoever asks may not look."""
    if directory.source is not SecretSource.FILE:
        return None
    try:
        return frozenset(path.name for path in Path(directory.name).iterdir())
    except OSError:
        return None


def _no_file(key: str, directory: str, there: Iterable[str]) -> Phrase:
    meant = nearest(key, there)
    if meant is None:
        return phrase("no file {key} in {directory}", key=key, directory=directory)
    return phrase("no file {key} in {directory}, but {meant}", key=key, directory=directory, meant=meant)
