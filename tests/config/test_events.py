"""Events and the sites that take part in them; times without an offset are those of the daemon's zone."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.config.loader import Cache, load
from bridgewatch.config.people.choices import Choice, Places
from bridgewatch.config.survey import Mention, Survey, SurveyedLink, SurveyedSite
from bridgewatch.model.calendar import Event, PhaseSettings, Wave
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import CarriedBy, Level, Network
from tests.config.people import FILES, changed, province

HOUR = 3600 * 10**9
EIGHT = 1_797_296_400 * 10**9  # 2026-12-15T08:00+07:00

FULL = """
events:
  hop:
    name: Họp
    sites: [{area: tinh}, mcu]
    except: [{carrier: viettel, level: commune}]
    starts: 2026-12-15T08:00
    ends: 2026-12-15T11:30
    draft: true
    carried_by: wan
    contacts_due: 2026-12-14 08:00
    waves:
      dot-1: {name: Đợt 1, starts: 2026-12-13T08:00+07:00, ends: 2026-12-13T03:00Z}
      dot-2: {name: Đợt 2, starts: 2026-12-14T08:00, ends: 2026-12-14T09:00}
    freeze: 12h
    check: 90m
    overrun: 30m
    report: 3d
    phases:
      wave: {interval: 200ms}
      live: {interval: 20ms, profile: voice, policy: check}
"""


def test_an_event_is_read_as_it_is_written(tmp_path):
    day = 24 * HOUR
    assert load(province(tmp_path, events=FULL)).events["hop"] == Event(
        id="hop",
        name="Họp",
        sites=("tinh", "mcu"),
        starts_ns=EIGHT,
        ends_ns=EIGHT + 7 * HOUR // 2,
        draft=True,
        carried_by=CarriedBy.WAN,
        contacts_due_ns=EIGHT - day,
        waves=(
            Wave("dot-1", "Đợt 1", EIGHT - 2 * day, EIGHT - 2 * day + 2 * HOUR),
            Wave("dot-2", "Đợt 2", EIGHT - day, EIGHT - day + HOUR),
        ),
        freeze_ns=12 * HOUR,
        check_ns=3 * HOUR // 2,
        overrun_ns=HOUR // 2,
        report_ns=3 * day,
        settings={
            Phase.WAVE: PhaseSettings(interval=0.2),
            Phase.LIVE: PhaseSettings(0.02, "voice", "check"),
        },
    )


def test_what_an_event_does_not_say_is_as_shipped(tmp_path):
    (event,) = load(province(tmp_path)).events.values()
    shipped = Event("hop", "Họp", ("tinh", "xa-1", "xa-2", "mcu"), EIGHT, EIGHT + 7 * HOUR // 2)
    assert event == shipped


def test_the_zone_of_the_daemon_is_that_of_local_times(tmp_path):
    event = load(province(tmp_path, bridgewatch="timezone: Asia/Tokyo\n")).events["hop"]
    assert event.starts_ns == EIGHT - 2 * HOUR


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ("all", ["tinh", "xa-1", "xa-2", "mcu"]),
        ("[xa-2, tinh]", ["tinh", "xa-2"]),
        ("[{level: commune}]", ["xa-1", "xa-2"]),
        ("[{level: province}]", ["tinh"]),
        ("[{carrier: viettel}]", ["xa-1", "xa-2"]),
        ("[{carrier: vnpt, level: commune}]", ["xa-1"]),
        ("[{area: xa-1}, {area: xa-2, carrier: viettel}, mcu]", ["xa-1", "xa-2", "mcu"]),
        ("[{area: tinh}]\n    except: [xa-1, {level: province}]", ["xa-2"]),
    ],
)
def test_sites_are_chosen_by_id_area_level_and_carrier(tmp_path, sites, expected):
    inventory = load(province(tmp_path, events=FILES["events"].replace("all", sites)))
    assert list(inventory.events["hop"].sites) == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ends: 2026-12-15T11:30", "ends: 2026-12-15T07:30", "events.hop.ends: found '2026-12-15T07:30', expected a time after `starts`"),
        ("ends: 2026-12-15T11:30", "ends: 2027-12-15T11:30", "ends: found '2027-12-15T11:30', expected at most 31 days after `starts`"),
        ("starts: 2026-12-15T08:00", "starts: 15/12/2026 08:00", "found '15/12/2026 08:00', expected a time such as 2026-12-15T08:00"),
        ("starts: 2026-12-15T08:00", "starts: 2026-12-32T08:00", "expected a day and a time of day that exist"),
        ("starts: 2026-12-15T08:00", "starts: 2026-12-15", "starts: found '2026-12-15', expected a time such as"),
        ("starts: 2026-12-15T08:00", "starts: 1026-12-15T08:00", "expected a year from 2000 to 2199"),
        ("sites: all", "sites: al", "sites: found 'al', expected `all`, or a list"),
        ("sites: all", "sites: []", "sites: found an empty list, expected at least one entry"),
        ("    sites: all\n", "", "events.hop.sites: found nothing, expected the key sites"),
        ("sites: all", "sites: [xa-3]", "sites[0]: found the unknown site 'xa-3'; did you mean xa-"),
        ("sites: all", "sites: [{area: mcu2}]", "sites[0].area: found the unknown site 'mcu2'; did you mean mcu?"),
        ("sites: all", "sites: [{carier: vnpt}]", "the unknown key 'carier'; did you mean carrier?"),
        ("sites: all", "sites: [{carrier: fpt}]", "sites[0].carrier: found the unknown carrier 'fpt', expected"),
        ("sites: all", "sites: [{}]", "sites[0]: found a choice that says nothing"),
        ("sites: all", "sites: [{level: district}]", "sites[0]: found a choice that no site fits"),
        ("sites: all", "sites: [xa-1]\n    except: [{area: tinh}]", "sites: found sites that are all excepted, expected one"),
        ("sites: all", "sites: all\n    contacts_due: 2026-12-15T09:00", "contacts_due: found '2026-12-15T09:00', expected a time before `starts`"),
        ("sites: all", "sites: all\n    waves: {a: {name: A, starts: 2026-12-14T08:00, ends: 2026-12-14T07:00}}", "waves.a.ends: found '2026-12-14T07:00', expected a time after"),
        ("sites: all", "sites: all\n    waves: {a: {name: A, starts: 2026-12-15T07:00, ends: 2026-12-15T08:30}}", "waves.a.ends: found '2026-12-15T08:30', after the event's start"),
        ("sites: all", "sites: all\n    waves: {b: {name: B, starts: 2026-12-14T08:00, ends: 2026-12-14T10:00}, a: {name: A, starts: 2026-12-14T09:00, ends: 2026-12-14T11:00}}", "waves.a.starts: found '2026-12-14T09:00', before the end of b"),
        ("sites: all", "sites: all\n    phases: {live: {policy: lvie}}", "phases.live.policy: found the unknown policy 'lvie'; did you mean live?"),
        ("sites: all", "sites: all\n    phases: {live: {profile: vioce}}", "phases.live.profile: found the unknown profile 'vioce'; did you mean voice?"),
        ("sites: all", "sites: all\n    phases: {none: {interval: 1s}}", "the unknown key 'none', expected"),
        ("sites: all", "sites: all\n    check: 1w", "check: found '1w', expected a duration from 0s to 90d, such as 60m, 24h or 7d"),
        ("hop:", "Họp:", "found 'Họp', expected lower-case letters"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_event_is_named_at_its_line(tmp_path, old, new, message):
    said = changed(tmp_path, "events", old, new)
    assert len(said) == 1, said
    assert message in said[0]


def test_mistakes_are_told_at_their_lines(tmp_path):
    events = """
        events:
          hop:
            name: Họp
            sites:
              - xa-1
              - {area: xa-3}  # 1
              - {level: district}  # 2
            starts: 2026-12-15T08:00
            ends: 2026-12-15T07:00  # 3
            contacts_due: 2026-12-16T07:00  # 4
            waves:
              a: {name: A, starts: 2026-12-14T09:00, ends: 2026-12-14T11:00}
              b:
                name: B
                starts: 2026-12-14T08:00  # 5
                ends: 2026-12-14T12:00
            phases:
              live: {policy: x}  # 6
    """
    said = changed(tmp_path, "events", FILES["events"], dedent(events))
    lines = [number for number, line in enumerate(dedent(events).splitlines(), 1) if "# " in line]
    assert [int(message.split(":")[1]) for message in said] == lines


def test_a_mistake_in_one_event_hides_no_mistake_in_another(tmp_path):
    wrong = FILES["events"].replace("all", "al") + (
        "  b:\n    name: B\n    sites: all\n    starts: 2026-12-15T08:00\n    ends: 2026-12-15T07:00\n"
    )
    assert [m.split(": ")[1] for m in _messages(tmp_path, wrong)] == ["events.hop.sites", "events.b.ends"]


def _messages(tmp_path, events):
    return changed(tmp_path, "events", FILES["events"], events)


def test_a_cancelled_event_is_not_warned_of(tmp_path):
    events = FILES["events"].replace("all", "[tinh]\n    cancelled: true")
    assert load(province(tmp_path, events=events)).warnings[1:] == ()


def test_an_event_follows_the_sites_of_another_file(tmp_path):
    cache = Cache()
    first = cache.plan(province(tmp_path))
    added = "sites: [{id: xa-9, name: x, level: commune, parent: tinh, links: {wan: {carrier: vnpt, target: 192.0.2.9}}}]"
    second = cache.plan(province(tmp_path, sites_b=added))
    third = cache.plan(tmp_path)
    events = [plan.segments[-1] for plan in (first, second, third)]
    assert events[1].events[0].sites == ("tinh", "xa-1", "xa-2", "mcu", "xa-9")
    assert events[0] != events[1]
    assert events[1] is events[2]


LEVELS = st.sampled_from(Level)
CARRIERS = st.sampled_from(["vnpt", "viettel", "fpt"])


@st.composite
def provinces(draw):
    """Sites in one tree, each hanging on one before it, some with links."""
    count = draw(st.integers(1, 12))
    sites, links = [], []
    for n in range(count):
        group = draw(st.sampled_from(["sites", "sites", "services"]))
        parent = f"s{draw(st.integers(0, n - 1))}" if n and draw(st.booleans()) else None
        sites.append(SurveyedSite((group, n), f"s{n}", draw(LEVELS), parent, None, frozenset()))
        mentions = [Mention(Network.WAN, carrier, None, None) for carrier in draw(st.sets(CARRIERS))]
        links += [SurveyedLink((), f"s{n}/{m.carrier}", m, None, ()) for m in mentions]
    return Survey(tuple(sites), tuple(links))


CHOICES = st.lists(
    st.builds(
        Choice,
        st.none() | st.sampled_from([f"s{n}" for n in range(13)]),
        st.none() | st.sampled_from([f"s{n}" for n in range(13)]),
        st.none() | LEVELS,
        st.none() | CARRIERS,
    ),
    max_size=4,
)


def fits(survey: Survey, site: SurveyedSite, choice: Choice) -> bool:
    """The reference: one site and one choice, looked at by themselves."""
    parents = {one.id: one.parent for one in survey.sites}
    above = [site.id]
    while parents.get(above[-1]):
        above.append(parents[above[-1]])
    carriers = {link.mention.carrier for link in survey.links if link.id.startswith(f"{site.id}/")}
    return (
        choice.site in {None, site.id}
        and (choice.site is not None or choice.area is None or choice.area in above)
        and (choice.level is None or (choice.level is site.level and site.path[0] == "sites"))
        and (choice.carrier is None or choice.carrier in carriers)
    )


@given(provinces(), CHOICES, CHOICES)
def test_choosing_says_of_each_site_what_looking_at_it_alone_says(survey, choices, excepted):
    expected = tuple(
        site.id
        for site in survey.sites
        if any(fits(survey, site, one) for one in choices)
        and not any(fits(survey, site, one) for one in excepted)
    )
    assert Places([survey]).chosen(choices, excepted) == expected
