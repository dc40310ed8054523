"""Events, as the model has them: their sites resolved, their times as instants."""

from bridgewatch.config.documents.events import (
    ChoiceDocument,
    EventDocument,
    EventPhasesDocument,
    EventsDocument,
    PhaseDocument,
)
from bridgewatch.config.people.choices import Choice, Places
from bridgewatch.config.times import instant_ns
from bridgewatch.model.calendar import Event, PhaseSettings, Wave
from bridgewatch.model.ids import EventId, PolicyId, SiteId
from bridgewatch.model.paging import Phase

_SPANS = ("freeze", "check", "overrun", "report")


def make_events(document: EventsDocument, zone: str, places: Places) -> tuple[Event, ...]:
    """The events of one file, in its order. `zone`: of times that have no offset of their own."""
    return tuple(_event(EventId(name), event, zone, places) for name, event in document.events.items())


def _event(name: EventId, document: EventDocument, zone: str, places: Places) -> Event:
    sites = [Choice()] if isinstance(document.sites, str) else [_choice(one) for one in document.sites]
    excepted = [_choice(one) for one in document.except_ or ()]
    spans = {f"{span}_ns": getattr(document, span) for span in _SPANS}
    return Event(
        id=name,
        name=document.name,
        sites=tuple(map(SiteId, places.chosen(sites, excepted))),
        starts_ns=instant_ns(document.starts, zone),
        ends_ns=instant_ns(document.ends, zone),
        draft=document.draft,
        cancelled=document.cancelled,
        carried_by=document.carried_by,
        contacts_due_ns=instant_ns(document.contacts_due, zone) if document.contacts_due else None,
        waves=tuple(
            Wave(key, wave.name, instant_ns(wave.starts, zone), instant_ns(wave.ends, zone))
            for key, wave in document.waves.items()
        ),
        settings=_settings(document.phases),
        room=document.room,
        hubs=tuple(map(SiteId, document.hubs)),
        **{key: round(seconds * 1e9) for key, seconds in spans.items() if seconds is not None},
    )


def _choice(document: str | ChoiceDocument) -> Choice:
    if isinstance(document, str):
        return Choice(site=document)
    return Choice(None, document.area, document.level, document.carrier)


def _settings(document: EventPhasesDocument) -> dict[Phase, PhaseSettings]:
    stated: dict[Phase, PhaseDocument | None] = {
        phase: getattr(document, phase.name.lower(), None) for phase in Phase
    }
    return {phase: _phase(one) for phase, one in stated.items() if one is not None}


def _phase(document: PhaseDocument) -> PhaseSettings:
    policy = PolicyId(document.policy) if document.policy is not None else None
    return PhaseSettings(document.interval, document.profile, policy)
