"""The page behind an answer's link: who, what, since when, who has it, and three buttons. No scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from typing import Final

from bridgewatch.adapters.answers.press import Press
from bridgewatch.adapters.answers.style import STYLE
from bridgewatch.model.delivery import BriefIncident, BriefLink
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.ids import ContactId, IncidentId
from bridgewatch.model.people import Contact
from bridgewatch.model.words import Language
from bridgewatch.texts.answers import AnswerWords, answer_words
from bridgewatch.texts.people import tell_people
from bridgewatch.texts.times import duration, short_time, zone_of

_SITES_SHOWN: Final = 5
_AHEAD_OF_BUTTONS: Final = 4  # incidents


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows. `form` goes with the buttons; `said` is what was pressed just now.

    `roots` are the incidents that explain folded ones, by the ids of those: an answer is for them.
    """

    contact: Contact
    standings: Sequence[Standing]
    roots: Mapping[IncidentId, Standing]
    now_ns: int
    timezone: str
    language: Language
    form: str
    said: Press | None = None
    notice: str = ""

    @property
    def answerable(self) -> Sequence[Standing]:
        """What an answer counts for."""
        return [self.root(standing) for standing in self.standings]

    def root(self, standing: Standing) -> Standing:
        """The incident that answers to this one are for."""
        return self.roots.get(standing.told.id, standing)


def answer_page(view: View) -> str:
    """The page as HTML; its form posts to its own address."""
    words = answer_words(view.language)
    zone = zone_of(view.timezone)
    count = len(view.standings)
    several = f" · {words.several.format(count)}<p>{words.all_of_them.format(count)}</p>" if count > 1 else ""
    what = f"<ul>{''.join(_summary(standing, view, words) for standing in view.standings)}</ul>"
    # Nobody scrolls past a long list to a button.
    asked = f"{what}{_form(view, words)}" if count <= _AHEAD_OF_BUTTONS else f"{_form(view, words)}{what}"
    body = f"""{_said(view, words)}
<div class="dim">{words.called.format(f"<b>{escape(view.contact.name)}</b>")}{several}</div>
{asked}
{"".join(_card(standing, view, words, zone) for standing in view.standings)}"""
    return _document(words.title, body, view.language, words)


def plain_page(language: Language, title: str, text: str) -> str:
    """A page with one sentence and no way on."""
    words = answer_words(language)
    return _document(title, f"<h2>{title}</h2><p>{escape(text)}</p>", language, words)


def _document(title: str, body: str, language: Language, words: AnswerWords) -> str:
    other = Language.EN if language is Language.VI else Language.VI
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<header><h1>bridgewatch</h1><a href="?lang={other}" lang="{other}">{words.other}</a></header>
{body}
</body>
</html>
"""


def _said(view: View, words: AnswerWords) -> str:
    """What has just been done, believed only as far as the incidents bear it out."""
    if view.notice:
        return f'<p class="said bad" role="status">{escape(view.notice)}</p>'
    mine = any(_is_mine(standing, view.contact.id) for standing in view.answerable)
    text = {
        Press.ACKNOWLEDGE: words.said_acknowledge if mine else "",
        Press.HELP: words.said_help,
        Press.DECLINE: words.said_decline if _all_declined(view) else "",
        None: "",
    }[view.said]
    return f'<p class="said good" role="status">✔ {text}</p>' if text else ""


def _form(view: View, words: AnswerWords) -> str:
    buttons = "".join(_button(press, words) for press in offered(view.answerable, view.contact.id))
    if not buttons:
        return f"<p><b>{words.nothing_left}</b></p>"
    return (
        f'<form method="post" action="?lang={view.language}">'
        f'<input type="hidden" name="form" value="{view.form}">{buttons}</form>'
    )


def offered(standings: Sequence[Standing], contact: ContactId) -> tuple[Press, ...]:
    """The buttons that still do something."""
    open_ones = [standing for standing in standings if standing.stage not in {Stage.OVER, Stage.FOLDED}]
    free = [standing for standing in open_ones if standing.told.taken_by is None]
    wanted = [standing for standing in free if contact not in standing.declined]
    mine = any(_is_mine(standing, contact) for standing in open_ones)
    return tuple(
        press
        for press, useful in (
            (Press.ACKNOWLEDGE, bool(free)),
            (Press.HELP, bool(free) or mine),
            (Press.DECLINE, bool(wanted)),
        )
        if useful
    )


def _is_mine(standing: Standing, contact: ContactId) -> bool:
    return standing.taken_contact == contact and standing.told.taken_by is not None


def _all_declined(view: View) -> bool:
    return all(
        view.contact.id in standing.declined or standing.stage is Stage.OVER for standing in view.answerable
    )


def _button(press: Press, words: AnswerWords) -> str:
    label, hint = getattr(words, press.value), getattr(words, f"{press.value}_hint")
    return (
        f'<button name="answer" value="{press}" class="{press}">{escape(label)}'
        f"<small>{escape(hint)}</small></button>"
    )


def _summary(standing: Standing, view: View, words: AnswerWords) -> str:
    """What it is and who has it, in a glance before the buttons."""
    told = standing.told
    kind = tell_people(told.kind, view.language)
    if told.suspected:
        kind = f"{kind} ({words.suspected})"
    return (
        f"<li><h2><code>{escape(told.code)}</code> {escape(told.subject)}</h2>"
        f"<p>{escape(_sentence(kind))}</p><p>{_who(standing, view, words)}</p></li>"
    )


def _card(standing: Standing, view: View, words: AnswerWords, zone: tzinfo) -> str:
    told = standing.told
    began = short_time(told.began_ns, zone, view.language)
    if told.ended_ns is None:
        since = f"{began} ({duration(view.now_ns - told.began_ns, view.language)})"
    else:
        since = f"{began} · {words.ended.format(short_time(told.ended_ns, zone, view.language))}"
    rows: dict[str, str] = {words.since: since}
    if told.event_name:
        rows[words.event] = escape(told.event_name)
    for label, sites in (
        (words.sites_dark, told.dark),
        (words.sites_impaired, told.impaired),
        (words.sites_reduced, told.reduced),
    ):
        if sites:
            rows[label] = _listed(sites, len(sites), words)
    if told.links:
        rows[words.links] = _links(told, words)
    heading = f"<p><code>{escape(told.code)}</code></p>" if len(view.standings) > 1 else ""
    return f"<article>{heading}{_rows(rows)}</article>"


def _who(standing: Standing, view: View, words: AnswerWords) -> str:
    root = view.root(standing)
    if root is not standing:
        folded = escape(words.folded.format(root.told.code))
        return f"{folded} · {_who(root, view, words)}"
    told = standing.told
    if standing.stage is Stage.FOLDED:
        return escape(words.folded.format(told.into or "?"))
    taken = ""
    if told.taken_by is not None:
        name = words.you if _is_mine(standing, view.contact.id) else words.taken_by.format(told.taken_by)
        taken = f'<b class="good">✔ {escape(name)}</b>'
    if standing.stage is Stage.OVER:
        return f"<b>{words.over}</b>" + (f" · {taken}" if taken else "")
    if taken:
        return taken
    quiet = words.muted if standing.stage is Stage.MUTED else words.nobody
    return f'<b class="bad">{escape(quiet)}</b>'


def _links(told: BriefIncident, words: AnswerWords) -> str:
    return _listed([_link(link) for link in told.links], told.links_total, words)


def _link(link: BriefLink) -> str:
    parts = [link.site, link.network.upper(), link.carrier]
    return ", ".join(parts) + (f" ({link.circuit})" if link.circuit else "")


def _listed(names: Sequence[str], total: int, words: AnswerWords) -> str:
    shown = [escape(name) for name in names[:_SITES_SHOWN]]
    if total > len(shown):
        shown.append(words.more.format(total - len(shown)))
    return "<br>".join(shown)


def _rows(rows: Mapping[str, str]) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows.items()) + "</dl>"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
