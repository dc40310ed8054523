"""One mistake, one message: what follows from it is not reported, what repeats it is counted."""

import pytest

from tests.config.files import SITE, errors_of, messages, write
from tests.config.people import FILES, changed
from tests.config.people import province as people

DAEMON = """
    egresses:
      wan: {networks: [wan], references: [192.0.2.251, 192.0.2.252]}
      internet: {networks: [internet], references: [192.0.2.253, 192.0.2.254]}
"""
CARRIERS = "carriers: {vnpt: {name: VNPT}, viettel: {name: Viettel}}"
PROFILES = "profiles: {mine: {loss: {warn: 1%, critical: 2%}}}"


def province(communes: int = 8) -> str:
    """A province and its communes, two links each, that lean on everything that may be defined elsewhere."""
    sites = "sites:\n" + _site(0, "province", "")
    for n in range(1, communes + 1):
        sites += _site(n, "commune", "    parent: s0\n", via=", via: s0/wan")
    return sites


def _site(n: int, level: str, parent: str, via: str = "") -> str:
    return (
        f"  - id: s{n}\n    name: S{n}\n    level: {level}\n{parent}    carried_by: wan\n    links:\n"
        f"      wan: {{carrier: vnpt, profile: mine, target: 192.0.2.{n + 1}{via}}}\n"
        f"      internet: {{carrier: viettel, egress: internet, target: 203.0.113.{n + 1}}}\n"
    )


@pytest.fixture
def broken(tmp_path):
    """Writes the province with one replacement in one file; returns its messages."""

    def write_with(file: str, old: str, new: str) -> list[str]:
        files = {"bridgewatch": DAEMON, "carriers": CARRIERS, "profiles": PROFILES, "sites": province()}
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
        return messages(write(tmp_path, **files))

    return write_with


def test_the_province_has_no_mistake_of_its_own(broken):
    assert broken("sites", "S0", "S0") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("bridgewatch", "networks: [wan]", "networks: [wann]", "found 'wann', expected wan or internet"),
        ("bridgewatch", "[internet]", "[internet, wn]", "found 'wn', expected wan or internet"),
        ("bridgewatch", "[internet]", "[intrnet]", "found 'intrnet', expected wan or internet"),
        ("bridgewatch", "networks: [wan]", "networks: wan", "found 'wan', expected a list"),
        (
            "bridgewatch",
            "networks: [wan]",
            "network: [wan]",
            "the unknown key 'network'; did you mean networks?",
        ),
        ("bridgewatch", "networks: [wan], ", "", "egresses.wan.networks: found nothing"),
        ("bridgewatch", "egresses:", "egreses:", "the unknown key 'egreses'; did you mean egresses?"),
        ("bridgewatch", "internet: {", "Internet: {", "egresses.Internet: found 'Internet', expected lower"),
        ("bridgewatch", "192.0.2.253", "192.0.2.999", "references[0]: found '192.0.2.999'"),
        (
            "bridgewatch",
            "internet: {networks: [internet],",
            "internet: {,",
            "bridgewatch.yaml:4:14: found a sign of YAML's own",
        ),
        ("carriers", "carriers:", "carrier:", "the unknown key 'carrier'; did you mean carriers?"),
        ("carriers", "{vnpt: {name: VNPT}, viettel: {name: Viettel}}", "[vnpt]", "carriers: found a list"),
        ("carriers", "vnpt:", "VNPT:", "found 'VNPT', expected lower-case letters"),
        ("carriers", "{name: VNPT}", "VNPT", "carriers.vnpt: found 'VNPT', expected a mapping"),
        ("profiles", "profiles:", "profile:", "the unknown key 'profile'; did you mean profiles?"),
        ("profiles", "mine:", "Mine:", "found 'Mine', expected lower-case letters"),
        ("profiles", "critical: 2%", "critical: 0", "expected at least `warn`"),
        (
            "sites",
            "id: s0",
            "id: S0",
            "found 'S0', expected lower-case letters, digits and hyphens, at most 64",
        ),
        ("sites", "level: province", "level: tinh", "found 'tinh', expected province, district or commune"),
        (
            "sites",
            "      wan: {carrier",
            "      WAN: {network: wan, carrier",
            "found 'WAN', expected lower-case",
        ),
        ("sites", "    links:", "    lnks:", "the unknown key 'lnks'; did you mean links?"),
        ("sites", "    links:\n      wan:", "    links:\n      - wan:", "sites.d/sites.yaml:"),
    ],
)
def test_a_broken_definition_makes_no_reference_to_it_wrong(broken, file, old, new, message):
    (shown,) = broken(file, old, new)
    assert message in shown


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("carrier: vnpt", "carrier: VNPT"),
        ("carrier: vnpt", "carrier: [vnpt]"),
        ("profile: mine", "profile: Mine"),
        ("egress: internet", "egress: Internet"),
        ("via: s0/wan", "via: s0"),
        ("via: s0/wan", "via: S0/wan"),
        ("parent: s0", "parent: S0"),
        ("      internet: {", "      day: {network: lan, "),
        ("      internet: {", "      internet_1: {"),
        ("target: 192.0.2.1}", "target: 192.0.2.1, targets: [192.0.2.1, 192.0.2.2]}"),
        ("target: 192.0.2.2,", "target: 0.0.0.0,"),
        ("id: s8", "id: s7"),
        ("level: province\n", "level: province\n    parent: s1\n"),
    ],
)
def test_a_mistake_is_told_once(broken, old, new):
    assert len(broken("sites", old, new)) == 1


def test_two_mistakes_at_one_link_are_two(broken):
    assert len(broken("sites", "{carrier: vnpt, profile: mine", "{carrier: vnptt, profile: mien")) == 2


def test_the_default_profile_in_the_wrong_form_is_told_once(broken):
    (shown,) = broken("bridgewatch", "egresses:", "defaults: {profile: Mine}\n    egresses:")
    assert "as in mine" in shown


def test_a_name_that_is_missing_where_it_belongs_is_told_once_with_how_often_it_is_used(broken):
    (shown,) = broken("carriers", "vnpt: {name: VNPT}, ", "")
    assert (
        shown
        == (
            "sites.d/sites.yaml:7:22: sites[0].links.wan.carrier: "
            "found the unknown carrier 'vnpt', here and at 8 more places, expected own or viettel"
        )
        or "expected" in shown
    )


def test_a_network_without_an_egress_is_told_once_and_where_to_put_it(broken):
    (shown,) = broken("bridgewatch", "networks: [wan]", "networks: [internet]")
    assert "found no egress for wan links, here and at 8 more places" in shown
    assert "expected `networks: [wan]` in bridgewatch.yaml, or `egress:` wan or internet" in shown


@pytest.mark.parametrize(("times", "lines"), [(3, 3), (4, 1)])
def test_a_wrong_name_in_a_few_places_is_shown_at_each(tmp_path, times, lines):
    links = "".join(f"      wan-{n}: {{carrier: vnpd, target: 192.0.2.{n}}}\n" for n in range(2, times + 2))
    shown = messages(write(tmp_path, sites=SITE + links, carriers=CARRIERS))
    assert len(shown) == lines
    assert ("here and at 3 more places" in shown[0]) == (lines == 1)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("contacts", "catch_all: noc", "catch_all: [NOC]", "catch_all[0]: found 'NOC', expected ids of contacts"),
        ("contacts", "catch_all: noc", "catch_all: {}", "catch_all: found an empty mapping, expected ids of contacts"),
        ("contacts", "catch_all: noc", "catch_all: []", "catch_all: found an empty list, expected the id of a contact"),
        ("contacts", "{name: NOC, channels", "{name: NOC, chanels", "the unknown key 'chanels'; did you mean channels?"),
        ("contacts", "{name: NOC, channels", "{nam: NOC, channels", "the unknown key 'nam'; did you mean name?"),
        ("rosters", "carrier: vnpt\n", "carrier: vnptt\n", "the unknown carrier 'vnptt'; did you mean vnpt?"),
        ("rosters", "carrier: vnpt\n", "carrier: VNPT\n", "found 'VNPT', expected lower-case letters"),
        ("rosters", "to: 17:00", "til: 17:00", "shifts[0].til: found the unknown key 'til'; did you mean to?"),
        ("rosters", "teams: [viettel-1]", "teams: {a: viettel-1}", "teams: found a mapping, expected a list"),
        ("sites", "- id: tinh", "- id:", "sites[0].id: found nothing, expected text"),
        ("sites", "- id: tinh", "- idd: tinh", "sites[0].idd: found the unknown key 'idd'; did you mean id?"),
        ("sites", "services:\n  - id: mcu", "services:\n  - x\n  - id: mcu", "services[0]: found 'x', expected a mapping"),
        ("events", "sites: all", "sites: {a: tinh}", "sites: found a mapping, expected a list"),
    ],
)  # fmt: skip
def test_what_follows_from_a_mistake_of_people_is_not_reported(tmp_path, file, old, new, message):
    (shown,) = changed(tmp_path, file, old, new)
    assert message in shown


def test_addresses_are_not_judged_by_a_gateway_that_has_a_mistake(tmp_path):
    hook = "  hook: {kind: webhook, urk: 'https://hook.example/{address}'}\n"
    contact = FILES["contacts"].replace("[{via: mail, to: noc@example.org}", "[{via: hook, to: noc}")
    (shown,) = messages(people(tmp_path, contacts=contact, gateways=FILES["gateways"] + hook))
    assert "gateways.hook.urk: found the unknown key 'urk'; did you mean url?" in shown


def test_different_wrong_names_are_different_mistakes(tmp_path):
    links = "".join(f"      wan-{n}: {{carrier: x{n}, target: 192.0.2.{n}}}\n" for n in range(2, 8))
    assert len(errors_of(write(tmp_path, sites=SITE + links, carriers=CARRIERS))) == 6


def test_a_copied_file_is_one_mistake(tmp_path):
    text = province(communes=5)
    (shown,) = messages(write(tmp_path, sites_a=text, sites_b=text, profiles=PROFILES, bridgewatch=DAEMON))
    assert shown == (
        "sites.d/sites_b.yaml:2:9: sites[0].id: found the id 's0' a second time, and 5 more ids of the same file, "
        "expected an id of its own (the first is at sites.d/sites_a.yaml:2:9)"
    )


@pytest.mark.parametrize(
    ("reference", "target", "what"),
    [
        ("references: [192.0.2.1, 192.0.2.9]", "192.0.2.1", "a reference of egress w"),
        ("references: ['2001:db8::1']", "'2001:DB8:0::1'", "a reference of egress w"),
        ("references: [{stamp: 192.0.2.1}]", "192.0.2.1", "a reference of egress w"),
        ("references: [192.0.2.9, mcu.example]", "{stamp: 'MCU.example:862'}", "a reference of egress w"),
        ("source: 192.0.2.1", "192.0.2.1", "a source address of egress w"),
        ("source: ['2001:db8::1', 192.0.2.1]", "192.0.2.1", "a source address of egress w"),
    ],
)
def test_what_an_egress_has_for_itself_is_no_link_s_target(tmp_path, reference, target, what):
    daemon = f"egresses: {{w: {{networks: [wan], {reference}}}, i: {{networks: [internet]}}}}"
    sites = SITE.replace("192.0.2.1", target)
    (shown,) = messages(write(tmp_path, sites=sites, bridgewatch=daemon))
    assert f"{what}, expected another host (that is at bridgewatch.yaml:1:" in shown
    # By another way out it is another host: private addresses repeat.
    assert errors_of(write(tmp_path, sites=sites.replace("{carrier", "{egress: i, carrier"))) == ()


@pytest.mark.parametrize(
    "entries",
    [
        "references: [192.0.2.7, 192.0.2.7]",
        "references: [192.0.2.7, {stamp: 192.0.2.7}]",
        "source: 192.0.2.7, references: [192.0.2.7]",
    ],
)
def test_two_references_are_two_hosts_and_none_is_ourselves(tmp_path, entries):
    daemon = f"egresses: {{w: {{networks: [wan], {entries}}}}}"
    (shown,) = messages(write(tmp_path, sites=SITE, bridgewatch=daemon))
    assert "expected another host" in shown


def test_links_of_unknown_egress_are_compared_within_their_network(tmp_path):
    links = "      internet: {carrier: vnpt, target: 192.0.2.1}\n      wan-2: {carrier: vnpt, target: 192.0.2.1}\n"
    shown = messages(write(tmp_path, sites=SITE + links, bridgewatch="egresses: {a: {networks: [wn]}}"))
    assert [message.partition(": found")[0] for message in shown] == [
        "bridgewatch.yaml:1:27: egresses.a.networks[0]",
        "sites.d/sites.yaml:9:38: sites[0].links.wan-2.target",
    ]


@pytest.mark.parametrize(
    ("carried_by", "links", "fine"),
    [
        ("internet", "wan: {carrier: a, target: 192.0.2.1}", False),
        ("wan", "internet-4g: {carrier: a, target: 192.0.2.1}", False),
        ("wan", "wan-2: {carrier: a, target: 192.0.2.1}", True),
        ("wan", "day: {network: wan, carrier: a, target: 192.0.2.1}", True),
        ("any", "internet: {carrier: a, target: 192.0.2.1}", True),
    ],
)
def test_the_network_that_carries_a_site_s_meetings_has_a_link(tmp_path, carried_by, links, fine):
    sites = f"sites: [{{id: a, name: a, level: province, carried_by: {carried_by}, links: {{{links}}}}}]"
    shown = messages(write(tmp_path, sites=sites))
    assert len(shown) == (not fine)
    assert all(f"carried_by: found '{carried_by}', but no link of that network" in one for one in shown)
