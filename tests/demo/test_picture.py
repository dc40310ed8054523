"""The live picture fits its terminal, shows a phone with what arrived, and says the same without colours."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from bridgewatch.app.demo.account import Account
from bridgewatch.app.demo.cast import OWN_DUTY, VIETTEL_DUTY, VIETTEL_LEAD
from bridgewatch.app.demo.picture import picture
from bridgewatch.app.demo.run import Scene
from bridgewatch.config.loader import load
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import MessageKind
from bridgewatch.model.words import Language
from bridgewatch.views.status.report import StatusReport, report
from bridgewatch.views.terminal.look import Look, fit, spelt
from tests.demo.plays import PROVINCE, SCRIPT, START, Performance, act, incident
from tests.exposition.synthetic import synthetic_snapshot

CUT = act("cut")
TROUBLED, WELL = report(synthetic_snapshot(80)), report(synthetic_snapshot(80, healthy=True))


@dataclass
class World:
    """Everything but what people were told."""

    inventory: Inventory

    def scene(self, told: Performance, status: StatusReport = TROUBLED) -> Scene:
        """A look at it while the cut lasts."""
        told.see(incident(CUT))
        account = Account(SCRIPT, START)
        return Scene(CUT.start + 5, status, self.inventory, (), (), (), account, told.calls)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("province")
    PROVINCE.write(folder)
    return World(load(folder))


def drawn(
    scene: Scene, width: int, height: int, language: Language = Language.EN, *, plain: bool = False
) -> str:
    """The picture as text, as it is put on the screen."""
    look = Look(width, language, plain)
    lines = picture(scene, SCRIPT.duration, look, height, keys=True)
    return "\n".join(spelt(fit(line, width), look).plain for line in lines)


def called() -> Performance:
    """The cut was paged, and nobody answered the first step."""
    told = Performance()
    told.pages(CUT, (2.0, (VIETTEL_DUTY,)), (3.5, (OWN_DUTY, VIETTEL_LEAD)))
    return told


@settings(deadline=None, max_examples=60)
@given(
    width=st.integers(60, 170),
    height=st.integers(24, 60),
    language=st.sampled_from(Language),
    plain=st.booleans(),
    status=st.sampled_from([TROUBLED, WELL]),
    letters=st.booleans(),
)
def test_a_picture_never_exceeds_its_terminal(world, width, height, language, plain, status, letters) -> None:
    scene = world.scene(called() if letters else Performance(), status)
    lines = drawn(scene, width, height, language, plain=plain).splitlines()
    assert len(lines) == height
    assert {Text(line).cell_len for line in lines} == {width}
    assert not plain or all(line.isascii() for line in lines)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 36), (160, 50)])
def test_every_part_is_there(world, width: int, height: int) -> None:
    text = drawn(world.scene(called()), width, height)
    for part in (
        "bridgewatch",
        "Script",
        "is cut" if width > 80 else "Now:",
        "Sites",
        "What happened",
        "Daemon",
    ):
        assert part in text
    assert "Ksor Hà, Phạm Văn Nháp paged after 3.5 s" in text


def test_the_phone_is_our_own_dutys_where_several_ring_at_once(world) -> None:
    told = called()
    text = drawn(world.scene(told), 80, 24)
    assert "─ Ksor Hà · " in text
    assert "[K7F2] page: cut" in text
    assert "a: acknowledge" in text
    told.taken(CUT, OWN_DUTY, 4.7)
    assert "✔ Ksor Hà has it" in drawn(world.scene(told), 80, 24)


def test_a_link_on_the_phone_shows_no_whole_token(world) -> None:
    text = drawn(world.scene(called()), 110, 36)
    assert "/a/TOKEN-THAT-I..." in text
    assert "TOKEN-THAT-IS-LONG" not in text


def test_a_message_that_asks_nothing_offers_no_key(world) -> None:
    told = Performance()
    told.message(CUT, OWN_DUTY, MessageKind.RECOVERED, 7.2)
    assert "a: acknowledge" not in drawn(world.scene(told), 80, 24)


def test_before_anything_arrives_the_phone_is_empty(world) -> None:
    assert "no message yet" in drawn(world.scene(Performance()), 80, 24)
    assert "chưa có tin nào" in drawn(world.scene(Performance()), 110, 36, Language.VI)
