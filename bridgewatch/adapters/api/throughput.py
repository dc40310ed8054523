"""What the API does about throughput tests."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from bridgewatch.adapters.api.forms import OutcomeTold, RefusedTold
from bridgewatch.adapters.api.refusals import RefusedError, refused_told
from bridgewatch.adapters.api.routes import Call, Handler
from bridgewatch.adapters.api.throughput_forms import (
    TestsAskedTold,
    TestsGiven,
    TestsTold,
    TestTold,
    hindered_told,
    test_told,
)
from bridgewatch.adapters.api.times import at, parse_instant, parse_span, parse_start
from bridgewatch.core.naming import name
from bridgewatch.core.throughput.choose import choose
from bridgewatch.model.commands import AskThroughput, CancelThroughput, Refusal, Verdict
from bridgewatch.model.desk import Desk, LinkTest
from bridgewatch.model.ids import CarrierId, EventId, LinkId, TestId
from bridgewatch.model.log import ThroughputAsked
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.words import Language
from bridgewatch.texts.times import zone_of

_WITHIN: Final = "1d"  # a test that may not begin within this expires, unless somebody says otherwise
_LISTED: Final = 6  # links that are named where one is wanted


class ThroughputService:
    """The handlers by their operations. They raise RefusedError, and ValueError with a message for people."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.handlers: Final[Mapping[str, Handler]] = {
            "listTests": self.list_tests,
            "readTest": self.read_test,
            "askTests": self.ask_tests,
            "cancelTests": self.cancel_tests,
            "cancelTest": self.cancel_test,
        }

    async def list_tests(self, call: Call) -> TestsTold:
        """Tests of some links or all."""
        named = [each for each in call.query.get("of", "").split(",") if each]
        links = await self._links(named, None, None, call.language) if named else None
        plan = call.query.get("plan", "")
        tests = [test for test in await self._desk.tests(links) if plan in ("", test.asked.plan)]
        told = await asyncio.to_thread(self._told, tests, call.language)
        return TestsTold(at=at(self._desk.now_ns(), self._zone), tests=told)

    async def read_test(self, call: Call) -> TestTold:
        """One test."""
        test = await self._desk.test(TestId(call.path["test"]))
        if test is None:
            raise RefusedError([await refused_told(call.path["test"], Refusal.UNKNOWN_TEST, call.language)])
        return test_told(test, self._desk.inventory, self._zone, call.language)

    async def ask_tests(self, call: Call) -> TestsAskedTold:
        """Take tests in."""
        given: TestsGiven = call.body
        if not (given.names or given.carrier or given.event):
            raise ValueError(phrase("say of what: links, sites, a carrier or an event"))
        links = await self._links(given.names, given.carrier, given.event, call.language)
        if given.one and len(links) > 1:
            raise ValueError(_several(given.names, links))
        now_ns = self._desk.now_ns()
        starts_ns = parse_start(given.starts, now_ns, self._zone) if given.starts else now_ns
        if given.ends is not None:
            ends_ns = parse_instant(given.ends, self._zone, after_ns=starts_ns)
        else:
            ends_ns = starts_ns + parse_span(given.lasts or _WITHIN)
        plan = name("p", now_ns)
        verdict = await self._desk.command(
            AskThroughput(
                actor=call.actor,
                links=links,
                earliest_ns=starts_ns,
                latest_ns=ends_ns,
                methods=tuple(given.methods) if given.methods is not None else None,
                directions=tuple(given.directions),
                seconds=given.seconds,
                rate=given.rate,
                note=given.note,
                forced=given.force,
                plan=plan,
            )
        )
        refused = await self._refused(verdict, call.language)
        asked = [
            entry.test
            for entry in verdict.entries
            if isinstance(entry, ThroughputAsked) and entry.plan == plan
        ]
        if refused and not asked:
            raise RefusedError(refused)
        return TestsAskedTold(plan=plan, actor=call.actor, tests=list(asked), refused=refused)

    async def cancel_test(self, call: Call) -> OutcomeTold:
        """Stop one test, or never begin it."""
        return await self._cancel(call, (TestId(call.path["test"]),))

    async def cancel_tests(self, call: Call) -> OutcomeTold:
        """Stop all tests of a plan, or never begin them."""
        plan = call.query.get("plan", "")
        if not plan:
            raise ValueError(phrase("say which plan: its tests bear its name"))
        tests = await self._desk.tests()
        wanted = [test.asked.test for test in tests if test.ended is None and test.asked.plan == plan]
        if not wanted:
            raise RefusedError([await refused_told(plan, Refusal.UNKNOWN_TEST, call.language)])
        return await self._cancel(call, tuple(wanted))

    async def _cancel(self, call: Call, tests: tuple[TestId, ...]) -> OutcomeTold:
        verdict = await self._desk.command(CancelThroughput(actor=call.actor, tests=tests))
        refused = await self._refused(verdict, call.language)
        if refused and not verdict.accepted:
            raise RefusedError(refused)
        return OutcomeTold(changed=verdict.accepted, actor=call.actor, refused=refused)

    async def _links(
        self, names: Sequence[str], carrier: str | None, event: str | None, language: Language
    ) -> tuple[LinkId, ...]:
        inventory = self._desk.inventory
        chosen = await asyncio.to_thread(
            choose,
            inventory,
            names,
            CarrierId(carrier) if carrier else None,
            EventId(event) if event else None,
        )
        if chosen.unknown:
            known = [*inventory.sites, *inventory.links, *inventory.carriers, *inventory.events]
            raise RefusedError(
                [
                    await refused_told(unknown, Refusal.UNKNOWN_SUBJECT, language, known)
                    for unknown in chosen.unknown
                ]
            )
        return chosen.links

    async def _refused(self, verdict: Verdict, language: Language) -> list[RefusedTold]:
        hindered = {each.link: hindered_told(each, language).why for each in verdict.hindered}
        told = []
        for subject, refusal in verdict.refusals:
            if why := hindered.get(LinkId(subject)):
                told.append(RefusedTold(subject=subject, code=refusal, why=why))
            else:
                told.append(await refused_told(subject, refusal, language))
        return told

    def _told(self, tests: list[LinkTest], language: Language) -> list[TestTold]:
        inventory, zone = self._desk.inventory, self._zone
        return [test_told(test, inventory, zone, language) for test in tests]

    @property
    def _zone(self) -> tzinfo:
        return zone_of(self._desk.inventory.timezone)


def _several(names: Sequence[str], links: Sequence[LinkId]) -> Phrase:
    listed = ", ".join(links[:_LISTED])
    return phrase(
        "{name} has {count} links, and one is tested at a time: {links}",
        name=", ".join(names),
        count=len(links),
        links=listed if len(links) <= _LISTED else f"{listed}, ...",
    )
