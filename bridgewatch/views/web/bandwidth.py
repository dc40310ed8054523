"""Links whose bandwidth falls short, for the page: what each lacks, and the figures it was judged by."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from bridgewatch.model.inventory import Link
from bridgewatch.model.snapshot import JudgedColumns, Snapshot
from bridgewatch.model.words import Language
from bridgewatch.texts.bandwidth import rate, tell_bandwidth, tell_unread
from bridgewatch.views.shortfalls import SHORTFALLS, Shortfall, needed_by, rows_of, unread
from bridgewatch.views.web.words import PAGE

COLUMNS: Final = ("link", "carrier", "bandwidth", "contract", "measured", "needed")
_NAMED: Final = 2  # events of a need
_NAMED_UNREAD: Final = 10  # links whose routers do not have their interfaces

Row = Sequence[str]


def short_rows(snapshot: Snapshot, language: Language, most: int) -> tuple[list[Row], int]:
    """Escaped cells under COLUMNS of at most so many links, and how many more there are."""
    judged = snapshot.judged
    if judged is None:
        return [], 0
    lacks: dict[int, list[Shortfall]] = {}
    for word in SHORTFALLS:
        for row in rows_of(judged, word).tolist():
            lacks.setdefault(row, []).append(word)
    links = list(snapshot.inventory.links.values())
    chosen = list(lacks.items())[:most]
    rows = [_row(snapshot, judged, links[row], row, words, language) for row, words in chosen]
    return rows, len(lacks) - len(chosen)


def unread_note(snapshot: Snapshot, language: Language) -> str:
    """A paragraph of the links whose routers do not have their interfaces; nothing where all have them."""
    links = unread(snapshot)
    if not links:
        return ""
    named = [
        f"<code>{escape(link)}</code> {escape(snmp.interface)} ({escape(snmp.host)})"
        for link, snmp in links[:_NAMED_UNREAD]
    ]
    more = [f"+{len(links) - len(named)}"] if len(links) > len(named) else []
    said = f'<span class="mark warn">▲ {escape(tell_unread(len(links), language))}</span>'
    return f"<p>{' · '.join([said, *named, *more])}</p>"


def headings(language: Language) -> list[str]:
    """The headings of COLUMNS."""
    return [PAGE[language][key] for key in COLUMNS]


def _row(
    snapshot: Snapshot,
    judged: JudgedColumns,
    link: Link,
    row: int,
    lacks: Sequence[Shortfall],
    language: Language,
) -> Row:
    carrier = snapshot.inventory.carriers.get(link.carrier)
    words = "<br>".join(
        f'<span class="mark warn">▲ {tell_bandwidth(word, language)}</span>' for word in lacks
    )
    return (
        f"{escape(snapshot.inventory.sites[link.site].name)}<br><code>{escape(link.id)}</code>",
        escape(carrier.name if carrier else link.carrier),
        words,
        _both(judged.promised_down[row], judged.promised_up[row], language),
        _both(judged.measured_down[row], judged.measured_up[row], language),
        _need(judged, row, language),
    )


def _need(judged: JudgedColumns, row: int, language: Language) -> str:
    """The most that is needed at a time, and the events that meet then: one alone may need less."""
    told = _one(judged.needed[row], language)
    names = needed_by(judged, row)
    if not names:
        return told
    listed = ", ".join(names[:_NAMED]) + (f" +{len(names) - _NAMED}" if len(names) > _NAMED else "")
    title = f"{', '.join(names)}: {PAGE[language]['needed_then']}"
    return f'{told}<br><span class="small" title="{escape(title)}">{escape(listed)}</span>'


def _both(down: float, up: float, language: Language) -> str:
    return "<br>".join(f"{arrow} {_one(value, language)}" for arrow, value in (("↓", down), ("↑", up)))


def _one(value: float, language: Language) -> str:
    return "-" if np.isnan(value) else rate(value, language)
