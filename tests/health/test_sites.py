"""Site states against the words of the design, for every combination of links."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.health.layout import lay_out
from bridgewatch.core.health.sites import site_states
from bridgewatch.core.steps import finish
from bridgewatch.model.words import CarriedBy, LinkState, Network, SiteState
from tests.health.worlds import LinkPlan, rows_of, world

UNSEEN = {LinkState.UNKNOWN, LinkState.BLIND, LinkState.PAUSED}
# A state, and whether it is UNKNOWN because the target refuses.
STATES = st.sampled_from(
    [(state, False) for state in LinkState if state is not LinkState.SUSPECT] + [(LinkState.UNKNOWN, True)]
)
Seen = tuple[Network, tuple[LinkState, bool]]


def plain_site_state(carried_by: CarriedBy, links: list[Seen]) -> SiteState:
    carrying = [state for network, state in links if carried_by in (CarriedBy.ANY, network.value)]
    seen = [state for state, _ in carrying if state not in UNSEEN]
    if not seen:
        return SiteState.UNKNOWN
    if all(state is LinkState.DOWN for state in seen):
        alive = any(refuses for _, refuses in carrying)
        return SiteState.UNKNOWN if alive else SiteState.DARK
    if LinkState.UP not in seen:
        return SiteState.IMPAIRED
    return SiteState.REDUCED if any(state is LinkState.DOWN for _, (state, _) in links) else SiteState.OK


@given(
    st.lists(
        st.tuples(
            st.sampled_from(CarriedBy), st.lists(st.tuples(st.sampled_from(Network), STATES), max_size=4)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_sites_are_what_the_plain_rules_say(places):
    plans = [
        LinkPlan(f"s{i}/{network.value}{j}", network.value, network)
        for i, (_, links) in enumerate(places)
        for j, (network, _) in enumerate(links)
    ]
    inventory = world(plans)
    carried = {f"s{i}": carried_by for i, (carried_by, _) in enumerate(places)}
    sites = {name: replace(site, carried_by=carried[name]) for name, site in inventory.sites.items()}
    inventory = replace(inventory, sites=sites)
    states = [state for _, links in places for _, state in links]
    found = site_states(
        np.arange(len(sites), dtype=np.int32),
        np.array([*(state for state, _ in states), LinkState.PAUSED], dtype=np.uint8),
        np.array([*(refuses for _, refuses in states), False]),
        finish(lay_out(inventory, rows_of(inventory))),
    )
    assert found.tolist() == [plain_site_state(carried_by, links) for carried_by, links in places if links]
