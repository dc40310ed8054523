"""Thousands of independent faults at one instant: two pages per person, and no cost that grows faster than they."""

import time

from bridgewatch.core import portion
from bridgewatch.model.commands import Acknowledge
from bridgewatch.model.ids import CarrierId, IncidentId, LinkId, SiteId
from bridgewatch.model.log import Acknowledged, AnyEntry, Grew, Noticed, Opened, Proof, Weighed
from bridgewatch.model.paging import AckWay, Audience, FaultKind, Phase, Urgency, Why
from bridgewatch.model.words import Reason
from tests.incidents.worlds import CALM, START, L, world
from tests.paging.worlds import AN, BINH, CHI, House, called, people, policy

MANY = 2000
MOST_SECONDS = 3.0  # CPU; about 0.3 where nothing else runs, and far more if anything were quadratic


def faults() -> list[AnyEntry]:
    entries: list[AnyEntry] = []
    for number in range(1, MANY + 1):
        incident, link, site = IncidentId(f"INC-{number}"), LinkId(f"s{number}/wan"), SiteId(f"s{number}")
        proof = Proof(Reason.SILENT_WITH_WITNESS, since_ns=START)
        entries += [
            Noticed(
                at_ns=START,
                incident=incident,
                code=f"C{number}",
                kind=FaultKind.LINK,
                subject=link,
                audience=Audience.CARRIER,
                began_ns=START,
                carrier=CarrierId("vnpt"),
                site=site,
            ),
            Grew(at_ns=START, incident=incident, links=((link, proof),), why=Why.LINK_DOWN),
            Weighed(at_ns=START, incident=incident, urgency=Urgency.DARK, dark=(site,)),
            Opened(at_ns=START, incident=incident, phase=Phase.NONE, policy=CALM, hold=5.0, why=Why.HELD),
        ]
    return entries


def test_a_storm_of_independent_faults_is_a_page_per_person_and_step_and_one_for_what_was_decided_later() -> (
    None
):
    links = [L(f"s{number}/wan") for number in range(1, MANY + 1)]
    house = House(world(links, people=people(policy(CALM, 5.0, 900.0))))
    house.paging.replay(faults())
    began = time.process_time()
    assert called(house.note(house.paging.advance(START))) == [AN] * MANY
    house.wait(30)
    house.wait(900)
    for contact in (AN, BINH, CHI):
        listed = [len(each.incidents) for each in house.messages() if each.contact == contact]
        assert listed == [portion.INCIDENTS, MANY - portion.INCIDENTS]
    for page in house.messages()[:2]:
        house.command(
            Acknowledge(
                actor="An", incidents=page.incidents, way=AckWay.LINK, contact=AN, message=page.message
            )
        )
    assert len({entry.incident for entry in house.log if isinstance(entry, Acknowledged)}) == MANY
    house.replayed()
    assert time.process_time() - began < MOST_SECONDS
