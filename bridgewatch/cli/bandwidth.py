"""`bridgewatch bandwidth plan | run | queue | results | cancel`: what links could carry."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

import typer

from bridgewatch.cli.bandwidth_wanted import WITHIN, Wanted
from bridgewatch.cli.desk import DONE, EXITS, REFUSED, Asking, ByOption
from bridgewatch.cli.failures import FailedError, UnfitError
from bridgewatch.cli.options import FilesOption, JsonOption, LanguageOption, StateOption
from bridgewatch.cli.spoken import SpokenGroup
from bridgewatch.model.bandwidth import Direction, Method
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from bridgewatch.adapters.api.throughput_forms import TestTold
    from bridgewatch.core.throughput.plan import ThroughputPlan

_LOOK_SECONDS: Final = 0.5  # between two looks at a test that runs
_EXITS_OF_RUN: Final = (
    "Exits 0 when it was measured, 1 when it was refused, stopped or failed, 2 when no daemon could be asked."
)
_EXITS_OF_PLAN: Final = "Exits 0 when something can be tested, 1 when nothing can, 2 when it cannot be told."

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Links, sites with all links at and below them, or events."),
]
CarrierOption = Annotated[
    str | None, typer.Option("--carrier", metavar="CARRIER", help="Only the links of this carrier.")
]
EventOption = Annotated[
    str | None, typer.Option("--event", metavar="EVENT", help="Only the links of this event's sites.")
]
MethodOption = Annotated[
    list[Method] | None,
    typer.Option("--method", help="How to measure; else as each link is configured. May be repeated."),
]
DirectionOption = Annotated[
    Direction | None, typer.Option("--direction", help="Only this direction, seen from the site.")
]
SecondsOption = Annotated[
    float | None, typer.Option("--seconds", min=1, max=60, help="Of each direction; else as configured.")
]
RateOption = Annotated[
    str | None, typer.Option("--rate", metavar="RATE", help="Ask for no more than this, such as 50M.")
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force", help="Also in freeze and outside the windows: takes --by and --reason, and is recorded."
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the log.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        cls=SpokenGroup,
        help="Measure what links could carry: plan tests, run one, read results.",
        no_args_is_help=True,
    )
    group.command("plan", epilog=_EXITS_OF_PLAN)(plan)
    group.command("run", epilog=_EXITS_OF_RUN)(run)
    group.command("queue", epilog=EXITS)(queue)
    group.command("results", epilog=EXITS)(results)
    group.command("cancel", epilog=EXITS)(cancel)
    app.add_typer(group, name="bandwidth")


def plan(
    names: NamesArgument = None,
    carrier: CarrierOption = None,
    event: EventOption = None,
    method: MethodOption = None,
    direction: DirectionOption = None,
    seconds: SecondsOption = None,
    rate: RateOption = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Not before; now unless it is said.")
    ] = None,
    ends: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="Begin none later; in a week if not said."),
    ] = None,
    directory: FilesOption = None,
    state: StateOption = None,
    by: ByOption = None,
    reason: ReasonOption = "",
    *,
    language: LanguageOption,
    force: ForceOption = False,
    go: Annotated[bool, typer.Option("--go", help="Queue the tests in the daemon.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List every test.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show which tests would run when, how long that takes and what it costs, before any of them starts.

    One test runs on a shared path at a time, within windows and ceilings, never in check or live. Tests that
    the daemon has queued already come first.
    """
    from bridgewatch.adapters.api.times import parse_instant, parse_span, parse_start
    from bridgewatch.cli.known import known
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.paper import console_for, look_for
    from bridgewatch.texts.times import zone_of
    from bridgewatch.views.terminal.throughput_plan import plan_lines

    if not (names or carrier or event):
        raise UnfitError(phrase("say of what: links, sites, a carrier or an event"), "NAME")
    _says_who(force=force, by=by, reason=reason)
    daemon = known(state)
    inventory = loaded(daemon.files(directory), language, code=2)
    daemon.warn_of_plans("bandwidth plan", language)
    now_ns, zone = time.time_ns(), zone_of(inventory.timezone)
    try:
        starts_ns = parse_start(starts, now_ns, zone) if starts else now_ns
        ends_ns = parse_instant(ends, zone, after_ns=starts_ns) if ends else None
    except ValueError as error:
        raise UnfitError(error.args[0], "--from / --to") from None
    asking = Asking(state, language, by, as_json)
    command = Wanted(
        tuple(names or ()), carrier, event, tuple(method or ()), direction, seconds, _rate(rate), force
    )
    queued = () if daemon.problem else _queued(asking)
    console = console_for()
    with _planning(as_json=as_json):
        found = command.plan(
            inventory,
            daemon.orders,
            queued,
            now_ns,
            (starts_ns, ends_ns or starts_ns + parse_span(WITHIN)),
            reason,
        )
    if as_json:
        typer.echo(json.dumps(_plan_json(found, zone_name=inventory.timezone), ensure_ascii=False, indent=2))
    else:
        for part in plan_lines(found, inventory, look_for(console, inventory, language), every=every):
            console.print(part, highlight=False)
    if not found.tests:
        raise typer.Exit(REFUSED)
    if go:
        _go(asking, command.body(starts, ends, reason), console)
    elif not as_json:
        from bridgewatch.cli.desk_view import Paper

        paper = Paper(language)
        paper.print(paper.text(_words(language).how_to_go, "bold"))


def run(
    link: Annotated[str, typer.Argument(metavar="SITE/LINK", help="The link.")],
    method: MethodOption = None,
    direction: DirectionOption = None,
    seconds: SecondsOption = None,
    rate: RateOption = None,
    wait: Annotated[
        str, typer.Option("--wait", metavar="DURATION", help="How long it may wait for its path.")
    ] = "1m",
    reason: ReasonOption = "",
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Test one link now, and watch it. Ctrl-C stops the test.

    Never in check or live; in freeze and outside the link's windows only with --force.
    """
    _says_who(force=force, by=by, reason=reason)
    asking = Asking(state, language, by, as_json)
    wanted = Wanted((link,), None, None, tuple(method or ()), direction, seconds, _rate(rate), force)
    body = {**wanted.body(None, None, reason), "lasts": wait, "one": True}
    asked = asking.ask("POST", "/tests", body)
    if not asked["tests"]:
        raise FailedError(phrase("nothing was asked for"), REFUSED)
    test = _watched(asking, asked["tests"][0])
    if as_json:
        asking.print_json(test.model_dump(mode="json"))
    raise typer.Exit(DONE if test.stage == "done" else REFUSED)


def queue(
    names: NamesArgument = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """List the tests that run or wait, and what they wait for."""
    from bridgewatch.cli.bandwidth_view import queue as lines

    asking = Asking(state, language, as_json=as_json)
    tests = [test for test in _tests(asking, names) if test.ended is None]
    _show(asking, tests, lines, _words(language).no_test)


def results(
    names: NamesArgument = None,
    plan_name: Annotated[
        str | None, typer.Option("--plan", metavar="PLAN", help="Only the tests of this plan.")
    ] = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    every: Annotated[
        bool, typer.Option("--all", help="The last eight of each link, not only the newest.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what tests measured: each direction against its contract, newest first, and which came to nothing.

    Rates are payload: of packets of 1500 octets TCP carries 96.5 % of a contract, and shares are of that.
    """
    from bridgewatch.cli.bandwidth_view import newest, over
    from bridgewatch.cli.bandwidth_view import results as lines

    asking = Asking(state, language, as_json=as_json)
    tests = over(_tests(asking, names, plan_name))
    _show(asking, tests if every else newest(tests), lines, _words(language).no_result)


def cancel(
    test: Annotated[
        str | None, typer.Argument(metavar="[TEST]", help="As `bandwidth queue` shows it.")
    ] = None,
    plan_name: Annotated[
        str | None, typer.Option("--plan", metavar="PLAN", help="All tests of this plan.")
    ] = None,
    by: ByOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Stop a test within a second, or never begin it."""
    from bridgewatch.cli.desk_view import Paper

    if (test is None) == (plan_name is None):
        raise UnfitError(phrase("name one test, or a plan"), "TEST")
    asking = Asking(state, language, by, as_json)
    if test is not None:
        value = asking.ask("DELETE", f"/tests/{quote(test, safe='')}")
    else:
        value = asking.ask("DELETE", "/tests", query={"plan": plan_name or ""})
    if as_json:
        asking.print_json(value)
        return
    paper = Paper(language)
    paper.print(paper.text(_words(language).cancelled.format(test or plan_name)))


def _says_who(*, force: bool, by: str | None, reason: str) -> None:
    """Overriding the rules takes a person's name, which `root` is not, and why."""
    if not force:
        return
    if not (by or os.environ.get("SUDO_USER")):
        raise UnfitError(phrase("say who you are: overriding the rules is recorded"), "--by")
    if not reason.strip():
        raise UnfitError(phrase("say why: overriding the rules is recorded"), "--reason")


def _go(asking: Asking, body: dict[str, Any], console: Any) -> None:
    value = asking.ask("POST", "/tests", body)
    if asking.as_json:
        return
    words = _words(asking.language)
    console.print(words.queued.format(len(value["tests"]), value["plan"]), style="bold", highlight=False)


def _queued(asking: Asking) -> list["TestTold"]:
    return [test for test in _tests(asking, None) if test.ended is None]


def _tests(asking: Asking, names: list[str] | None, plan_name: str | None = None) -> list["TestTold"]:
    from bridgewatch.adapters.api.throughput_forms import TestsTold

    query = {"of": ",".join(names)} if names else {}
    if plan_name:
        query["plan"] = plan_name
    return TestsTold.model_validate(asking.ask("GET", "/tests", query=query)).tests


def _show(asking: Asking, tests: list["TestTold"], made: Any, nothing: str) -> None:
    from bridgewatch.cli.desk_view import Paper

    if asking.as_json:
        asking.print_json([test.model_dump(mode="json") for test in tests])
        return
    paper = Paper(asking.language)
    paper.print(made(tests, paper.look) if tests else paper.text(nothing))


def _watched(asking: Asking, name: str) -> "TestTold":
    """Follow a test until it is over; Ctrl-C has it stopped, and then it is followed to its end."""
    from bridgewatch.cli.bandwidth_watch import Screen

    stopping = False
    with Screen(asking.language, silent=asking.as_json) as screen:
        while True:
            try:
                test = _test(asking, name)
                screen.show(test)
                if test.ended is not None:
                    return test
                time.sleep(_LOOK_SECONDS)
            except KeyboardInterrupt:
                if stopping:
                    raise
                stopping = True
                screen.say(_words(asking.language).stopping.format(name))
                with contextlib.suppress(FailedError):  # it may have ended just now
                    asking.ask("DELETE", f"/tests/{quote(name, safe='')}")


def _test(asking: Asking, name: str) -> "TestTold":
    from bridgewatch.adapters.api.throughput_forms import TestTold

    return TestTold.model_validate(asking.ask("GET", f"/tests/{quote(name, safe='')}"))


@contextlib.contextmanager
def _planning(*, as_json: bool) -> Iterator[None]:
    """Show that something is going on: the plan of a country takes ten seconds."""
    from rich.console import Console

    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield
        return
    with console.status("..."):
        yield


def _plan_json(found: "ThroughputPlan", zone_name: str) -> dict[str, Any]:
    from bridgewatch.adapters.api.times import at
    from bridgewatch.texts.times import zone_of

    zone = zone_of(zone_name)
    return {
        "ends": at(found.ends_ns, zone).isoformat() if found.ends_ns is not None else None,
        "octets": found.octets,
        "tests": [
            {
                "link": test.link,
                "begins": at(test.begins_ns, zone).isoformat(),
                "ends": at(test.ends_ns, zone).isoformat(),
                "octets": test.octets,
            }
            for test in found.tests
        ],
        "hindered": [
            {"link": each.link, "code": each.hindrance.value, "subject": each.subject}
            for each in found.hindered
        ],
        "refused": [{"link": subject, "code": refusal.value} for subject, refusal in found.refusals],
    }


def _rate(text: str | None) -> int | None:
    from pydantic_core import PydanticCustomError

    from bridgewatch.config.low_rates import LOWEST, meant_by
    from bridgewatch.config.scalars import parse_rate

    if text is None:
        return None
    try:
        rate = parse_rate(text)
    except PydanticCustomError:
        raise UnfitError(phrase("{text} is no rate such as 512k or 20M", text=repr(text)), "--rate") from None
    if rate < LOWEST:
        said = phrase("{rate} bit/s measures nothing: was {meant} meant?", rate=rate, meant=meant_by(rate))
        raise UnfitError(said, "--rate")
    return rate


def _words(language: Language) -> Any:
    from bridgewatch.texts.throughput import throughput_words

    return throughput_words(language)
