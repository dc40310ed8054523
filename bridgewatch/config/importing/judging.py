"""A whole list: every line judged, and sites held back that would be written by halves."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from bridgewatch.config.importing.cells import Sheet
from bridgewatch.config.importing.columns import fields_of, table_of
from bridgewatch.config.importing.draft import Draft, Refusal
from bridgewatch.config.importing.drafter import Drafter, Fields
from bridgewatch.config.importing.existing import Existing
from bridgewatch.model.phrases import phrase

_NO_LIST: Final = phrase(
    "no list: it needs a line of headers such as Tên điểm cầu, Nhà mạng, Địa chỉ IP (see --template)"
)


class _Listed(NamedTuple):
    """The lines of one table, as people find them."""

    lines: tuple[tuple[str, Fields], ...]
    unread: tuple[str, ...]


def draft_of(sheets: Iterable[Sheet], existing: Existing) -> Draft:
    """Take every line that can be taken.

    An import never changes a site that exists, so a site is written whole or not at all: one line of it that
    is refused holds back the others, and all sites below it, until the list is mended.
    """
    tables = _listed(sheets)
    if not tables:
        return Draft(refused=[Refusal("", _NO_LIST)])
    first = _drafted(tables, Drafter(existing))
    refused = {refusal.line for refusal in first.draft.refused}
    held = {first.site_of[line] for line in refused if line in first.site_of} - existing.sites.keys()
    held |= _below(held, first.parent_of)
    draft = _drafted(tables, Drafter(existing, frozenset(held))).draft if held else first.draft
    lines = {line: number for number, line in enumerate(line for table in tables for line, _ in table.lines)}
    draft.refused = first.draft.refused + [
        Refusal(line, phrase("held back with the other lines of {site}, or of what is above it", site=site))
        for line, site in first.site_of.items()
        if site in held and line not in refused
    ]
    draft.refused.sort(key=lambda refusal: lines[refusal.line])
    draft.lines = len(lines)
    draft.unread = list(dict.fromkeys(header for table in tables for header in table.unread))
    return draft


def _drafted(tables: Iterable[_Listed], drafter: Drafter) -> Drafter:
    for table in tables:
        drafter.begin_sheet()
        for line, fields in table.lines:
            drafter.take(line, fields)
    drafter.finish()
    return drafter


def _listed(sheets: Iterable[Sheet]) -> list[_Listed]:
    found = [(sheet.name, table) for sheet in sheets if (table := table_of(sheet)) is not None]
    listed = []
    for name, table in found:
        prefix = f"{name} " if len(found) > 1 else ""
        fields = ((f"{prefix}{line.number}", fields_of(line, table.columns)) for line in table.lines)
        listed.append(_Listed(tuple((line, one) for line, one in fields if one), table.unread))
    return listed


def _below(held: Iterable[str], parent_of: Mapping[str, str]) -> set[str]:
    """The sites that hang on those in `held`, directly or not."""
    children: dict[str, list[str]] = {}
    for site, parent in parent_of.items():
        children.setdefault(parent, []).append(site)
    found: set[str] = set()
    pending = list(held)
    while pending:
        fresh = [site for site in children.get(pending.pop(), ()) if site not in found]
        found.update(fresh)
        pending += fresh
    return found
