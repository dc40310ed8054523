"""Takes a list line by line and says of each what it gives, or why it gives nothing."""

from collections.abc import Callable, Mapping
from typing import Final, ParamSpec, TypeVar

from pydantic import ValidationError

from bridgewatch.config.cycles import find_cycles
from bridgewatch.config.documents.contacts import ContactsDocument
from bridgewatch.config.documents.sites import SitesDocument
from bridgewatch.config.errors import Problem
from bridgewatch.config.explain import problems_of
from bridgewatch.config.hints import as_id
from bridgewatch.config.hosts import parse_host
from bridgewatch.config.importing.cells import Cell
from bridgewatch.config.importing.columns import CONTACT_COLUMNS, LINK_COLUMNS, SITE_COLUMNS, Column
from bridgewatch.config.importing.draft import Draft, Refusal, Taken, Value
from bridgewatch.config.importing.existing import Existing
from bridgewatch.config.importing.values import (
    RefusedError,
    access_of,
    carrier_of,
    language_of,
    level_of,
    network_of_cell,
    phone_of,
    rates_of,
    site_id_of,
    suggested,
    unit_of,
)
from bridgewatch.config.references import is_above
from bridgewatch.model.paging import GatewayKind
from bridgewatch.model.words import Language, Level

_Arguments = ParamSpec("_Arguments")
_Made = TypeVar("_Made")

Fields = Mapping[Column, Cell]

_PHONE_GATEWAYS: Final = (GatewayKind.STRINGEE, GatewayKind.ESMS)


class Drafter:
    """Fills `draft`; lines of the sites in `held` are passed over. `site_of`: which site a line is of."""

    def __init__(self, existing: Existing, held: frozenset[str] = frozenset()) -> None:
        self.existing = existing
        self.held = held
        self.draft = Draft()
        self.site_of: dict[str, str] = {}
        self.parent_of: dict[str, str] = {}
        self._site: str | None = None  # of the line before: merged cells name it once for several links
        self._lines: dict[str, str] = {}  # where each site was named first
        self._names = dict(existing.site_of_name)
        self._targets = dict(existing.targets)
        self._parents: list[tuple[str, str, Cell]] = []

    def begin_sheet(self) -> None:
        """Forget the line before."""
        self._site = None

    def take(self, line: str, fields: Fields) -> None:
        """Take a line: its site, its link and its contact, as far as they are there."""
        says_site, says_link, says_contact = (
            any(column in fields for column in columns)
            for columns in (SITE_COLUMNS, LINK_COLUMNS, CONTACT_COLUMNS)
        )
        if says_site:
            named = self._try(line, self._named_site, fields)
            self._site = named[0] if named is not None else None
        if self._site is not None and (says_site or says_link):
            self.site_of[line] = self._site
        if self._site in self.held and (says_site or says_link):
            return
        if formula := next((column for column, cell in fields.items() if cell.text.startswith("=")), None):
            self._refuse(line, f"a formula under {formula.value!r}: fill in its value")
            self._site = None
        elif not (says_site or says_link or says_contact):
            self._refuse(line, "neither a site nor a contact")
        else:
            self._take(line, fields, says_site=says_site, says_link=says_link, says_contact=says_contact)

    def finish(self) -> None:
        """Name the parents, now that all sites are known."""
        levels = self._levels()
        for line, site, cell in self._parents:
            parent = cell.text if cell.text in levels else self._names.get(as_id(cell.text))
            if parent is None or parent == site:
                near = suggested(cell.text, set(levels))
                self._refuse(line, f"the parent {cell.text!r} is no other site that is known{near}")
            elif not is_above(levels[parent], levels[site]):
                self._refuse(line, f"the parent {parent} is a {levels[parent]}, which is not above {site}")
            else:
                self.parent_of[site] = self.draft.sites[site]["parent"] = parent
        for cycle in find_cycles(self.parent_of):
            self._refuse(self._lines[cycle[0]], f"the parents of {cycle[0]} lead back to it")
        tops = [*self.existing.tops, *(s for s, v in self.draft.sites.items() if _is_top(v))]
        for site, value in self.draft.sites.items() if len(tops) == 1 else ():
            if not _is_top(value):
                self.parent_of[site] = value.setdefault("parent", tops[0])

    def _take(
        self, line: str, fields: Fields, *, says_site: bool, says_link: bool, says_contact: bool
    ) -> None:
        if says_site and not self._try(line, self._open_site, line, fields):
            self._site = None
        if says_link and not (says_site and self._site is None):
            self._try(line, self._link, line, fields)
        if says_contact:
            self._try(line, self._contact, line, fields, at_room=says_site or says_link)

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
            self._refuse(line, str(reason))
            return None

    def _refuse(self, line: str, reason: str) -> None:
        self.draft.refused.append(Refusal(line, reason))

    def _open_site(self, line: str, fields: Fields) -> bool:
        """Make the site of a line, if it is new."""
        site, name = self._named_site(fields)
        if site in self.existing.sites:
            more = "; its contact is taken: name it there" if Column.CONTACT in fields else ""
            raise RefusedError(f"the site {site} exists already and is not changed{more}")
        if site not in self.draft.sites:
            self._begin(line, site, name, fields)
        elif Column.SITE_NAME in fields and self.draft.sites[site]["name"] != name:
            first = self.draft.sites[site]["name"]
            raise RefusedError(
                f"the id {site} is that of {first!r} in line {self._lines[site]}: give it another"
            )
        return True

    def _named_site(self, fields: Fields) -> tuple[str, str]:
        """The id and the name of a line's site; without an id, a name that is known says which it is."""
        site, name = _id_and_name(fields)
        if Column.SITE not in fields:
            site = self.existing.site_of_name.get(as_id(name), site)
        return site, name

    def _begin(self, line: str, site: str, name: str, fields: Fields) -> None:
        level = level_of(fields.get(Column.LEVEL), name)
        value: Value = {"id": site, "name": name, "level": level.value}
        for key, column in (("unit", Column.UNIT), ("legacy_unit", Column.LEGACY_UNIT)):
            if column in fields:
                value[key] = unit_of(fields[column], level)
        _check("sites", {"sites": [value]})
        self.draft.sites[site] = value
        self._lines[site] = line
        self._names[as_id(name)] = site
        if Column.PARENT in fields:
            self._parents.append((line, site, fields[Column.PARENT]))
        code = f" {value['unit']}" if "unit" in value else ""
        self.draft.taken.append(Taken(line, "site", f"{site}: {name}, {level.value}{code}"))

    def _link(self, line: str, fields: Fields) -> None:
        site = self._site
        if site is None:
            raise RefusedError("a link without a site: fill in the site's name")
        network = network_of_cell(fields.get(Column.NETWORK))
        if Column.CARRIER not in fields:
            raise RefusedError("a link without a carrier")
        if Column.TARGET not in fields:
            raise RefusedError("a link without an IP address")
        link: Value = {"carrier": carrier_of(fields[Column.CARRIER], self.existing.carriers)}
        if Column.CIRCUIT in fields:
            link["circuit"] = fields[Column.CIRCUIT].text
        if access := access_of(fields.get(Column.ACCESS), fields.get(Column.NETWORK)):
            link["access"] = access.value
        rates = rates_of(fields.get(Column.BANDWIDTH), fields.get(Column.DOWN), fields.get(Column.UP))
        if rates:
            link["contract"] = {"down": rates[0], "up": rates[1]}
        if Column.VIA in fields:
            link["via"] = fields[Column.VIA].text
        link["target"] = fields[Column.TARGET].text
        links = self.draft.sites[site].setdefault("links", {})
        name = _free(network.value, links)
        _check("sites", {"sites": [self.draft.sites[site] | {"links": {name: link}}]}, f"links.{name}.")
        link["target"] = parse_host(link["target"])
        owner = self._targets.setdefault(link["target"], f"{site}/{name}")
        if owner != f"{site}/{name}":
            raise RefusedError(f"the IP address {link['target']} is that of {owner} already")
        links[name] = link
        told = f"{site}/{name}: {link['carrier']} {link['target']}"
        self.draft.taken.append(Taken(line, "link", told))

    def _contact(self, line: str, fields: Fields, *, at_room: bool) -> None:
        if Column.CONTACT not in fields:
            raise RefusedError("a contact without a name")
        name = fields[Column.CONTACT].text
        value: Value = {"name": name}
        if (language := language_of(fields.get(Column.LANGUAGE))) is not Language.VI:
            value["language"] = language.value
        # The carrier of a line with a site is the link's: who answers at the room is nobody's but the room's.
        if not at_room and Column.CARRIER in fields:
            value["carrier"] = carrier_of(fields[Column.CARRIER], self.existing.carriers)
        if Column.PHONE in fields:
            value["phone"] = phone_of(fields[Column.PHONE])
        channels = self._channels(fields, value.get("phone"))
        if channels:
            value["channels"] = channels
        contact = self._named(name, value)
        if contact not in self.draft.contacts and contact not in self.existing.contacts:
            _check("contacts", {"contacts": {contact: value}}, f"contacts.{contact}.")
            self.draft.contacts[contact] = value
            reach = value.get("phone", "no phone")
            whose = f" of {value['carrier']}" if "carrier" in value else ""
            self.draft.taken.append(Taken(line, "contact", f"{contact}: {name}{whose}, {reach}"))
        if at_room and self._site is not None:
            contacts = self.draft.sites[self._site].setdefault("contacts", [])
            if contact not in contacts:
                contacts.append(contact)

    def _channels(self, fields: Fields, phone: str | None) -> list[Value]:
        gateways = self.existing.gateways
        stated = [
            (GatewayKind.TELEGRAM, fields[Column.TELEGRAM].text if Column.TELEGRAM in fields else None),
            *((kind, phone) for kind in _PHONE_GATEWAYS),
            (GatewayKind.MAIL, fields[Column.MAIL].text if Column.MAIL in fields else None),
        ]
        return [{"via": gateways[kind], "to": to} for kind, to in stated if to and kind in gateways]

    def _named(self, name: str, value: Value) -> str:
        """The id of a contact: that of the same person, or a free one."""
        base = as_id(name)
        if not base:
            raise RefusedError(f"the contact {name!r} has no letter in its name")
        for number in range(1, len(self.draft.contacts) + len(self.existing.contacts) + 2):
            contact = base if number == 1 else f"{base[:60]}-{number}"
            drafted, there = self.draft.contacts.get(contact), self.existing.contacts.get(contact)
            if drafted is None and there is None:
                return contact
            phone = drafted.get("phone") if drafted is not None else there.phone if there else None
            if phone == value.get("phone"):
                return contact
        raise RefusedError(f"too many contacts are called {name!r}")

    def _levels(self) -> dict[str, Level]:
        drafted = {site: Level(value["level"]) for site, value in self.draft.sites.items()}
        return {**self.existing.sites, **drafted}


def _id_and_name(fields: Fields) -> tuple[str, str]:
    stated, named = fields.get(Column.SITE), fields.get(Column.SITE_NAME)
    name = (named or fields[Column.SITE]).text
    if stated is None or (named is None and as_id(stated.text) != stated.text):
        site = site_id_of(name, fields.get(Column.PROVINCE))
    elif as_id(stated.text) != stated.text:
        raise RefusedError(f"the id {stated.text!r} is none; one would be {as_id(stated.text) or 'xa-ia-pe'}")
    else:
        site = stated.text
    if not site:
        raise RefusedError(f"the site {name!r} has no letter in its name")
    return site, name


def _is_top(site: Value) -> bool:
    return bool(site["level"] == Level.PROVINCE.value)


def _free(network: str, links: Mapping[str, Value]) -> str:
    """`wan`, or `wan-2` where there is one."""
    return next(
        name
        for number in range(1, len(links) + 2)
        if (name := network if number == 1 else f"{network}-{number}") not in links
    )


def _check(kind: str, document: Value, below: str = "") -> None:
    """Raises RefusedError with what a file would be told. `below`: what need not be repeated of its keys."""
    model = SitesDocument if kind == "sites" else ContactsDocument
    try:
        model.model_validate(document)
    except ValidationError as error:
        raise RefusedError(_told(problems_of(kind, error)[0], below)) from None


def _told(problem: Problem, below: str) -> str:
    key = ".".join(str(part) for part in problem.path if not isinstance(part, int))
    key = key.removeprefix("sites.").removeprefix(below)
    return f"{key}: found {problem.found}, expected {problem.expected}" if key else problem.expected
