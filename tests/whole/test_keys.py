"""Authenticated paths in the whole watch: a missing key is a reason, a late one is no loss."""

from dataclasses import replace

from bridgewatch.model.ids import KeyId
from bridgewatch.model.words import LinkState, ProbeKind, Reason
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.world import keys_of
from tests.whole.nights import Night, watch

INVENTORY = country(Plan(provinces=1, communes=3, kind=ProbeKind.STAMP_AUTHENTICATED, stateful=True))
KEYS = keys_of(INVENTORY)
LINK = next(iter(INVENTORY.links))
PATH = next(path for path in INVENTORY.paths if path.link == LINK)


def know(night: Night, keys: dict[KeyId, bytes]) -> None:
    night.station.watch.know(keys, night.station._clock.monotonic_ns())


def seen(night: Night) -> tuple[LinkState, Reason, int]:
    links = night.snapshot().links
    return LinkState(links.state[0]), Reason(links.reason[0]), int(links.sent[0])


def test_a_link_whose_key_is_missing_is_unknown_for_that_reason_until_it_is_there(monkeypatch):
    others = {name: key for name, key in KEYS.items() if name != PATH.stamp_key}
    monkeypatch.setattr("tests.whole.nights.keys_of", lambda _: others)
    told = []
    steps = [(10.0, lambda night: told.append(seen(night))), (10.1, lambda night: know(night, KEYS))]

    night = watch(INVENTORY, until=20, at=steps)

    links = night.snapshot().links
    assert told == [(LinkState.UNKNOWN, Reason.KEY_MISSING, 0)]
    assert seen(night)[:2] == (LinkState.UP, Reason.ANSWERED)
    assert set(links.state.tolist()) == {LinkState.UP}
    assert int(links.sent[0]) in (9, 10, 11)
    assert links.lost.sum() == links.late.sum() == links.local_error.sum() == 0


def test_a_wrong_key_is_silence_and_nobody_elses():
    wrong = KEYS | {PATH.stamp_key: bytes(32)}

    night = watch(INVENTORY, until=20, at=[(8.0, lambda night: know(night, wrong))])

    states = night.snapshot().links.state.tolist()
    assert states[0] == LinkState.DOWN
    assert set(states[1:]) == {LinkState.UP}
    assert night.engine.malformed > 0


def test_a_path_that_is_authenticated_from_now_on_loses_no_probe():
    bare = replace(PATH, kind=ProbeKind.STAMP, size=64, stamp_key=None)
    before = replace(INVENTORY, paths=tuple(bare if path is PATH else path for path in INVENTORY.paths))
    elsewhere = replace(bare, key=bare.key._replace(target="open"))
    world = replace(INVENTORY, paths=(*INVENTORY.paths, elsewhere))

    async def reload(night: Night) -> None:
        await night.station.configure(INVENTORY)

    night = watch(before, until=16, at=[(8.0, reload)], world_of=world)

    links = night.snapshot().links
    truth = dict(zip(world.paths, night.engine.truth.sent.tolist(), strict=True))
    assert truth[elsewhere] > 5
    assert truth[PATH] > 5
    assert links.lost.sum() == links.late.sum() == 0
    assert set(links.state.tolist()) == {LinkState.UP}
