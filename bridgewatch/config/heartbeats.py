"""Heartbeats in the configuration: who is told of this daemon, or whose heartbeats a watchdog awaits."""

from collections.abc import Iterator, Mapping
from typing import Final

from bridgewatch.config.documents.daemon import DaemonDocument
from bridgewatch.config.documents.watchdog import WatchdogDocument
from bridgewatch.config.errors import Finding, Mark, Problem
from bridgewatch.config.parse import Parsed, declared, file_of, files_of
from bridgewatch.config.survey import mapping_of
from bridgewatch.model.heartbeats import Heartbeats, Watchdog
from bridgewatch.model.phrases import phrase

KIND: Final = "watchdog"
_OUT_OF_PLACE: Final = {
    "sites": (
        phrase("sites beside watchdog.yaml"),
        phrase("a directory of its own: that of a watchdog has no sites"),
    ),
    "events": (
        phrase("events beside watchdog.yaml"),
        phrase("a directory of its own: that of a watchdog has no events"),
    ),
}
_PAGES_NOBODY: Final = Problem(
    (),
    phrase("a watchdog and no contacts"),
    phrase("contacts.yaml with whom it pages, and a `catch_all`"),
    mark=Mark(1, 1),
)


def is_watchdogs(files: Mapping[str, Parsed]) -> bool:
    """Whether the directory is one of a watchdog, which has no sites."""
    return bool(files_of(files, KIND))


def check_heartbeats(files: Mapping[str, Parsed]) -> Iterator[Finding]:
    """Findings for what a watchdog's directory cannot have."""
    if not is_watchdogs(files):
        return
    for kind, (found, expected) in _OUT_OF_PLACE.items():
        for name in files_of(files, kind):
            yield Finding(name, Problem((), found, expected, mark=Mark(1, 1)))
    for name, parsed in files_of(files, "bridgewatch").items():
        if KIND in mapping_of(parsed.root):
            found, expected = phrase("a watchdog of a watchdog"), phrase("nothing: it sends no heartbeats")
            yield Finding(name, Problem((KIND,), found, expected))
    if declared(files, "contacts") == frozenset():
        yield Finding(next(iter(files_of(files, KIND))), _PAGES_NOBODY)


def make_heartbeats(daemon: DaemonDocument, watchdog: WatchdogDocument | None) -> Heartbeats:
    """What the two documents say; `watchdog` is None where there is no such file."""
    watchdogs = tuple(Watchdog(one.url, one.key, one.every) for one in daemon.watchdogs())
    if watchdog is None:
        return Heartbeats(watchdogs)
    return Heartbeats(watchdogs, {name: one.key for name, one in watchdog.daemons.items()}, watchdog.after)


def watchdog_document(files: Mapping[str, Parsed]) -> WatchdogDocument | None:
    """The document of watchdog.yaml, None where there is no such file."""
    document = file_of(files, KIND).document
    return document if isinstance(document, WatchdogDocument) else None
