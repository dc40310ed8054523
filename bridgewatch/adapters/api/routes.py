"""The table of the API: what may be asked, by whom, with what, for what. It routes and documents in one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from bridgewatch.adapters.api.bearers import Caller, Right
from bridgewatch.adapters.api.forms import (
    AnswerGiven,
    ExtendGiven,
    IncidentsTold,
    IncidentTold,
    KeysTold,
    OutcomeTold,
    PastTold,
    ResolveGiven,
    SilenceGiven,
    StoryTold,
)
from bridgewatch.adapters.api.silence_forms import SilencesTold
from bridgewatch.adapters.api.throughput_forms import TestsAskedTold, TestsGiven, TestsTold, TestTold
from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood. `body` is an instance of its route's form."""

    caller: Caller
    actor: str
    language: Language
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None


Handler = Callable[[Call], Awaitable[BaseModel]]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. `local`: over the control socket only."""

    operation: str
    method: str
    path: str
    right: Right
    summary: str
    told: type[BaseModel]
    given: type[BaseModel] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    local: bool = False


ROUTES: Final = (
    Route(
        "listIncidents",
        "GET",
        "/incidents",
        Right.READ,
        "Incidents that are not over, the most urgent first",
        IncidentsTold,
        query={"all": "1: the latest that are over too"},
    ),
    Route(
        "listPast",
        "GET",
        "/past",
        Right.READ,
        "Incidents of a time, however long they are over, the latest first",
        PastTold,
        query={
            "since": "those that were not over before, local to the daemon's zone",
            "until": "those that began before",
            "most": "how many, 50 unless it is said, 1000 at most",
        },
    ),
    Route("readIncident", "GET", "/incidents/{incident}", Right.READ, "One incident", IncidentTold),
    Route(
        "readStory",
        "GET",
        "/incidents/{incident}/story",
        Right.READ,
        "Everything about one incident in order: evidence, decisions, pages, deliveries, answers",
        StoryTold,
    ),
    Route(
        "acknowledge",
        "POST",
        "/incidents/{incident}/acknowledge",
        Right.ANSWER,
        "Somebody has it: the escalation stops",
        OutcomeTold,
        AnswerGiven,
    ),
    Route(
        "askHelp",
        "POST",
        "/incidents/{incident}/help",
        Right.ANSWER,
        "Somebody needs help: the next step goes now",
        OutcomeTold,
        AnswerGiven,
    ),
    Route(
        "decline",
        "POST",
        "/incidents/{incident}/decline",
        Right.ANSWER,
        "A contact says that it is not theirs: they are not called for it again",
        OutcomeTold,
        AnswerGiven,
    ),
    Route(
        "resolve",
        "POST",
        "/incidents/{incident}/resolve",
        Right.ANSWER,
        "It is over, whatever is measured",
        OutcomeTold,
        ResolveGiven,
    ),
    Route("listSilences", "GET", "/silences", Right.READ, "Silences that hold or are to come", SilencesTold),
    Route(
        "setSilence", "POST", "/silences", Right.SILENCE, "Announce planned work", OutcomeTold, SilenceGiven
    ),
    Route("liftSilence", "DELETE", "/silences/{silence}", Right.SILENCE, "It ends now", OutcomeTold),
    Route("closeEvent", "POST", "/events/{event}/close", Right.ALL, "A live event is over", OutcomeTold),
    Route(
        "extendEvent",
        "POST",
        "/events/{event}/extend",
        Right.ALL,
        "A live event ends later",
        OutcomeTold,
        ExtendGiven,
    ),
    Route(
        "listTests",
        "GET",
        "/tests",
        Right.READ,
        "Throughput tests: those that run, those that wait, and the latest that are over",
        TestsTold,
        query={"of": "names of links or sites, with commas", "plan": "only those of this plan"},
    ),
    Route("readTest", "GET", "/tests/{test}", Right.READ, "One throughput test", TestTold),
    Route(
        "askTests",
        "POST",
        "/tests",
        Right.ALL,
        "Have links tested as soon as nothing is in the way",
        TestsAskedTold,
        TestsGiven,
    ),
    Route(
        "cancelTests",
        "DELETE",
        "/tests",
        Right.ALL,
        "Stop the tests of a plan, or never begin them",
        OutcomeTold,
        query={"plan": "the plan; a must"},
    ),
    Route(
        "cancelTest",
        "DELETE",
        "/tests/{test}",
        Right.ALL,
        "Stop one test, or never begin it",
        OutcomeTold,
    ),
    Route(
        "rotateKeys",
        "POST",
        "/keys/rotate",
        Right.ALL,
        "Sign links with a new key",
        KeysTold,
        query={"forget": "1: links that are out open no longer"},
        local=True,
    ),
)
