import asyncio
import os
import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.config.change import Assembly, Change, Difference
from bridgewatch.config.loader import Cache, load
from bridgewatch.config.plan import Segment
from bridgewatch.config.wire import PARTS_A_MESSAGE, Done, Parts, decode, encode, plan_messages
from bridgewatch.config.worker import HEADER, Worker
from bridgewatch.model.calendar import Event
from tests.config.files import SITE, errors_of, write
from tests.config.generate import write_country, write_people


def run(directory, scenario, **limits):
    """Run `scenario(worker)` with a started worker, and close it."""

    async def main():
        worker = Worker(directory, **limits)
        await worker.start()
        try:
            return await scenario(worker)
        finally:
            await worker.close()

    return asyncio.run(main())


def plain_change(old, new) -> Change:
    """The reference: compare two inventories whole."""

    def difference(before, after):
        return Difference(
            {key: value for key, value in after.items() if key not in before},
            {key: value for key, value in after.items() if key in before and before[key] != value},
            tuple(key for key in before if key not in after),
        )

    return Change(
        difference(old.sites, new.sites),
        difference(old.links, new.links),
        difference({p.key: p for p in old.paths}, {p.key: p for p in new.paths}),
        difference(old.directory.contacts, new.directory.contacts),
        difference({r.id: r for r in old.directory.rosters}, {r.id: r for r in new.directory.rosters}),
        difference(old.events, new.events),
    )


def test_the_first_load_adds_everything_that_load_reads(tmp_path):
    write_country(tmp_path, provinces=3, sites=300)

    async def scenario(worker):
        return await worker.load()

    reload = run(tmp_path, scenario)
    assert reload.inventory == load(tmp_path)
    assert len(reload.change.links.added) == 600
    assert reload.change.frame


def test_a_reload_brings_the_change_and_keeps_all_other_objects(tmp_path):
    files = write_country(tmp_path, provinces=5, sites=50)

    async def scenario(worker):
        first = await worker.load()
        text = files[1].read_text().replace("20M", "30M", 1)
        files[1].write_text(
            text[: text.rindex("  - id:")] + text[text.rindex("  - id:") :].replace("xa-", "moi-")
        )
        second = await worker.load()
        return first.inventory, second, await worker.load()

    old, reload, idle = run(tmp_path, scenario)
    new = reload.inventory
    assert new == load(tmp_path)
    assert reload.change == plain_change(old, new)
    assert {len(d.added) for d in (reload.change.links, reload.change.paths)} == {2}
    assert len(reload.change.links.changed) == 1
    assert all(
        new.links[key] is old.links[key]
        for key in new.links.keys() & old.links.keys() - reload.change.links.changed.keys()
    )
    assert not idle.change
    assert idle.ok


def test_a_bad_file_gives_errors_and_the_next_good_one_the_change_since_the_last_good_load(tmp_path):
    (file,) = write_country(tmp_path, provinces=1, sites=3)
    good = file.read_text()

    async def scenario(worker):
        await worker.load()
        file.write_text(good.replace("20M", "viele"))
        bad = await worker.load()
        file.write_text(good.replace("20M", "30M"))
        return bad, await worker.load()

    bad, fixed = run(tmp_path, scenario)
    assert not bad.ok
    assert (bad.inventory, bad.change) == (None, None)
    assert [error.line for error in bad.errors] == [12, 12, 30, 30, 49, 49]
    assert len(fixed.change.links.changed) == 3


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "count"),
    [
        ("rosters.d/tinh-01.yaml", "07:00", "07:30", "rosters", 2),
        ("contacts.d/tinh-00.yaml", "xã số 3", "xã số ba", "contacts", 1),
        ("events.d/all.yaml", "T08:00", "T07:30", "events", 1),
        ("contacts.yaml", "NOC", "Trực", "contacts", 1),
    ],
)
def test_a_change_of_people_is_a_change_and_keeps_all_else(tmp_path, file, old, new, kind, count):
    write_country(tmp_path, provinces=2, sites=20)
    write_people(tmp_path, provinces=2, sites=20)

    async def scenario(worker):
        first = await worker.load()
        path = tmp_path / file
        path.write_text(path.read_text().replace(old, new))
        return first.inventory, await worker.load(), await worker.load()

    before, reload, idle = run(tmp_path, scenario)
    assert reload.inventory == load(tmp_path)
    assert reload.change == plain_change(before, reload.inventory)
    assert len(getattr(reload.change, kind).changed) == count
    assert not idle.change
    assert idle.inventory.directory == reload.inventory.directory


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("policies.yaml", "policies: {live: {ceiling: 3}}"),
        ("bridgewatch.yaml", "public_url: https://other.example"),
        ("gateways.yaml", "gateways: {call: {kind: telegram, token: {env: T}}, mail: {kind: mail, host: h.example, from: a@b.example}}"),
        ("profiles.yaml", "profiles: {mine: {loss: {warn: 1%, critical: 2%}}}"),
    ],
)  # fmt: skip
def test_a_change_of_what_all_share_is_one_of_the_frame(tmp_path, file, text):
    write_country(tmp_path, provinces=1, sites=5)
    write_people(tmp_path, provinces=1, sites=5)

    async def scenario(worker):
        await worker.load()
        (tmp_path / file).write_text(text)
        return await worker.load(), await worker.load()

    reload, idle = run(tmp_path, scenario)
    assert reload.change == Change(frame=True)
    assert reload.inventory == load(tmp_path)
    assert not idle.change


def test_many_errors_arrive_as_they_are_found_to_be_said_in_either_language(tmp_path):
    (file,) = write_country(tmp_path, provinces=1, sites=250)
    file.write_text(file.read_text().replace("down: 20M", "down: 20 Mbit"))

    async def scenario(worker):
        return await worker.load()

    errors = run(tmp_path, scenario).errors
    assert errors == errors_of(tmp_path)
    assert len(errors) == 250 > PARTS_A_MESSAGE


def test_a_child_that_dies_is_an_error_and_the_next_load_goes_on_from_the_last_good_one(tmp_path):
    (file,) = write_country(tmp_path, provinces=1, sites=3)

    async def scenario(worker):
        await worker.load()
        child = worker._child
        file.write_text(file.read_text().replace("20M", "30M"))
        os.kill(child.pid, signal.SIGSTOP)  # so that it dies while it owes an answer
        loading = asyncio.create_task(worker.load())
        await asyncio.sleep(0)
        child.kill()
        return await loading, await worker.load()

    dead, after = run(tmp_path, scenario)
    assert not dead.ok
    assert "died of signal 9" in str(dead.errors[0])
    assert after.ok
    assert len(after.change.links.changed) == 3
    assert not after.change.links.added


def test_a_child_that_died_between_loads_is_replaced_without_a_word(tmp_path):
    write(tmp_path, sites=SITE)

    async def scenario(worker):
        worker._child.kill()
        await worker._child.wait()
        return await worker.load()

    assert run(tmp_path, scenario).ok


def test_a_load_that_takes_too_long_is_ended_and_an_error(tmp_path):
    write(tmp_path, sites=SITE)

    async def scenario(worker):
        child = worker._child
        os.kill(child.pid, signal.SIGSTOP)
        slow = await worker.load()
        assert child.returncode == -signal.SIGKILL
        return slow

    slow = run(tmp_path, scenario, time_limit=0.2)
    assert "no answer in time" in str(slow.errors[0])


def test_a_load_that_needs_too_much_memory_is_an_error_and_not_the_end(tmp_path):
    write(tmp_path, sites=SITE)
    big = tmp_path / "sites.d" / "big.yaml"
    big.write_text("sites:\n" + "".join(f"- {{id: x, name: {n}}}\n" for n in range(150_000)))

    async def scenario(worker):
        failed = await worker.load()
        big.unlink()
        return failed, await worker.load()

    failed, after = run(tmp_path, scenario, memory_limit=120 * 2**20)
    assert not failed.ok
    assert len(failed.errors) == 1
    assert "memory" in str(failed.errors[0]) or "died" in str(failed.errors[0])
    assert after.ok


def test_a_cancelled_load_leaves_a_worker_that_loads(tmp_path):
    write(tmp_path, sites=SITE)

    async def scenario(worker):
        loading = asyncio.create_task(worker.load())
        await asyncio.sleep(0)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading
        return await worker.load()

    assert len(run(tmp_path, scenario).change.links.added) == 1


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    directory = tmp_path_factory.mktemp("country")
    write_country(directory, provinces=3, sites=200)
    return Cache().plan(directory)


def test_no_message_is_larger_than_a_slice(plan):
    parts = [m for m in plan_messages(plan, {}, 0.0) if isinstance(m, Parts)]
    assert max(len(message.parts) for message in parts) <= PARTS_A_MESSAGE
    assert sum(len(message.parts) for message in parts) == 200 + 400 + 400


def test_an_event_of_many_sites_fills_a_message_by_itself(plan):
    sites = tuple(f"s{n}" for n in range(PARTS_A_MESSAGE * 50))
    events = tuple(Event(name, name, sites, 0, 1) for name in ("a", "b", "c"))
    large = replace(plan, segments=(Segment("events.d/a.yaml", events=events),))
    *messages, _ = plan_messages(large, {}, 0.0)
    assert [message.parts for message in messages] == [(event,) for event in events]


def test_a_message_is_read_back_as_it_was_sent(plan):
    for message in plan_messages(plan, {}, 0.5):
        data = encode(message)
        assert HEADER.unpack(data[: HEADER.size])[0] == len(data) - HEADER.size
        assert decode(data[HEADER.size :]) == message


def assemble(assembly, segments, frame, before):
    """What the worker does, without a process."""
    assembly.begin()
    plan = type("P", (), {"segments": segments, "frame": frame})
    *parts, done = plan_messages(plan, before, 0.0)
    assert isinstance(done, Done)
    for message in parts:
        assembly.add(message.segment, message.parts)
    *waits, result = assembly.finish(done.frame, done.names, done.sent)
    assert waits == [None] * len(waits)
    return result


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.booleans()), max_size=8), max_size=4
    )
)
def test_any_series_of_edits_is_the_same_as_comparing_whole_inventories(plan, series):
    assembly = Assembly()
    segments = plan.segments
    inventory, _ = assemble(assembly, segments, plan.frame, {})
    for edits in series:
        before = {segment.name: segment for segment in segments}
        for index, row, drop in edits:
            segments = tuple(
                edited(s, row, drop=drop) if i == index + 1 else s for i, s in enumerate(segments)
            )
        expected = replace(plan, segments=segments).inventory()
        old = inventory
        inventory, change = assemble(assembly, segments, plan.frame, before)
        assert inventory == expected
        assert change == plain_change(old, expected)


def edited(segment: Segment, row: int, *, drop: bool) -> Segment:
    """`segment` with one link less, or with another size."""
    if row >= len(segment.links):
        return segment
    link = segment.links[row]
    if drop:
        links = tuple(other for other in segment.links if other is not link)
        return replace(segment, links=links, paths=tuple(p for p in segment.paths if p.link != link.id))
    links = tuple(replace(other, size=other.size + 1) if other is link else other for other in segment.links)
    return replace(segment, links=links)


def test_an_assembly_that_is_given_up_changes_nothing(plan):
    assembly = Assembly()
    first, _ = assemble(assembly, plan.segments, plan.frame, {})
    changed = tuple(edited(segment, 0, drop=False) for segment in plan.segments)
    assembly.begin()
    for segment in changed:
        assembly.add(segment.name, segment.links)
    next(assembly.finish(plan.frame, (), frozenset()))
    assert assembly.inventory is first
    second, change = assemble(assembly, changed, plan.frame, {})
    assert change == plain_change(first, second)
    assert len(change.links.changed) == 3


def test_the_child_imports_nothing_from_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "yaml.py").write_text("raise SystemExit('a stray module was run')", encoding="utf-8")
    (tmp_path / "config").mkdir()
    write(tmp_path / "config", sites=SITE)
    monkeypatch.chdir(tmp_path)

    async def load_there() -> bool:
        worker = Worker(tmp_path / "config")
        await worker.start()
        try:
            return (await worker.load()).ok
        finally:
            await worker.close()

    assert asyncio.run(load_there())
