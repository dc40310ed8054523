"""`bridgewatch who` as JSON: instants as local times with their offset, words as the log has them."""

from datetime import tzinfo
from typing import Any

from bridgewatch.core.oncall.find import OnDuty
from bridgewatch.core.oncall.reach import answers, carries_pages
from bridgewatch.core.oncall.who import CalledFor, EscalationPlan, StepPlan
from bridgewatch.model.inventory import Inventory
from bridgewatch.texts.times import instant_of, zone_of


def to_json(plan: EscalationPlan, inventory: Inventory) -> dict[str, Any]:
    """The plan as JSON values. Seconds; steps count from 1."""
    zone = zone_of(inventory.timezone)
    link = inventory.links[plan.link]
    return {
        "link": plan.link,
        "site": link.site,
        "carrier": link.carrier,
        "at": _time(plan.at_ns, zone),
        "fault": plan.fault,
        "urgency": plan.urgency.name.lower(),
        "phase": plan.phase.name.lower(),
        "event": plan.event,
        "policy": plan.policy,
        "hold": plan.hold,
        "repeat": plan.repeat,
        "steps": [_step(step, inventory, zone) for step in plan.steps],
        "again": None if plan.again is None else _step(plan.again, inventory, zone),
    }


def _step(step: StepPlan, inventory: Inventory, zone: tzinfo) -> dict[str, Any]:
    return {
        "step": step.number + 1,
        "after": step.after,
        "at": _time(step.at_ns, zone),
        "level": step.level,
        "calls": [_call(one, inventory, zone) for one in step.calls],
        "catch_all": [_person(one, inventory, zone) for one in step.catch_all],
    }


def _call(one: CalledFor, inventory: Inventory, zone: tzinfo) -> dict[str, Any]:
    return {
        "audience": one.call.audience,
        "role": one.call.role,
        "gap": one.found.gap,
        "lack": one.found.lack,
        "people": [_person(person, inventory, zone) for person in one.found.people],
    }


def _person(person: OnDuty, inventory: Inventory, zone: tzinfo) -> dict[str, Any]:
    directory = inventory.directory
    contact = directory.contacts[person.contact]
    gateways = [
        gateway
        for channel in contact.channels
        if (gateway := directory.gateways.get(channel.gateway)) is not None and carries_pages(gateway)
    ]
    return {
        "contact": contact.id,
        "name": contact.name,
        "phone": contact.phone,
        "role": person.role,
        "roster": person.roster,
        "level": person.level,
        "why": person.why,
        "climbed": person.climbed,
        "until": None if person.until_ns is None else _time(person.until_ns, zone),
        "channels": [
            {
                "gateway": gateway.id,
                "egress": gateway.egress,
                "answers": sorted(answers(gateway, directory)),
            }
            for gateway in gateways
        ],
    }


def _time(wall_ns: int, zone: tzinfo) -> str:
    return instant_of(wall_ns, zone).isoformat()
