import pytest

from bridgewatch.model.mistakes import ConfigError
from tests.config.files import SITE, errors_of, messages, write


def test_ten_mistakes_in_four_files_give_ten_errors_at_their_lines(tmp_path):
    files = {
        "bridgewatch": "vantage: noc\nlimits:\n  tmax: soon  # 1\nadministrativ_model: 2tier  # 2\n",
        "carriers": "carriers:\n  vnpt: {name: VNPT}\n  VNPT: {name: again}  # 3\n",
        "sites_a": (
            "sites:\n"
            "  - id: tinh\n"
            "    name: Tỉnh\n"
            "    level: province\n"
            "    links:\n"
            "      wan:\n"
            "        carrier: vnptt  # 4\n"
            "        target: 192.0.2.1\n"
            "      internet:\n"
            "        carrier: vnpt\n"
            "        contract: {down: 20 Mbit, up: 5M}  # 5\n"
            "        via: xa/wam  # 6\n"
            "        target: 192.0.2.2\n"
            "    level: commune  # 7\n"
        ),
        "sites_b": (
            "sites:\n"
            "  - id: xa\n"
            "    name: Xã\n"
            "    level: village  # 8\n"
            "    parent: tihn  # 9\n"
            "    links:\n"
            "      wan:\n"
            "        carrier: vnpt\n"
            "        target: {stamp: 192.0.2.1:99999}  # 10\n"
        ),
    }
    write(tmp_path, **files)
    errors = errors_of(tmp_path)
    found = {(error.file.rpartition("/")[2], error.line) for error in errors}
    expected = {
        (f"{name}.yaml", number)
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if "# " in line
    }
    assert found == expected
    assert len(errors) == len(expected) == 10
    places = [(error.file, error.line, error.column) for error in errors]
    assert places == sorted(places)


def test_an_error_reads_as_place_key_found_and_expected():
    error = ConfigError("sites.d/a.yaml", 3, 7, "sites[0].level", "'village'", "commune")
    assert str(error) == "sites.d/a.yaml:3:7: sites[0].level: found 'village', expected commune"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name:", "nam:", "4:5: sites[0].nam: found the unknown key 'nam'; did you mean name?"),
        (
            "level: province",
            "level: [x]",
            "5:12: sites[0].level: found a list, expected province, district or commune",
        ),
        (
            "id: tinh",
            "id: Tỉnh",
            "3:9: sites[0].id: found 'Tỉnh', expected lower-case letters, digits and hyphens",
        ),
        ("id: tinh", "id:", "3:8: sites[0].id: found nothing, expected text"),
        (
            "target: 192.0.2.1",
            "target: {stmp: x}",
            "7:36: sites[0].links.wan.target: found a mapping, expected an addr",
        ),
        ("target: 192.0.2.1", "target: {icmp: x, famly: 4}", "the unknown key 'famly'; did you mean family?"),
        (
            "target: 192.0.2.1",
            "target: {icmp: 192.0.2.1, family: 6}",
            "found 6, expected 4, which is what 192.0.2.1 is",
        ),
        (
            ", target: 192.0.2.1",
            "",
            "7:12: sites[0].links.wan: found no target, expected either `target` or `targets`",
        ),
        ("192.0.2.1", '192.0.2.1, size: "64"', "found the text '64' in quotes, expected a whole number"),
        ("192.0.2.1", "192.0.2.1, paused: no", "found 'no', expected true or false"),
        ("carrier: vnpt, ", "", "7:12: sites[0].links.wan.carrier: found nothing, expected the key carrier"),
        ("wan:", "day-1:", "7:14: sites[0].links.day-1: found no network, expected `network: wan` or"),
        (
            "carrier: vnpt",
            "carrier: vnpt, profile: confrence",
            "the unknown profile 'confrence'; did you mean conference?",
        ),
        ("carrier: vnpt", "carrier: vnpt, egress: wan", "the unknown egress 'wan', expected default"),
        (
            "carrier: vnpt",
            "carrier: vnpt, via: tinh/wann",
            "the unknown link 'tinh/wann'; did you mean tinh/wan?",
        ),
        (
            "carrier: vnpt",
            "carrier: vnpt, via: tinh/wan",
            "a cycle: tinh/wan → tinh/wan, expected a via that ends",
        ),
        (
            "level: province",
            "level: province\n    parent: tinh",
            "a cycle: tinh → tinh, expected a parent that ends",
        ),
        (
            "level: province",
            "level: district",
            "5:12: sites[0].level: found 'district', expected province or commune",
        ),
        ("target: 192.0.2.1", "targets: [192.0.2.1, 192.0.2.1]", "the target 192.0.2.1 a second time"),
        ("sites:", "sites: 5\nservices:", "found '5', expected a list"),
        ("id: tinh", "<<: x\n    id: tinh", "found the unknown key '<<'"),
    ],
)
def test_a_mistake_is_named_in_plain_words(tmp_path, old, new, message):
    assert old in SITE
    shown = messages(write(tmp_path, sites=SITE.replace(old, new, 1)))
    assert any(message in one for one in shown), shown
    assert len(shown) == 1
    assert "pydantic" not in shown[0]


def test_a_second_site_of_one_id_names_the_first_place(tmp_path):
    write(tmp_path, sites_a=SITE, sites_b=SITE.replace("192.0.2.1", "192.0.2.2"))
    (message,) = messages(tmp_path)
    assert message == (
        "sites.d/sites_b.yaml:3:9: sites[0].id: found the id 'tinh' a second time, "
        "expected an id of its own (the first is at sites.d/sites_a.yaml:3:9)"
    )


def two_links(one: str, other: str) -> str:
    return f"""
        sites:
          - id: a
            name: A
            level: province
            links:
              wan: {{carrier: x, {one}}}
              wan-2: {{carrier: x, {other}}}
    """


EGRESSES = "egresses: {one: {networks: [wan]}, two: {networks: [internet]}}"


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("target: 192.0.2.1", "target: 192.0.2.1", True),
        ("target: 192.0.2.1", "target: {icmp: 192.0.2.1}", True),
        ("target: '2001:db8::1'", "target: '2001:DB8:0::1'", True),
        ("target: {stamp: 192.0.2.1}", "target: {stamp: '192.0.2.1:862'}", True),
        ("target: {stamp: 192.0.2.1}", "target: {stamp: '192.0.2.1:863'}", False),
        ("target: {stamp: 192.0.2.1}", "target: 192.0.2.1", False),
        ("target: 192.0.2.1", "egress: one, target: 192.0.2.1", True),
        ("target: 192.0.2.1", "egress: two, target: 192.0.2.1", False),
    ],
)
def test_two_links_may_share_a_target_only_by_different_egresses(tmp_path, one, other, clash):
    write(tmp_path, sites=two_links(one, other), bridgewatch=EGRESSES)
    shown = messages(tmp_path)
    assert len(shown) == clash
    assert all("(the first is at sites.d/sites.yaml:7:" in message for message in shown)


def test_a_cycle_is_shown_as_a_chain_and_once(tmp_path):
    links = "".join(
        f"              wan-{n}: {{carrier: x, target: 192.0.2.{n}, via: a/wan-{n % 3 + 1}}}\n"
        for n in (1, 2, 3)
    )
    sites = f"""
        sites:
          - id: a
            name: A
            level: province
            links:
{links}
"""
    (message,) = messages(write(tmp_path, sites=sites))
    assert "a cycle: a/wan-1 → a/wan-2 → a/wan-3 → a/wan-1" in message


@pytest.mark.parametrize(
    ("model", "child", "parent", "fine"),
    [
        ("2tier", "commune", "province", True),
        ("2tier", "province", "province", True),
        ("2tier", "commune", "commune", False),
        ("2tier", "province", "commune", False),
        ("3tier", "commune", "district", True),
        ("3tier", "district", "province", True),
        ("3tier", "commune", "province", True),
        ("3tier", "district", "commune", False),
        ("3tier", "district", "district", False),
    ],
)
def test_a_parent_is_of_a_level_above(tmp_path, model, child, parent, fine):
    sites = f"""
        sites:
          - {{id: above, name: a, level: {parent}}}
          - {{id: below, name: b, level: {child}, parent: above}}
    """
    write(tmp_path, sites=sites, bridgewatch=f"administrative_model: {model}")
    shown = messages(tmp_path)
    assert len(shown) == (not fine)
    assert all("sites[1].parent: found 'above', a" in message for message in shown)


def test_a_file_that_cannot_be_read_makes_no_other_file_wrong(tmp_path):
    child = "sites: [{id: xa, name: x, level: commune, parent: tinh, links: {}}]"
    write(tmp_path, sites_a=SITE.replace("level", "\tlevel"), sites_b=child, carriers="carriers: {a: ")
    assert [message.partition(":")[0] for message in messages(tmp_path)] == [
        "carriers.yaml",
        "sites.d/sites_a.yaml",
    ]


def test_a_site_with_a_mistake_can_still_be_referred_to(tmp_path):
    child = "sites: [{id: xa, name: x, level: commune, parent: tinh, links: {}}]"
    write(tmp_path, sites_a=SITE.replace("level: province", "level: provinz"), sites_b=child)
    assert [error.key for error in errors_of(tmp_path)] == ["sites[0].level"]


def test_a_link_needs_an_egress_named_when_several_would_do(tmp_path):
    write(
        tmp_path, sites=SITE, bridgewatch="egresses: {a: {networks: [wan]}, b: {networks: [wan, internet]}}"
    )
    (message,) = messages(tmp_path)
    assert "found several egresses for wan links, expected `egress:` a or b" in message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("timezone: Asia/Hanoi2", "timezone"),
        ("defaults: {profile: non}", "defaults.profile"),
        ("egresses: {a: {networks: []}}", "egresses.a.networks"),
        ("egresses: {a: {networks: [wan, internet], source: [192.0.2.8, 192.0.2.9]}}", "egresses.a.source"),
        ("egresses: {a: {networks: [wan, internet], references: [{dialin: x}]}}", "egresses.a.references[0]"),
        (
            "egresses: {a: {networks: [wan, internet], interface: much-too-long-for-linux}}",
            "egresses.a.interface",
        ),
    ],
)
def test_mistakes_in_the_daemon_s_own_file_are_found(tmp_path, text, key):
    assert [error.key for error in errors_of(write(tmp_path, sites=SITE, bridgewatch=text))] == [key]


def test_thresholds_are_in_order(tmp_path):
    write(tmp_path, sites=SITE, profiles="profiles: {a: {rtt: {warn: 2s, critical: 1s}}}")
    assert [error.key for error in errors_of(tmp_path)] == ["profiles.a.rtt.critical"]
