"""Throughput tests as the API takes and gives them. Rates are bit/s, sizes octets, durations seconds."""

from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import BaseModel, Field

from bridgewatch.adapters.api.forms import Given, Name, Note, RefusedTold
from bridgewatch.adapters.api.times import at
from bridgewatch.model.bandwidth import Direction, Hindrance, Method, Throughput
from bridgewatch.model.commands import Hindered
from bridgewatch.model.desk import LinkTest
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import ThroughputAsked
from bridgewatch.model.phrases import unpacked
from bridgewatch.model.words import Language
from bridgewatch.texts.bandwidth import tell_bandwidth
from bridgewatch.texts.phrases.tell import tell_phrase
from bridgewatch.texts.throughput import throughput_words
from bridgewatch.texts.times import short_moment

WAITING = "waiting"
RUNNING = "running"


class TestsGiven(Given):
    """Tests of links: of those named, of all at or below the sites that are named, and of events' sites."""

    names: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    one: bool = Field(default=False, description="refuse names that mean more than one link")
    carrier: Name | None = Field(default=None, description="only the links of this carrier")
    event: Name | None = Field(default=None, description="only the links of the sites of this event")
    methods: Annotated[list[Method], Field(max_length=3)] | None = Field(
        default=None, description="as each link is configured, unless given"
    )
    directions: Annotated[tuple[Direction, ...], Field(min_length=1, max_length=2)] = (
        Direction.DOWN,
        Direction.UP,
    )
    seconds: Annotated[float, Field(ge=1, le=60)] | None = None
    rate: Annotated[int, Field(ge=64_000)] | None = Field(default=None, description="the most to ask for")
    starts: Name | None = Field(default=None, description="not before; now by default")
    ends: Name | None = Field(default=None, description="what has not begun by then expires")
    lasts: Name | None = Field(default=None, description="instead of `ends`: such as 1m, 8h, 7d")
    note: Note = Field(default="", description="why; a must with `force`")
    force: bool = Field(default=False, description="also in freeze and outside the windows; needs a reason")


class TestsAskedTold(BaseModel):
    """What was taken in, as one plan."""

    plan: str
    actor: str
    tests: list[str]
    refused: list[RefusedTold] = []


class HinderedTold(BaseModel):
    """What a test is kept by."""

    code: Hindrance
    subject: str
    why: str
    until: datetime | None = Field(default=None, description="null: nobody knows")


class LegTold(BaseModel):
    """What is on the link now."""

    direction: Direction
    method: Method
    seconds: float
    octets: int | None
    elapsed: float | None
    rate: float | None


class ResultTold(BaseModel):
    """What one direction came to by one method: payload of the transport over the measured seconds."""

    direction: Direction
    method: Method
    rate: float
    octets: int
    seconds: float
    streams: int
    efficiency: float | None
    base_rtt: float | None
    rtt: float | None
    buffer_delay: float | None
    loss: float | None
    jitter: float | None
    cap: float | None = Field(default=None, description="its box asked for no more, bit/s of IP packets")


class RatesTold(BaseModel):
    """What the contract promised when the test ran, raises included."""

    down: int
    up: int


class TestTold(BaseModel):
    """One throughput test. `stage`: waiting, running, or how it ended."""

    id: str
    link: str
    stage: str
    asked: datetime
    by: str | None = Field(description="null: by itself, as configured")
    note: str
    forced: bool
    plan: str
    methods: list[Method]
    directions: list[Direction]
    seconds: float
    streams: int
    rate: int | None
    earliest: datetime
    latest: datetime
    hindered: HinderedTold | None = None
    began: datetime | None = None
    leg: LegTold | None = None
    results: list[ResultTold] = []
    contract: RatesTold | None = None
    ended: datetime | None = None
    octets: int | None = None
    stopped_by: str | None = None
    detail: str = ""


class TestsTold(BaseModel):
    """Throughput tests: running, then waiting in their order, then the latest that are over, newest first."""

    at: datetime
    tests: list[TestTold]


def hindered_told(hindered: Hindered, language: Language, zone: tzinfo = UTC) -> HinderedTold:
    """What a test is kept by, in words."""
    clause = tell_bandwidth(hindered.hindrance, language)
    until = at(hindered.until_ns, zone) if hindered.until_ns is not None else None
    if until is not None:
        clause = throughput_words(language).until.format(clause, short_moment(until, language))
    why = f"{clause} ({hindered.subject})" if hindered.subject else clause
    return HinderedTold(code=hindered.hindrance, subject=hindered.subject, why=why, until=until)


def test_told(test: LinkTest, inventory: Inventory, zone: tzinfo, language: Language) -> TestTold:
    """A test as JSON."""
    asked, ended = test.asked, test.ended
    told = TestTold(
        id=asked.test,
        link=asked.link,
        stage=_stage(test),
        asked=at(asked.at_ns, zone),
        by=asked.actor,
        note=asked.note,
        forced=asked.forced,
        plan=asked.plan,
        methods=list(asked.methods),
        directions=list(asked.directions),
        seconds=asked.seconds,
        streams=asked.streams,
        rate=asked.rate,
        earliest=at(asked.earliest_ns, zone),
        latest=at(asked.latest_ns, zone),
        hindered=hindered_told(test.hindered, language, zone) if test.hindered is not None else None,
        began=at(test.began_ns, zone) if test.began_ns is not None else None,
        leg=_leg(test),
        results=[_result(result) for result in test.results],
        contract=_contract(asked, ended.at_ns if ended is not None else asked.at_ns, inventory),
    )
    if ended is None:
        return told
    hindrance = Hindered(asked.link, ended.hindrance, ended.subject) if ended.hindrance is not None else None
    return told.model_copy(
        update={
            "ended": at(ended.at_ns, zone),
            "octets": ended.octets,
            "stopped_by": ended.actor,
            "detail": tell_phrase(unpacked(ended.detail), language),
            "hindered": hindered_told(hindrance, language) if hindrance is not None else None,
        }
    )


def _stage(test: LinkTest) -> str:
    if test.ended is not None:
        return test.ended.end
    return WAITING if test.began_ns is None else RUNNING


def _leg(test: LinkTest) -> LegTold | None:
    leg, progress = test.leg, test.progress
    if leg is None:
        return None
    return LegTold(
        direction=leg.direction,
        method=leg.method,
        seconds=leg.seconds,
        octets=progress.octets if progress is not None else None,
        elapsed=progress.seconds if progress is not None else None,
        rate=progress.rate if progress is not None else None,
    )


def _result(result: Throughput) -> ResultTold:
    return ResultTold(**asdict(result), buffer_delay=result.buffer_delay)


def _contract(asked: ThroughputAsked, at_ns: int, inventory: Inventory) -> RatesTold | None:
    link = inventory.links.get(asked.link)
    if link is None or link.contract is None:
        return None
    down, up = (link.contract.rate(direction, at_ns) for direction in (Direction.DOWN, Direction.UP))
    return RatesTold(down=down, up=up)
