"""Puts into words what people were told: of each act in one line, and of each message in a few."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.text import Text

from bridgewatch.app.demo.calls import Calls, Told
from bridgewatch.app.demo.phones import Letter
from bridgewatch.model.ids import ContactId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import MessageKind
from bridgewatch.texts.story import story_words
from bridgewatch.views.terminal.look import BAD, GOOD, QUIET, TITLE, Look

_TOKEN: Final = 12  # characters of a link's token that are shown: it is no use to anybody afterwards


def short_name(contact: ContactId, inventory: Inventory) -> str:
    """What somebody is called, without what they do."""
    known = inventory.directory.contacts.get(contact)
    return known.name.partition(",")[0] if known is not None else contact


def course(told: Told, calls: Calls, inventory: Inventory, look: Look) -> list[str]:
    """What people heard of one act, in the order it happened. Seconds since it began."""
    words = story_words(look.language)

    def after(wall_ns: int) -> float:
        return look.figure(calls.at(wall_ns) - told.act.start)

    parts = []
    for number, pages in enumerate(told.steps):
        who = ", ".join(short_name(page.contact, inventory) for page in pages)
        text = words.paged_next if number else words.paged
        parts.append(text.format(who=who, at=after(pages[0].at_ns)))
    if told.answer is not None:
        who = short_name(told.answer.contact, inventory)
        parts.append(words.has_it.format(who=who, at=after(told.answer.at_ns)))
    recovered = told.of(MessageKind.RECOVERED)
    if recovered:
        parts.append(words.told_over.format(count=len(recovered)))
    return parts


def latest(parts: Iterable[str], look: Look, room: int) -> str:
    """As many of the last parts as fit, and the very last whatever its length."""
    line = ""
    for part in reversed(list(parts)):
        longer = look.dot.join(filter(None, (part, line)))
        if line and len(longer) > room:
            break
        line = longer
    return line


def body(letter: Letter) -> Iterator[str]:
    """The text of a message, its link shortened."""
    for line in letter.lines:
        if letter.link is not None and letter.link in line:
            place, _, token = letter.link.rpartition("/")
            yield line.replace(letter.link, f"{place}/{token[:_TOKEN]}...")
        elif line.strip() and line.strip() != letter.title:
            yield line


def headline(letter: Letter, inventory: Inventory, look: Look) -> Text:
    """A message in one line."""
    who = short_name(letter.contact, inventory)
    text = story_words(look.language).message.format(who=who, title=letter.title)
    shade = BAD if letter.asks else GOOD if letter.kind is MessageKind.RECOVERED else TITLE
    return Text(text, shade)


def press(letter: Letter, inventory: Inventory, look: Look) -> Text:
    """Who pressed the link of a message."""
    words = story_words(look.language)
    text = words.pressed_key if letter.by_viewer else words.pressed
    return Text(text.format(who=short_name(letter.contact, inventory)), GOOD)


def standing(letter: Letter, calls: Calls, inventory: Inventory, look: Look, *, keys: bool) -> Text:
    """What becomes of a message: whoever has it, or what the viewer can do."""
    words = story_words(look.language)
    answers = (calls.phones.answers.get(incident) for incident in letter.incidents)
    answer = next((one for one in answers if one is not None), None)
    if answer is not None:
        return Text(words.in_hand.format(who=short_name(answer.contact, inventory)), GOOD)
    return Text(words.press if keys and letter.asks else "", QUIET)
