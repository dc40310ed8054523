"""`bridgewatch who` as a table: whom a fault would call, step by step, through what, and why."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from bridgewatch.core.oncall.find import OnDuty
from bridgewatch.core.oncall.reach import answers, carries_pages
from bridgewatch.core.oncall.who import CalledFor, EscalationPlan, StepPlan
from bridgewatch.model.ids import ContactId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience, Why
from bridgewatch.model.policy import Call
from bridgewatch.texts.coverage import tell_coverage
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.views.duty_names import contact_name
from bridgewatch.views.terminal.look import BAD, QUIET, TITLE, Look, spelt
from bridgewatch.views.terminal.tables import Cell, moment, span, table


def escalation(plan: EscalationPlan, inventory: Inventory, look: Look) -> Iterator[RenderableType]:
    """The header, the steps, and what follows the last of them."""
    words = duty_words(look.language)
    link = inventory.links[plan.link]
    site, carrier = inventory.sites[link.site], inventory.carriers[link.carrier]
    yield spelt(Text.assemble((plan.link, TITLE), look.dot, site.name, look.dot, carrier.name), look)
    urgency = tell_people(plan.urgency, look.language)
    phase = tell_people(plan.phase, look.language)
    event = [words.event.format(plan.event)] if plan.event is not None else []
    facts = [
        words.if_fails.format(at=moment(plan.at_ns, look), urgency=urgency),
        words.policy.format(policy=plan.policy, phase=phase),
        *event,
        words.pages_nobody if plan.hold is None else words.pages_after.format(span(plan.hold, look)),
    ]
    yield spelt(Text(look.dot.join(facts)), look)
    if plan.hold is None:
        return
    if not plan.steps:
        yield spelt(Text(words.no_steps, BAD), look)
        return
    columns = (words.step, words.when, words.who, words.role, words.channels, words.why)
    yield table(columns, _rows(plan, inventory, look), look)
    yield spelt(Text(words.repeats.format(span(plan.repeat, look)), QUIET), look)


def _rows(plan: EscalationPlan, inventory: Inventory, look: Look) -> Iterator[tuple[Cell, ...]]:
    for step in (*plan.steps, *((plan.again,) if plan.again is not None else ())):
        number = str(step.number + 1) if step is not plan.again else ">" if look.plain else "↻"
        head = number, f"+{span(step.after, look)}"
        for row in _step_rows(step, inventory, look):
            yield *head, *row
            head = "", ""


def _step_rows(step: StepPlan, inventory: Inventory, look: Look) -> Iterator[tuple[Cell, ...]]:
    words = duty_words(look.language)
    for called in step.calls:
        for one in called.found.people:
            role = (
                f"{tell_people(one.role, look.language)}{look.dot}{_whose(called.call, one, inventory, look)}"
            )
            yield (
                contact_name(one.contact, inventory),
                role,
                channels(one.contact, inventory, look),
                _why(one, look),
            )
        if not called.found.people:
            yield Text(f"!! {words.nobody}", BAD), _role(called.call, look), "", _lack(called, look)
    for one in step.catch_all:
        yield (
            contact_name(one.contact, inventory),
            words.catch_all,
            channels(one.contact, inventory, look),
            tell_people(one.why, look.language),
        )


def _role(call: Call, look: Look) -> str:
    return f"{tell_people(call.role, look.language)}{look.dot}{tell_people(call.audience, look.language)}"


def _whose(call: Call, one: OnDuty, inventory: Inventory, look: Look) -> str:
    if one.roster is not None:
        return one.roster
    site = next((site.name for site in inventory.sites.values() if one.contact in site.contacts), None)
    return site if site and call.audience is Audience.ROOM else tell_people(call.audience, look.language)


def _why(one: OnDuty, look: Look) -> str:
    words = duty_words(look.language)
    parts = [tell_people(one.why, look.language)]
    if one.climbed:
        parts.append(tell_people(Why.CLIMBED, look.language))
    if one.until_ns is not None:
        parts.append(words.until.format(moment(one.until_ns, look)))
    return ", ".join(parts)


def _lack(called: CalledFor, look: Look) -> str:
    return tell_coverage(called.found.lack, look.language) if called.found.lack is not None else ""


def channels(contact: ContactId, inventory: Inventory, look: Look) -> str:
    """Gateways in the order they are tried; one that gives no way to answer is in brackets."""
    directory = inventory.directory
    known = directory.contacts.get(contact)
    named = []
    for channel in known.channels if known is not None else ():
        gateway = directory.gateways.get(channel.gateway)
        if gateway is not None and carries_pages(gateway):
            named.append(gateway.id if answers(gateway, directory) else f"({gateway.id})")
    return (" > " if look.plain else " → ").join(named)
