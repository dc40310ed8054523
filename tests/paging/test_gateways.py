"""A gateway that takes nothing any more is a fault of our own, told through the others."""

from dataclasses import replace

from bridgewatch.core.outbox.failures import FAILURES
from bridgewatch.model.ids import EgressId, GatewayId, IncidentId
from bridgewatch.model.log import Closed, DeliveryTold, Noticed, Recovered
from bridgewatch.model.paging import STORE, Audience, Delivery, FaultKind, Why
from bridgewatch.model.people import Directory
from tests.paging.worlds import (
    AN,
    CHAT,
    CHI,
    DELIVERED,
    DUNG,
    FAILED,
    REFUSED,
    SMS,
    House,
    at_once,
    called,
    running,
    village,
)


def broken(house: House) -> dict[str, Why | None]:
    """The gateways with a fault that is not over."""
    return {name: why for name, why in house.paging.snapshot(house.now_ns).gateways.items() if why}


def noticed(house: House) -> list[str]:
    return [
        entry.subject
        for entry in house.log
        if isinstance(entry, Noticed) and entry.kind is FaultKind.DELIVERY
    ]


def test_three_failures_in_a_row_are_a_fault_that_our_own_duty_hears_of_through_another_gateway() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: FAILED if attempt.gateway == CHAT else DELIVERED
    for count, link in enumerate(("xa/wan", "ban/wan", "thon/wan"), start=1):
        house.down(link)
        house.wait(31)
        assert noticed(house) == (["chat"] if count >= FAILURES else [])
    assert broken(house) == {CHAT: Why.GATEWAY_FAILING}
    [told] = [entry for entry in house.log if isinstance(entry, Noticed) and entry.subject == CHAT]
    assert told.audience is Audience.OWN
    to_duty = [each for each in house.sent if each.contact == CHI and told.incident in each.incidents]
    assert [each.gateway for each in to_duty] == [CHAT, SMS]
    [evidence] = [entry for entry in house.log if isinstance(entry, DeliveryTold)]
    assert (evidence.incident, evidence.detail, evidence.lapse) == (told.incident, FAILED.detail, None)
    brief = house.paging.brief(to_duty[-1], house.now_ns)
    assert brief.incidents[0].subject.endswith(", chat")


def test_one_or_two_failures_are_none_and_a_delivery_between_begins_the_count_anew() -> None:
    house = running(village(directory=at_once()))
    for link in ("xa/wan", "ban/wan", "thon/wan"):
        house.gateway = lambda attempt: FAILED if attempt.gateway == CHAT else DELIVERED
        house.down(link)
        house.gateway = lambda _: DELIVERED
        house.up(link)
        house.wait(120)
    counts = house.paging.snapshot(house.now_ns).notifications
    assert counts[CHAT, Delivery.FAILED] >= FAILURES
    assert noticed(house) == []


def test_the_next_delivery_ends_it() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda _: FAILED
    house.down("xa/wan")
    house.wait(60)
    assert broken(house) == {CHAT: Why.GATEWAY_FAILING, SMS: Why.GATEWAY_FAILING}
    house.gateway = lambda attempt: DELIVERED if attempt.gateway == CHAT else FAILED
    house.wait(120)
    assert broken(house) == {SMS: Why.GATEWAY_FAILING}
    [incident] = {entry.incident for entry in house.log if isinstance(entry, Recovered)}
    assert incident == next(
        entry.incident for entry in house.log if isinstance(entry, Noticed) and entry.subject == CHAT
    )


def test_where_everything_fails_there_is_one_fault_a_gateway_and_no_more() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda _: REFUSED
    for link in ("xa/wan", "ban/wan", "thon/wan"):
        house.down(link)
        house.wait(300)
    house.wait(3600)
    assert sorted(noticed(house)) == [CHAT, SMS]
    assert len(house.sent) < 500


def test_a_restart_between_the_failures_forgets_none_of_them() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: FAILED if attempt.gateway == CHAT else DELIVERED
    for link in ("xa/wan", "ban/wan"):
        house.down(link)
        house.wait(31)
    house.restart()
    assert noticed(house) == []
    house.down("thon/wan")
    assert noticed(house) == [CHAT]
    house.restart()
    assert broken(house) == {CHAT: Why.GATEWAY_FAILING}
    house.wait(1800)
    assert noticed(house) == [CHAT]


def over(egress: str) -> Directory:
    """Chat runs over a monitored egress."""
    people = at_once()
    chat = replace(people.gateways[CHAT], egress=EgressId(egress))
    return replace(people, gateways={**people.gateways, CHAT: chat})


def test_what_fails_for_want_of_its_egress_is_told_as_that_and_not_as_the_gateway() -> None:
    house = running(village(directory=over("internet")))
    house.gateway = lambda attempt: FAILED if attempt.gateway == CHAT else DELIVERED
    house.note(
        house.paging.raise_fault(FaultKind.EGRESS, "internet", Audience.OWN, Why.EGRESS_DARK, house.now_ns)
    )
    for link in ("xa/wan", "ban/wan", "thon/wan"):
        house.gateway = lambda _: FAILED
        house.down(link)
        house.gateway = lambda attempt: FAILED if attempt.gateway == CHAT else DELIVERED
        house.wait(120)
    counts = house.paging.snapshot(house.now_ns).notifications
    assert counts[CHAT, Delivery.FAILED] >= FAILURES
    assert CHAT not in broken(house)
    house.note(house.paging.clear_fault(FaultKind.EGRESS, "internet", house.now_ns))
    for link in ("xa/wan", "ban/wan", "thon/wan"):
        house.up(link)
    house.wait(60)
    assert CHAT in broken(house)  # its egress is back, and it fails all the same


def test_while_a_secret_is_missing_that_is_what_is_wrong() -> None:
    house = running(village(directory=at_once()))
    house.note(
        house.paging.raise_fault(FaultKind.DELIVERY, CHAT, Audience.OWN, Why.SECRET_MISSING, house.now_ns)
    )
    house.gateway = lambda attempt: REFUSED if attempt.gateway == CHAT else DELIVERED
    for link in ("xa/wan", "ban/wan", "thon/wan"):
        house.down(link)
        house.wait(31)
    assert broken(house) == {CHAT: Why.SECRET_MISSING}
    house.gateway = lambda _: DELIVERED  # a secret that only answers need
    house.wait(900)
    assert broken(house) == {CHAT: Why.SECRET_MISSING}
    house.note(house.paging.clear_fault(FaultKind.DELIVERY, CHAT, house.now_ns))
    assert broken(house) == {}


def test_a_gateway_that_leaves_the_configuration_takes_its_fault_along_and_the_store_keeps_its_own() -> None:
    house = running(village(directory=at_once()))
    for subject in (SMS, STORE):
        house.note(
            house.paging.raise_fault(
                FaultKind.DELIVERY, subject, Audience.OWN, Why.STORE_FAILING, house.now_ns
            )
        )
    people = house.inventory.directory
    fewer = replace(people, gateways={CHAT: people.gateways[CHAT]})
    house.note(house.paging.adopt(replace(house.inventory, directory=fewer), house.now_ns))
    closed = [entry.incident for entry in house.log if isinstance(entry, Closed)]
    subjects: dict[IncidentId, str] = {
        entry.incident: entry.subject for entry in house.log if isinstance(entry, Noticed)
    }
    assert [subjects[incident] for incident in closed] == [GatewayId("sms")]


def test_whoever_no_message_reached_is_named_until_one_does() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: REFUSED if attempt.contact in (AN, DUNG) else DELIVERED
    entries = house.down("xa/wan")
    assert AN in called(entries)
    [lost] = house.paging.snapshot(house.now_ns).lost
    assert (lost.contact, lost.messages) == (AN, 1)
    house.restart()
    assert [one.contact for one in house.paging.snapshot(house.now_ns).lost] == [AN]
    house.gateway = lambda _: DELIVERED
    house.down("ban/wan")
    house.wait(31)
    assert house.paging.snapshot(house.now_ns).lost == ()


def test_nobody_is_named_for_longer_than_a_day() -> None:
    house = running(village(directory=at_once()))
    house.gateway = lambda attempt: REFUSED if attempt.contact == AN else DELIVERED
    house.down("xa/wan")
    day = 86_400 * 10**9
    assert house.paging.snapshot(house.now_ns + day - 1).lost
    assert not house.paging.snapshot(house.now_ns + day).lost
