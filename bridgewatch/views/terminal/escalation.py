"""`bridgewatch who` as a table: whom a fault would call, step by step, through what, and why."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from bridgewatch.core.oncall.find import OnDuty
from bridgewatch.core.oncall.reach import answers, carries_pages
from bridgewatch.core.oncall.who import CalledFor, EscalationPlan, StepPlan
from bridgewatch.model.ids import ContactId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience, Why
from bridgewatch.model.policy import Call
from bridgewatch.texts.calendar import tell_settings
from bridgewatch.texts.coverage import tell_coverage
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.views.duty_names import contact_name, contact_phone, owner_name
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
    event = [words.event.format(inventory.events[plan.event].name)] if plan.event is not None else []
    facts = [
        words.if_fails.format(at=moment(plan.at_ns, look), urgency=urgency),
        words.policy.format(policy=tell_settings(plan.policy, look.language), phase=phase),
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
    yield spelt(Text(words.channels_read, QUIET), look)


def _rows(plan: EscalationPlan, inventory: Inventory, look: Look) -> Iterator[tuple[Cell, ...]]:
    for step in plan.steps:
        yield from _headed(str(step.number + 1), step, _step_rows(step, inventory, look), look)
    if (again := plan.again) is not None:
        # Whoever was found by the last step was called in vain.
        in_vain = any(called.found.people for called in again.calls)
        rows = _step_rows(again, inventory, look, in_vain=in_vain)
        yield from _headed(">" if look.plain else "↻", again, rows, look)


def _headed(
    number: str, step: StepPlan, rows: Iterable[tuple[Cell, ...]], look: Look
) -> Iterator[tuple[Cell, ...]]:
    """The rows of a step, the first with its number and time."""
    head = number, f"+{span(step.after, look)}"
    for row in rows:
        yield *head, *row
        head = "", ""


def _step_rows(
    step: StepPlan, inventory: Inventory, look: Look, *, in_vain: bool = False
) -> Iterator[tuple[Cell, ...]]:
    """A row per person. `in_vain`: the catch-all is called because nobody answered."""
    words = duty_words(look.language)
    for called in step.calls:
        for one in called.found.people:
            role = tell_people(one.role, look.language)
            yield (
                _who(one, inventory),
                f"{role}{look.dot}{_whose(called.call, one, inventory, look)}",
                channels(one.contact, inventory, look),
                _why(one, look),
            )
        if not called.found.people:
            yield Text(f"!! {words.nobody}", BAD), _role(called.call, look), "", _lack(called, look)
    for one in step.catch_all:
        yield (
            _who(one, inventory),
            words.catch_all,
            channels(one.contact, inventory, look),
            tell_people(Why.CALLED_IN_VAIN if in_vain else one.why, look.language),
        )


def _who(one: OnDuty, inventory: Inventory) -> str:
    """Somebody, and below it the number to call."""
    phone = contact_phone(one.contact, inventory)
    return "\n".join(filter(None, (contact_name(one.contact, inventory), phone)))


def _role(call: Call, look: Look) -> str:
    return f"{tell_people(call.role, look.language)}{look.dot}{tell_people(call.audience, look.language)}"


def _whose(call: Call, one: OnDuty, inventory: Inventory, look: Look) -> str:
    rosters = (roster for roster in inventory.directory.rosters if roster.id == one.roster)
    if (roster := next(rosters, None)) is not None:
        return f"{owner_name(roster, inventory, look.language)} ({roster.id.partition('/')[0]})"
    site = next((site.name for site in inventory.sites.values() if one.contact in site.contacts), None)
    return site if site and call.audience is Audience.ROOM else tell_people(call.audience, look.language)


def _why(one: OnDuty, look: Look) -> str:
    words = duty_words(look.language)
    parts = [words.on_duty if one.why is Why.ON_DUTY else tell_people(one.why, look.language)]
    if one.climbed:
        parts.append(tell_people(Why.CLIMBED, look.language))
    if one.until_ns is not None:
        parts.append(words.until.format(moment(one.until_ns, look)))
    return ", ".join(parts)


def _lack(called: CalledFor, look: Look) -> str:
    return tell_coverage(called.found.lack, look.language) if called.found.lack is not None else ""


def channels(contact: ContactId, inventory: Inventory, look: Look) -> str:
    """Gateways in the order they are tried, with an asterisk those that run over no egress that is watched.

    One that gives no way to answer is in brackets.
    """
    directory = inventory.directory
    known = directory.contacts.get(contact)
    named = []
    for channel in known.channels if known is not None else ():
        gateway = directory.gateways.get(channel.gateway)
        if gateway is not None and carries_pages(gateway):
            name = f"{gateway.id}{'' if gateway.egress else '*'}"
            named.append(name if answers(gateway, directory) else f"({name})")
    return (" > " if look.plain else " → ").join(named)
