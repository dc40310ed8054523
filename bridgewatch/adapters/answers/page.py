"""The page behind an answer's link: what, who has it, three buttons, and what was measured. No scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from bridgewatch.adapters.answers.press import Press
from bridgewatch.adapters.answers.style import STYLE
from bridgewatch.model.delivery import BriefIncident, BriefLink, LinkFigures
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.ids import ContactId, IncidentId
from bridgewatch.model.people import Contact
from bridgewatch.model.policy import numbered
from bridgewatch.model.words import Language, Reason
from bridgewatch.texts.answers import AnswerWords, answer_words
from bridgewatch.texts.calls import tell_box
from bridgewatch.texts.messages import facts
from bridgewatch.texts.messages.tongue import Tongue
from bridgewatch.texts.words import tell

_SHOWN: Final = 5  # sites, links
_AHEAD_OF_BUTTONS: Final = 4  # incidents


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows. `form` goes with the buttons; `said` is what was pressed just now.

    `roots` are the incidents that explain folded ones, by the ids of those: an answer is for them. `names`
    are those of the people who were called, with the numbers to call them.
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
    names: Mapping[ContactId, str] = field(default_factory=dict)

    @property
    def tongue(self) -> Tongue:
        """How it speaks."""
        return Tongue(self.language, self.timezone, self.now_ns)

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
    count = len(view.standings)
    several = f" · {words.several.format(count)}<p>{words.all_of_them.format(count)}</p>" if count > 1 else ""
    what = f"<ul>{''.join(_summary(standing, view, words) for standing in view.standings)}</ul>"
    # Nobody scrolls past a long list to a button.
    asked = f"{what}{_form(view, words)}" if count <= _AHEAD_OF_BUTTONS else f"{_form(view, words)}{what}"
    body = f"""{_said(view, words)}
<div class="dim">{words.called.format(f"<b>{escape(view.contact.name)}</b>")}{several}</div>
{asked}
{"".join(_card(standing, view, words) for standing in view.standings)}"""
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
        Press.DECLINE: _said_decline(view, words) if _all_declined(view) else "",
        None: "",
    }[view.said]
    return f'<p class="said good" role="status">✔ {text}</p>' if text else ""


def _said_decline(view: View, words: AnswerWords) -> str:
    had_it = any(standing.handed_back == view.contact.id for standing in view.answerable)
    return words.said_handed_back if had_it else words.said_decline


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
    return (
        f"<li><h2><code>{escape(told.code)}</code> {escape(facts.where(view.tongue, told))}</h2>"
        f"<p>{escape(facts.capital(facts.label(view.tongue, told)))}</p>"
        f"<p>{_who(standing, view, words)}</p></li>"
    )


def _card(standing: Standing, view: View, words: AnswerWords) -> str:
    """What is known of it, and who was called."""
    told, tongue = standing.told, view.tongue
    rows = {words.since: escape(_since(told, tongue, words))}
    if told.spells > 1 and told.first_ns is not None:
        rows[words.again] = escape(
            words.again_since.format(tongue.nth(told.spells), tongue.clock(told.first_ns))
        )
    if links := facts.links(told):
        total = max(told.links_total, len(links))
        rows[words.links] = _listed([_link(link, view, words) for link in links], total, words)
    if told.why not in facts.SAID_BY_LABEL:
        rows[words.finding] = escape(facts.capital(tongue.word(told.why)))
    for label, sites in (
        (words.sites_dark, told.dark),
        (words.sites_impaired, told.impaired),
        (words.sites_reduced, told.reduced),
    ):
        if sites:
            rows[label] = _listed([escape(facts.bare(site)) for site in sites], len(sites), words)
    if told.event_name:
        event, phase = facts.event(tongue, told)
        rows[words.event] = escape(f"{event} ({phase})" if event else told.event_name)
    if standing.called:
        rows[words.called_already] = _called(standing, view, words)
    heading = f"<p><code>{escape(told.code)}</code></p>" if len(view.standings) > 1 else ""
    return f"<article>{heading}{_rows(rows)}</article>"


def _since(told: BriefIncident, tongue: Tongue, words: AnswerWords) -> str:
    began = tongue.clock(told.began_ns)
    if told.ended_ns is None:
        return f"{began} ({tongue.span(tongue.now_ns - told.began_ns)})"
    ended = words.ended.format(tongue.clock(told.ended_ns))
    return f"{began} · {ended} ({tongue.span(told.ended_ns - told.began_ns)})"


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
    why = facts.before(view.tongue, told) if standing.stage is Stage.CALLING else ""
    return f'<b class="bad">{escape(quiet)}</b>' + (f" · {escape(facts.capital(why))}" if why else "")


def _link(link: BriefLink, view: View, words: AnswerWords) -> str:
    """Which one it is, on what evidence it was found broken, and what is seen of it now."""
    parts = [f"<b>{escape(facts.place(view.tongue, link))}</b>"]
    if link.proof.reason is not Reason.NONE or link.shortfall is not None:
        parts.append(_figures(facts.capital(facts.evidence(view.tongue, link))))
    if link.figures is not None:
        parts.append(f'<span class="dim">{escape(words.now)}</span> {_figures(_now(link.figures, view))}')
    return "<br>".join(parts)


def _now(figures: LinkFigures, view: View) -> str:
    tongue = view.tongue
    since = tongue.say("since {time}", time=tongue.clock(figures.since_ns))
    measured = facts.figures(tongue, figures)
    box = tell_box(figures.call, view.now_ns, view.language) if figures.call is not None else ""
    return "; ".join(filter(None, (f"{tell(figures.state, view.language)} {since}", measured, box)))


def _figures(text: str) -> str:
    """Text as HTML, in which no figure is parted from its unit."""
    return escape(text).replace(" %", "&nbsp;%").replace(" ms", "&nbsp;ms")


def _called(standing: Standing, view: View, words: AnswerWords) -> str:
    """Everybody in the order of their calls, with what they said, and who is called next."""
    told = []
    for contact in standing.called:
        name = escape(view.names.get(contact, contact))
        if contact == view.contact.id:
            name = f"<b>{name}</b>"
        if contact == standing.taken_contact and standing.told.taken_by is not None:
            name += f" · {escape(words.has_it)}"
        elif contact in standing.declined:
            name += f" · {escape(words.has_declined)}"
        told.append(name)
    if standing.next_ns is not None and standing.step is not None:
        following = numbered(standing.step + 1, standing.steps)
        told_next = words.next_again if following.again else words.next_step
        step = told_next.format(following.number, view.tongue.clock(standing.next_ns))
        told.append(f'<span class="dim">{escape(step)}</span>')
    return "<br>".join(told)


def _listed(names: Sequence[str], total: int, words: AnswerWords) -> str:
    """Pieces of HTML, at most so many, and how many more there are."""
    shown = list(names[:_SHOWN])
    if total > len(shown):
        shown.append(words.more.format(total - len(shown)))
    return "".join(f'<span class="item">{one}</span>' for one in shown)


def _rows(rows: Mapping[str, str]) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows.items()) + "</dl>"
