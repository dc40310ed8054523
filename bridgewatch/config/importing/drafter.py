"""Takes a list line by line and says of each what it gives, or why it gives nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, ParamSpec, TypeVar

from bridgewatch.config.cycles import find_cycles
from bridgewatch.config.hints import as_id
from bridgewatch.config.importing.cells import Cell
from bridgewatch.config.importing.columns import CONTACT_COLUMNS, LINK_COLUMNS, SITE_COLUMNS, Column
from bridgewatch.config.importing.contacts import contact_id_of, contact_of
from bridgewatch.config.importing.draft import Draft, Refusal, Taken, Value
from bridgewatch.config.importing.examples import is_example
from bridgewatch.config.importing.existing import Existing
from bridgewatch.config.importing.reasons import Reasons, RefusedError
from bridgewatch.config.importing.sites import ANY_SITE, id_and_name_of, link_of, site_of
from bridgewatch.config.importing.values import lacks_zero
from bridgewatch.config.references import is_above
from bridgewatch.core.nearest import suggesting
from bridgewatch.model.phrases import Words, phrase
from bridgewatch.model.words import Level

_Arguments = ParamSpec("_Arguments")
_Made = TypeVar("_Made")

Fields = Mapping[Column, Cell]

_LEVELS: Final = {
    Level.PROVINCE: phrase("province"),
    Level.DISTRICT: phrase("district"),
    Level.COMMUNE: phrase("commune"),
}


class Drafter:
    """Fills `draft`; lines of the sites in `held` are passed over. `site_of`: which site a line is of."""

    def __init__(self, existing: Existing, held: frozenset[str] = frozenset()) -> None:
        self.existing = existing
        self.held = held
        self.draft = Draft()
        self.site_of: dict[str, str] = {}
        self.parent_of: dict[str, str] = {}
        self._site: str | None = None  # of the line before: merged cells name it once for several links
        self._lost: str | None = None  # the line before that named a site which is not taken
        self._lines: dict[str, str] = {}  # where each site was named first
        self._names = dict(existing.site_of_name)
        self._targets = dict(existing.targets)
        self._parents: list[tuple[str, str | None, Cell]] = []  # None: of a site that is not taken
        self._lost_at: dict[str, str] = {}  # the lines of such sites, by the ids of what they call them

    def begin_sheet(self) -> None:
        """Forget the line before."""
        self._site = self._lost = None

    def take(self, line: str, fields: Fields) -> None:
        """Take a line: its site, its link and its contact, as far as they are there."""
        says_site, says_link, says_contact = (
            any(column in fields for column in columns)
            for columns in (SITE_COLUMNS, LINK_COLUMNS, CONTACT_COLUMNS)
        )
        of_site = says_site or says_link
        if of_site and is_example(fields):
            self._lose(line, fields, phrase("an example of the template: delete the line"))
            return
        if says_site:
            named = self._try(line, self._named_site, fields)
            self._site, self._lost = (named[0], None) if named is not None else (None, line)
        if self._site is not None and of_site:
            self.site_of[line] = self._site
        if self._site in self.held and of_site:
            return
        if formulas := [column for column, cell in fields.items() if cell.text.startswith("=")]:
            for column in formulas:
                said = phrase("a formula under {column}: fill in its value", column=repr(column.value))
                if of_site:
                    self._lose(line, fields, said)
                else:
                    self._refuse(line, said)
        elif not (of_site or says_contact):
            self._refuse(line, phrase("neither a site nor a contact"))
        else:
            self._take(line, fields, says_site=says_site, says_link=says_link, says_contact=says_contact)

    def finish(self) -> None:
        """Name the parents, now that all sites are known."""
        levels = self._levels()
        for line, site, cell in self._parents:
            parent = cell.text if cell.text in levels else self._names.get(as_id(cell.text))
            if parent is None or parent == site:
                self._refuse(line, self._no_parent(cell.text, levels.keys() - {site}))
            elif site is None:
                continue
            elif not is_above(levels[parent], levels[site]):
                self._refuse(
                    line, phrase("the parent {parent} is not above {site}", parent=parent, site=site)
                )
            else:
                self.parent_of[site] = self.draft.sites[site]["parent"] = parent
        for cycle in find_cycles(self.parent_of):
            said = phrase("the parents of {site} lead back to it", site=cycle[0])
            self._refuse(self._lines[cycle[0]], said)
        tops = [*self.existing.tops, *(s for s, v in self.draft.sites.items() if _is_top(v))]
        orphans = [s for s, v in self.draft.sites.items() if not _is_top(v) and "parent" not in v]
        if len(tops) == 1 and orphans:
            for site in orphans:
                self.parent_of[site] = self.draft.sites[site]["parent"] = tops[0]
            self.draft.parent, self.draft.adopted = tops[0], orphans

    def _no_parent(self, text: str, known: Iterable[str]) -> Words:
        if line := self._lost_at.get(as_id(text)):
            return phrase("the parent {text} in line {line} is not taken", text=repr(text), line=line)
        said = phrase("the parent {text} is no other site that is known", text=repr(text))
        return suggesting(said, as_id(text), known)

    def _take(
        self, line: str, fields: Fields, *, says_site: bool, says_link: bool, says_contact: bool
    ) -> None:
        if says_site and self._site is not None and not self._try(line, self._open_site, line, fields):
            self._lost = line
        at_room = says_site or says_link
        if at_room and self._lost is not None:
            if line != self._lost:
                self._refuse(line, phrase("the site of line {line} is not taken", line=self._lost))
            self._look_at(line, fields, says_site=says_site, says_link=says_link, says_contact=says_contact)
            return
        exists = at_room and self._site in self.existing.sites
        if says_link and not exists:
            self._try(line, self._link, line, fields)
        is_new = says_contact and self._try(line, self._contact, line, fields, at_room=at_room)
        if exists:
            said = phrase("the site {site} exists already and is not changed", site=self._site or "")
            told = phrase("{said}; its contact is taken: name it there", said=said)
            self._refuse(line, told if is_new else said)

    def _look_at(
        self, line: str, fields: Fields, *, says_site: bool, says_link: bool, says_contact: bool
    ) -> None:
        """Tell the further mistakes of a line whose site is not taken anyway."""
        if says_site:
            self._note_lost(line, fields)
            if Column.PARENT in fields:
                self._parents.append((line, None, fields[Column.PARENT]))
            if self._site is None:
                name = fields.get(Column.SITE_NAME, fields.get(Column.SITE))
                self._try(line, site_of, fields, ANY_SITE["id"], name.text if name else "")
        if says_link:
            self._try(line, link_of, fields, ANY_SITE, self.existing.carriers, self._targets)
        if says_contact:
            self._try(line, contact_of, fields, self.existing, at_room=True)

    def _lose(self, line: str, fields: Fields, reason: Words) -> None:
        """Refuse a line, and with it what the lines below say of its site."""
        self._site, self._lost = None, line
        self._note_lost(line, fields)
        self._refuse(line, reason)

    def _note_lost(self, line: str, fields: Fields) -> None:
        for column in SITE_COLUMNS:
            if column in fields:
                self._lost_at.setdefault(as_id(fields[column].text), line)

    def _try(
        self,
        line: str,
        step: Callable[_Arguments, _Made],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Made | None:
        try:
            return step(*args, **kwargs)
        except RefusedError as reason:
            for said in reason.args:
                self._refuse(line, said)
            return None

    def _refuse(self, line: str, reason: Words) -> None:
        self.draft.refused.append(Refusal(line, reason))

    def _named_site(self, fields: Fields) -> tuple[str, str]:
        """The id and the name of a line's site; without an id, a name that is known says which it is."""
        site, name = id_and_name_of(fields)
        if Column.SITE not in fields:
            site = self.existing.site_of_name.get(as_id(name), site)
        return site, name

    def _open_site(self, line: str, fields: Fields) -> bool:
        """Make the site of a line, if it is new."""
        site, name = self._named_site(fields)
        if site in self.existing.sites:
            return True
        if site not in self.draft.sites:
            self._begin(line, site, name, fields)
        elif Column.SITE_NAME in fields and self.draft.sites[site]["name"] != name:
            first = self.draft.sites[site]["name"]
            raise RefusedError(
                phrase(
                    "the id {site} is that of {name} in line {line}: give it another",
                    site=site,
                    name=repr(first),
                    line=self._lines[site],
                )
            )
        return True

    def _begin(self, line: str, site: str, name: str, fields: Fields) -> None:
        value = site_of(fields, site, name)
        self.draft.sites[site] = value
        self._lines[site] = line
        self._names[as_id(name)] = site
        if Column.PARENT in fields:
            self._parents.append((line, site, fields[Column.PARENT]))
        told = phrase("{site}: {name}, {level}", site=site, name=name, level=_LEVELS[Level(value["level"])])
        if "unit" in value:
            told = phrase("{told} {code}", told=told, code=value["unit"])
        self.draft.taken.append(Taken(line, phrase("site"), told))

    def _link(self, line: str, fields: Fields) -> None:
        reasons, site = Reasons(), self._site
        if site is None:
            reasons.add(phrase("a link without a site: fill in the site's name"))
        drafted = ANY_SITE if site is None else self.draft.sites[site]
        made = reasons.of(link_of, fields, drafted, self.existing.carriers, self._targets)
        reasons.tell()
        if made is None:  # told by now
            return
        name, link = made
        drafted.setdefault("links", {})[name] = link
        self._targets[link["target"]] = f"{site}/{name}"
        told = f"{site}/{name}: {link['carrier']} {link['target']}"
        self.draft.taken.append(Taken(line, phrase("link"), told))

    def _contact(self, line: str, fields: Fields, *, at_room: bool) -> bool:
        """Take a contact; whether it is a new one."""
        value = contact_of(fields, self.existing, at_room=at_room)
        contact = contact_id_of(value, self.draft.contacts, self.existing)
        is_new = contact not in self.draft.contacts and contact not in self.existing.contacts
        if is_new:
            self.draft.contacts[contact] = value
            whose = f" ({value['carrier']})" if "carrier" in value else ""
            who, reach = f"{contact}: {value['name']}{whose}", value.get("phone") or phrase("no phone")
            told = phrase("{who}, {reach}", who=who, reach=reach)
            if Column.PHONE in fields and lacks_zero(fields[Column.PHONE]):
                told = phrase("{told} (its leading 0 was missing and is put back)", told=told)
            self.draft.taken.append(Taken(line, phrase("contact"), told))
        if at_room and self._site in self.draft.sites:
            contacts = self.draft.sites[self._site].setdefault("contacts", [])
            if contact not in contacts:
                contacts.append(contact)
                if not is_new:
                    self.draft.taken.append(Taken(line, phrase("contact"), f"{self._site}: {contact}"))
        return is_new

    def _levels(self) -> dict[str, Level]:
        drafted = {site: Level(value["level"]) for site, value in self.draft.sites.items()}
        return {**self.existing.sites, **drafted}


def _is_top(site: Value) -> bool:
    return bool(site["level"] == Level.PROVINCE.value)
