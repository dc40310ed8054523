"""`bridgewatch roster`: who is on duty in the coming days, and where nobody is."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import RenderableType
from rich.text import Text

from bridgewatch.core.oncall.find import OnDuty
from bridgewatch.core.oncall.spells import Stint
from bridgewatch.model.ids import ContactId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Why
from bridgewatch.texts.duty import DutyWords, duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.views.duty_names import area_name, contact_name, contact_phone, owner_name
from bridgewatch.views.terminal.look import BAD, QUIET, TITLE, Look, spelt
from bridgewatch.views.terminal.tables import Cell, moment, table


def rosters(stints: Iterable[Stint], inventory: Inventory, look: Look) -> Iterator[RenderableType]:
    """For each roster its name and a table: a line per time in which its people stay the same."""
    words = duty_words(look.language)
    known = {roster.id: roster for roster in inventory.directory.rosters}
    for name, times in groupby(stints, key=lambda stint: stint.roster):
        roster = known[name]
        facts = (
            tell_people(roster.role, look.language),
            owner_name(roster, inventory, look.language),
            area_name(roster, inventory, look.language),
        )
        yield spelt(Text.assemble((name, TITLE), look.dot, look.dot.join(facts)), look)
        rows = (_row(stint, inventory, look) for stint in times)
        yield table((words.starts, words.ends, words.who), rows, look)


def _row(stint: Stint, inventory: Inventory, look: Look) -> tuple[Cell, ...]:
    return moment(stint.from_ns, look), moment(stint.to_ns, look), _who(stint, inventory, look)


def _who(stint: Stint, inventory: Inventory, look: Look) -> Cell:
    words = duty_words(look.language)
    if not stint.turns and not stint.covered:
        return Text(f"!! {words.nobody}", BAD)
    if stint.covered:
        return Text(", ".join(_covered(one, inventory, words) for one in stint.covered), QUIET)
    names = ((_called(turn.contact, inventory), turn.why) for turn in stint.turns)
    return ", ".join(f"{name}, {words.stands_in}" if why is Why.STANDS_IN else name for name, why in names)


def _called(contact: ContactId, inventory: Inventory) -> str:
    """Somebody, with the number to call."""
    return " ".join(filter(None, (contact_name(contact, inventory), contact_phone(contact, inventory))))


def _covered(one: OnDuty, inventory: Inventory, words: DutyWords) -> str:
    """Somebody of another roster; its name is the id without the role, which is the same."""
    roster = (one.roster or "").partition("/")[0]
    return words.covered.format(who=contact_name(one.contact, inventory), roster=roster)
