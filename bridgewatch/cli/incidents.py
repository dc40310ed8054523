"""`bridgewatch incidents`, `explain`, `ack`, `help`, `decline` and `resolve`: the NOC's desk."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridgewatch.cli.desk import EXITS, REFUSED, Asking, ByOption
from bridgewatch.cli.failures import FailedError, tell
from bridgewatch.cli.options import JsonOption, LanguageOption, StateOption
from bridgewatch.model.paging import AckWay

if TYPE_CHECKING:
    from bridgewatch.adapters.api.forms import IncidentTold
    from bridgewatch.adapters.api.silence_forms import SilenceTold

_Incidents = Annotated[
    list[str], typer.Argument(metavar="INCIDENT...", help="Ids, or the codes that stand in the pages.")
]
_Incident = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="An id, or the code that stands in the page.")
]
_ForOption = Annotated[
    str | None, typer.Option("--for", metavar="CONTACT", help="On whose behalf: a contact's id or name.")
]
_ViaOption = Annotated[
    AckWay | None,
    typer.Option(
        "--via",
        metavar="WAY",
        help="How that person told you: by phone unless it is said; desk, chat, sms, voice, link or api.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for name, command in (
        ("incidents", incidents),
        ("explain", explain),
        ("ack", acknowledge),
        ("help", ask_help),
        ("decline", decline),
        ("resolve", resolve),
    ):
        # Whoever asks for `help` of nothing wants to know how commands are used.
        app.command(name, epilog=EXITS, no_args_is_help=name == "help")(command)


def incidents(
    state: StateOption = None,
    *,
    language: LanguageOption,
    over: Annotated[
        bool, typer.Option("--all", help="Also the latest that are over; --since reaches further back.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="All since then instead, the latest first, however long over."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="All that began before then, the latest first.")
    ] = None,
    most: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="With --since or --until: how many at once.")
    ] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the incidents, the most urgent first; or those of a time.

    A time is as in 2026-11-25, 25/11/2026 or 2026-11-25T08:00; 08:00 is the latest one.
    """
    from bridgewatch.adapters.api.forms import IncidentsTold
    from bridgewatch.cli.desk_view import Paper, incidents_list
    from bridgewatch.model.desk import Stage

    asking = Asking(state, language, as_json=as_json)
    if since is not None or until is not None:
        _past(asking, {"since": since, "until": until, "most": str(most)})
        return
    value = asking.ask("GET", "/incidents", query={"all": "1"} if over else None)
    if as_json:
        asking.print_json(value)
        return
    told, paper = IncidentsTold.model_validate(value), Paper(language)
    count = sum(incident.stage not in {Stage.OVER, Stage.FOLDED} for incident in told.incidents)
    heading = paper.words.incidents.format(count) if count else paper.words.none_open
    paper.print(paper.text(heading, "bold"))
    if told.incidents:
        silences = _silences(asking, told.incidents)
        paper.print(incidents_list(told.incidents, told.at, silences, paper))


def _past(asking: Asking, query: dict[str, str | None]) -> None:
    """List those of a time, and say how to see the earlier ones."""
    from bridgewatch.adapters.api.forms import PastTold
    from bridgewatch.cli.desk_view import Paper, past_table, past_time

    value = asking.ask("GET", "/past", query={key: said for key, said in query.items() if said is not None})
    if asking.as_json:
        asking.print_json(value)
        return
    told, paper = PastTold.model_validate(value), Paper(asking.language)
    time = past_time(told, paper)
    if not told.incidents:
        paper.print(paper.text(paper.words.none_past.format(time), "bold"))
        return
    paper.print(paper.text(paper.words.past.format(time, len(told.incidents)), "bold"))
    paper.print(past_table(told.incidents, told.at, paper))
    if told.more:
        last = told.incidents[-1].began.isoformat(timespec="milliseconds")
        paper.print(paper.text(paper.words.earlier.format(last)))


def explain(
    incident: _Incident,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole story of an incident in order.

    What was measured, in packets and thresholds; what was grouped or held back, and why; who was called when,
    as what and why; through which channel, and what the gateway said; who answered how.
    """
    from bridgewatch.adapters.api.forms import StoryTold
    from bridgewatch.cli.desk_view import Paper, story

    asking = Asking(state, language, as_json=as_json)
    value = asking.ask("GET", f"/incidents/{_quoted(incident)}/story")
    if as_json:
        asking.print_json(value)
        return
    told, paper = StoryTold.model_validate(value), Paper(language)
    silences = _silences(asking, [told.incident] if told.incident else [])
    paper.print(*story(told.incident, told.lines, told.at, silences, paper))


def _silences(asking: Asking, incidents: "Iterable[IncidentTold]") -> "dict[str, SilenceTold]":
    """The silences, by id, if one of these incidents is under any."""
    from bridgewatch.adapters.api.silence_forms import SilencesTold

    if all(incident.silence is None for incident in incidents):
        return {}
    told = SilencesTold.model_validate(asking.ask("GET", "/silences"))
    return {silence.id: silence for silence in told.silences}


def acknowledge(
    incidents: _Incidents,
    contact: _ForOption = None,
    via: _ViaOption = None,
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Say that somebody has an incident: nobody else is called."""
    asking = Asking(state, language, by, as_json)
    _answer(asking, incidents, "acknowledge", {"for": contact, "via": via}, "took")


def ask_help(
    incidents: _Incidents,
    contact: _ForOption = None,
    via: _ViaOption = None,
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Ask for help with an incident: the next step is called now.

    How commands are used, `bridgewatch --help` tells.
    """
    asking = Asking(state, language, by, as_json)
    _answer(asking, incidents, "help", {"for": contact, "via": via}, "asked_help")


def decline(
    incidents: _Incidents,
    contact: Annotated[
        str, typer.Option("--for", metavar="CONTACT", help="Who declines: a contact's id or name.")
    ],
    via: _ViaOption = None,
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Say for a contact that an incident is not theirs: they are not called for it again."""
    asking = Asking(state, language, by, as_json)
    _answer(asking, incidents, "decline", {"for": contact, "via": via}, "declined", contact)


def resolve(
    incidents: _Incidents,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the story.")] = "",
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Close an incident, whatever is measured: those who were called are told."""
    asking = Asking(state, language, by, as_json)
    _answer(asking, incidents, "resolve", {"note": note}, "resolved")


def _answer(
    asking: Asking, incidents: list[str], action: str, body: dict[str, Any], done: str, contact: str = ""
) -> None:
    """Ask it of each incident. Where one is refused, the others are asked all the same."""
    from bridgewatch.adapters.api.forms import OutcomeTold
    from bridgewatch.cli.desk_view import Paper
    from bridgewatch.views.terminal.look import POOR

    sent = {key: value for key, value in body.items() if value is not None}
    refused: list[str] = []
    for name in incidents:
        try:
            value = asking.ask("POST", f"/incidents/{_quoted(name)}/{action}", sent)
        except FailedError as failure:
            if failure.code != REFUSED:
                raise
            refused.append(tell(failure.said, asking.language))
            continue
        if asking.as_json:
            asking.print_json(value)
            continue
        outcome, paper = OutcomeTold.model_validate(value), Paper(asking.language)
        told = outcome.incidents[0] if outcome.incidents else None
        code = told.code if told else name
        who = contact or (told.taken.by if told and told.taken else outcome.actor)
        what = "handed_back" if outcome.handed_back else done
        template = getattr(paper.words, what) if outcome.changed else paper.words.nothing_changed
        paper.print(paper.text(template.format(code, who)))
        if outcome.not_called is not None:
            paper.print(paper.text(paper.words.not_called.format(code, outcome.not_called.name), POOR))
    if refused:
        raise FailedError("; ".join(refused), REFUSED)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
