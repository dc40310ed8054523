import os

import pytest

from bridgewatch.config.defaults import DEFAULT_EGRESS
from bridgewatch.config.loader import Cache, load
from bridgewatch.model.bandwidth import Contract, Snmp
from bridgewatch.model.inventory import Target, Threshold
from bridgewatch.model.words import (
    Access,
    AdministrativeModel,
    CarriedBy,
    Family,
    Network,
    ProbeKind,
    SiteKind,
)
from tests.config.files import SITE, errors_of, messages, warnings_of, write
from tests.config.generate import write_country

FULL = """
    sites:
      - id: tinh
        name: UBND tỉnh
        level: province
        unit: 00022
        links:
          wan: {carrier: vnpt, target: 192.0.2.1}
      - id: xa
        name: UBND xã
        level: commune
        unit: "23650"
        legacy_unit: 23651
        parent: tinh
        carried_by: wan
        contacts: [phong-hop, Bà Lê Thị Mẫu]
        links:
          wan:
            carrier: vnpt
            circuit: 0650
            contract: {down: 20M, up: 1.5G}
            via: tinh/wan
            handover: pop1
            egress: riêng
            dscp: EF
            size: 128
            interval: 500ms
            profile: voice
            snmp: {host: 192.0.2.29, interface: GigabitEthernet0/1}
            paused: true
            targets: ["2001:db8::29", {icmp: MCU.example, family: 6}, {stamp: "203.0.113.29", stateful: true}]
          spare:
            network: internet
            carrier: viettel
            access: mobile
            target: {dialin: xa-hop}
    services:
      - id: mcu
        name: MCU
        links:
          internet: {target: 198.51.100.5}
"""
DAEMON = """
    vantage: noc
    timezone: Asia/Bangkok
    defaults: {dscp: 34, carried_by: internet}
    limits: {tmax: 2s, in_flight: 1000}
    egresses:
      wan:
        networks: [wan]
        interface: eth1
        source: ["192.0.2.2", "2001:db8::2"]
        references: [192.0.2.3, {stamp: "192.0.2.4:863"}]
      internet: {networks: [internet], source: 198.51.100.2}
"""


@pytest.fixture
def full(tmp_path):
    return load(write(tmp_path, sites=FULL.replace("riêng", "wan"), bridgewatch=DAEMON))


def test_a_link_is_read_as_it_is_written(full):
    link = full.links["xa/wan"]
    assert (link.site, link.name, link.network, link.carrier) == ("xa", "wan", Network.WAN, "vnpt")
    assert (link.circuit, link.via, link.handover, link.egress) == ("0650", "tinh/wan", "pop1", "wan")
    assert (link.dscp, link.size, link.interval, link.paused) == (46, 128, 0.5, True)
    assert link.contract == Contract(20_000_000, 1_500_000_000)
    assert link.snmp == Snmp("192.0.2.29", "GigabitEthernet0/1")
    assert link.profile.name == "voice"
    assert link.targets == (
        Target("2001:db8::29", ProbeKind.ICMP, "2001:db8::29", family=Family.V6),
        Target("mcu.example", ProbeKind.ICMP, "mcu.example", family=Family.V6),
        Target("203.0.113.29:862", ProbeKind.STAMP, "203.0.113.29", 862, Family.V4, stateful=True),
    )


def test_a_site_that_dials_in_has_a_path_that_leads_to_its_key(full):
    link = full.links["xa/spare"]
    assert (link.network, link.access, link.dial_in, link.targets) == (
        Network.INTERNET,
        Access.MOBILE,
        "xa-hop",
        (),
    )
    (path,) = (path for path in full.paths if path.link == link.id)
    assert (path.kind, path.host, path.port, path.source, path.interface, path.stateful) == (
        ProbeKind.DIAL_IN,
        "xa-hop",
        0,
        None,
        None,
        True,
    )
    assert path.size >= 112


def test_sites_know_their_province_and_keep_their_codes(full):
    assert [(site.id, site.province, site.unit) for site in full.sites.values()] == [
        ("tinh", "tinh", "00022"),
        ("xa", "tinh", "23650"),
        ("mcu", "", None),
    ]
    assert full.sites["xa"].legacy_unit == "23651"
    assert full.sites["xa"].contacts == ("phong-hop", "Bà Lê Thị Mẫu")
    assert full.sites["xa"].carried_by is CarriedBy.WAN
    assert full.sites["tinh"].carried_by is CarriedBy.INTERNET
    assert full.sites["mcu"].kind is SiteKind.SERVICE
    assert full.sites["xa"].links == ("xa/wan", "xa/spare")


def test_paths_are_references_and_targets_with_their_egress(full):
    shown = [
        (p.key.owner, p.key.target, p.family.value, p.source, p.interface, p.dscp, p.size, p.interval_ns)
        for p in full.paths
    ]
    second = 10**9
    assert shown == [
        ("egress:wan", "192.0.2.3", 4, "192.0.2.2", "eth1", 0, 64, second),
        ("egress:wan", "192.0.2.4:863", 4, "192.0.2.2", "eth1", 0, 64, second),
        ("tinh/wan", "192.0.2.1", 4, "192.0.2.2", "eth1", 34, 64, second),
        ("xa/wan", "2001:db8::29", 6, "2001:db8::2", "eth1", 46, 128, second // 2),
        ("xa/wan", "mcu.example", 6, "2001:db8::2", "eth1", 46, 128, second // 2),
        ("xa/wan", "203.0.113.29:862", 4, "192.0.2.2", "eth1", 46, 128, second // 2),
        ("xa/spare", "dialin xa-hop", 4, None, None, 34, 112, second),
        ("mcu/internet", "198.51.100.5", 4, "198.51.100.2", None, 34, 64, second),
    ]
    assert len({path.key for path in full.paths}) == len(full.paths)
    assert {path.key.vantage for path in full.paths} == {"noc"}


def test_the_daemon_s_own_settings_are_read(full):
    assert (full.timezone, full.limits.tmax, full.limits.in_flight) == ("Asia/Bangkok", 2.0, 1000)
    assert full.limits.sends_per_second == 30_000


def test_without_a_carriers_file_links_name_their_carriers(full):
    assert list(full.carriers) == ["vnpt", "viettel", "own"]


def test_sites_alone_are_enough_and_the_missing_references_are_warned_of(tmp_path):
    inventory = load(write(tmp_path, sites=SITE))
    assert inventory.egresses == {"default": DEFAULT_EGRESS}
    assert inventory.model is AdministrativeModel.TWO_TIER
    assert "no egress is configured" in warnings_of(inventory, tmp_path)[0]


def test_what_will_disappoint_is_warned_of_with_its_place(full, tmp_path):
    assert [warning.partition(";")[0] for warning in warnings_of(full, tmp_path)] == [
        "bridgewatch.yaml:12:13: egresses.internet.references: egress internet has no reference over IPv4",
        "bridgewatch.yaml:11:17: egresses.wan.references: egress wan has no reference over IPv6",
        (
            "sites.d/sites.yaml:3:9: sites[0].id: "
            "tinh is carried by internet by default and has no such link: its state stays unknown"
        ),
        (
            "sites.d/sites.yaml:29:15: sites[1].links.wan.snmp: "
            "xa/wan is read with the SNMP credentials `default`, which bandwidth.yaml does not have"
        ),
        (
            "sites.d/sites.yaml:36:26: sites[1].links.spare.target.dialin: "
            "no keys.yaml says where a key lies, and this one is asked for"
        ),
        ("bridgewatch.yaml:1:1: links of sites that dial in stay unknown without `dialin: {listen: ...}`: 1"),
    ]


def test_profiles_change_what_they_name_and_keep_the_rest(tmp_path):
    profiles = """
        profiles:
          voice: {rtt: {warn: 80ms, critical: 90ms}}
          mine: {loss: {warn: 2%, critical: 0.5}}
    """
    sites = SITE.replace("carrier: vnpt", "carrier: vnpt, profile: mine")
    inventory = load(write(tmp_path, sites=sites, profiles=profiles))
    profile = inventory.links["tinh/wan"].profile
    assert profile.loss == Threshold(0.02, 0.5)
    assert profile.rtt == Threshold(0.1, 0.3)


def test_a_packet_of_stamp_is_never_shorter_than_the_protocol_s_base(tmp_path):
    def size(written):
        text = SITE.replace("target: 192.0.2.1", f"target: {{stamp: 192.0.2.1}}, size: {written}")
        return load(write(tmp_path, sites=text)).paths[0].size

    assert [size(s) for s in (16, 44, 45, 48, 100)] == [44, 44, 48, 48, 100]


def test_a_file_of_comments_says_nothing(tmp_path):
    write(
        tmp_path, sites=SITE, bridgewatch="# later\n", profiles="", carriers="carriers: {vnpt: {name: VNPT}}"
    )
    assert load(tmp_path).vantage == "main"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("carrier.yaml", "found a file that nobody reads, expected carriers.yaml"),
        (
            "x.yml",
            "that nobody reads, expected sites.d/x.yaml for sites, else bridgewatch.yaml, carriers.yaml",
        ),
        ("sites.yaml", "expected sites.d/sites.yaml for sites"),
        ("site.yml", "expected sites.d/site.yaml for sites"),
    ],
)
def test_a_misnamed_file_is_an_error(tmp_path, name, found):
    write(tmp_path, sites=SITE)
    (tmp_path / name).write_text("a: 1\n")
    (message,) = messages(tmp_path)
    assert message.startswith(f"{name}:1:1:")
    assert found in message


def test_editors_droppings_and_other_folders_are_left_alone(tmp_path):
    write(tmp_path, sites=SITE)
    (tmp_path / "grafana").mkdir()
    for name in (
        ".#sites.yaml",
        "sites.d/.a.yaml.swp",
        "sites.d/a.yaml~",
        "sites.d/a.yaml.bak",
        "carriers.yaml.orig",
        "sites.d/README.md",
        "grafana/x.yaml",
        "README.md",
    ):
        (tmp_path / name).write_text("\t")
    assert errors_of(tmp_path) == ()
    assert len(load(tmp_path).warnings) == 1  # of the missing egress


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "sites.yaml",
            "sites.yaml:1:1: found a file that nobody reads, expected sites.d/sites.yaml for sites",
        ),
        ("sites/a.yaml", "sites.d:1:1: found a folder sites instead, expected at least one sites.d/*.yaml"),
        (
            "Sites.d/a.yaml",
            "sites.d:1:1: found a folder Sites.d instead, expected at least one sites.d/*.yaml",
        ),
        (
            "sites.d/a.YAML",
            "sites.d:1:1: found only sites.d/a.YAML, which is not read, expected at least one sites.d/*.yaml",
        ),
        ("grafana/a.yaml", "sites.d:1:1: found no file, expected at least one sites.d/*.yaml"),
    ],
)
def test_sites_in_the_wrong_place_are_one_mistake_that_says_where_they_belong(tmp_path, name, message):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(SITE)
    assert messages(tmp_path) == [message]


@pytest.mark.parametrize(
    "name", ["sites.d/b.YAML", "sites.d/b.yaml.txt", "sites.d/b.yam", "carriers.YAML", "Bridgewatch.yaml.txt"]
)
def test_a_file_that_looks_like_configuration_and_is_not_read_is_warned_of(tmp_path, name):
    write(tmp_path, sites=SITE)
    (tmp_path / name).write_text("\t")
    assert warnings_of(load(tmp_path), tmp_path)[1:] == [
        f"{name}:1:1: not read: it is no file named *.yaml or *.yml"
    ]


def test_a_folder_in_the_folder_of_sites_is_warned_of(tmp_path):
    write(tmp_path, sites=SITE)
    (tmp_path / "sites.d" / "old.yaml").mkdir()
    assert "sites.d/old.yaml:1:1: not read" in warnings_of(load(tmp_path), tmp_path)[1]


@pytest.mark.parametrize(
    ("rate", "meant"), [("20", "20M"), ("20000", "20M"), ("20k", "20M"), ("1.5k", "1.5M")]
)
def test_a_rate_that_lacks_its_letter_is_warned_of(tmp_path, rate, meant):
    contract = f"wan: {{contract: {{down: {rate}, up: 20M}}, "
    write(tmp_path, sites=SITE.replace("wan: {", contract))
    [warning] = warnings_of(load(tmp_path), tmp_path)[1:]
    assert warning.startswith("sites.d/sites.yaml:7:30: sites[0].links.wan.contract.down: ")
    assert warning.endswith(f"bit/s is less than one call needs: was {meant} meant?")


def test_rates_for_all_links_are_warned_of_too(tmp_path):
    text = "rooms: {hd: 4}\nsnmp: {}\ntests: {rate: 100}\negress_rate: {default: 50M}\n"
    (write(tmp_path, sites=SITE) / "bandwidth.yaml").write_text(text)
    assert [warning.partition(": ")[2] for warning in warnings_of(load(tmp_path), tmp_path)[1:]] == [
        "rooms.hd: 4 bit/s is less than one call needs: was 4M meant?",
        "tests.rate: 100 bit/s is less than one call needs: was 100M meant?",
    ]


def test_the_lowest_rates_that_are_sold_are_good(tmp_path):
    write(tmp_path, sites=SITE.replace("wan: {", "wan: {contract: {down: 64k, up: 128k}, "))
    assert len(warnings_of(load(tmp_path), tmp_path)) == 1


def test_a_directory_without_sites_is_an_error(tmp_path):
    assert messages(tmp_path) == ["sites.d:1:1: found no file, expected at least one sites.d/*.yaml"]
    assert "there is no such directory; expected a directory with" in str(errors_of(tmp_path / "absent")[0])


def test_a_pipe_in_place_of_a_file_does_not_block(tmp_path):
    write(tmp_path, sites=SITE)
    os.mkfifo(tmp_path / "carriers.yaml")
    assert messages(tmp_path) == ["carriers.yaml:1:1: found something that is not a file, expected a file"]


def test_a_reload_keeps_every_segment_that_says_the_same(tmp_path):
    files = write_country(tmp_path, provinces=4, sites=40)
    cache = Cache()
    first = cache.plan(tmp_path)
    files[1].write_text(files[1].read_text().replace("20M", "30M"))
    files[2].write_text(files[2].read_text() + "# a comment\n")
    second = cache.plan(tmp_path)
    same = [new is old for new, old in zip(second.segments, first.segments, strict=True)]
    assert same == [True, True, True, False, True, True]
    assert second.inventory() == load(tmp_path)


def test_a_reload_notices_what_another_file_changes(tmp_path):
    sites = "sites: [{id: xa, name: x, level: commune, parent: tinh, links: {wan: {carrier: a, target: 192.0.2.9}}}]"
    write(tmp_path, sites=SITE, sites_b=sites)
    cache = Cache()
    assert cache.load(tmp_path).sites["xa"].province == "tinh"
    write(tmp_path, sites=SITE + "    parent: top\n  - {id: top, name: t, level: province}\n")
    assert cache.load(tmp_path).sites["xa"].province == "top"
    write(tmp_path, bridgewatch="defaults: {interval: 2s}")
    assert {link.interval for link in cache.load(tmp_path).links.values()} == {2.0}


def test_three_tiers_have_districts(tmp_path):
    sites = """
        sites:
          - {id: tinh, name: t, level: province}
          - {id: huyen, name: h, level: district, parent: tinh}
          - {id: xa, name: x, level: commune, parent: huyen}
    """
    write(tmp_path, sites=sites, bridgewatch="administrative_model: 3tier")
    assert load(tmp_path).sites["xa"].province == "tinh"


def test_a_file_emptied_by_accident_does_not_empty_the_inventory(tmp_path):
    write(tmp_path, sites="")
    assert messages(tmp_path) == ["sites.d:1:1: found no site in any file, expected at least one site"]


def test_a_site_without_links_is_warned_of_and_loads(tmp_path):
    inventory = load(write(tmp_path, sites=SITE + "  - {id: b, name: b, level: province, carried_by: wan}\n"))
    assert inventory.sites["b"].links == ()
    assert warnings_of(inventory, tmp_path)[1:] == [
        "sites.d/sites.yaml:8:10: sites[1].id: b has no links: it cannot be watched"
    ]


def test_many_sites_of_one_kind_are_one_warning(tmp_path):
    bare = "".join(f"  - {{id: b{n}, name: b, level: province}}\n" for n in range(9))
    (warning,) = warnings_of(load(write(tmp_path, sites=SITE + bare)), tmp_path)[1:]
    assert warning.endswith(
        "b0 has no links: it cannot be watched (8 more likewise: `check --all` shows them)"
    )
    every = load(tmp_path, every=True).warnings
    assert [str(one).endswith("has no links: it cannot be watched") for one in every].count(True) == 9


@pytest.mark.parametrize(("limit", "warned"), [(149, True), (150, False)])
def test_references_count_for_the_limit_and_paused_links_do_not(tmp_path, limit, warned):
    # One link at 50/s, and two references that are probed as often.
    links = SITE.replace("carrier: vnpt", "interval: 20ms, carrier: vnpt")
    links += "      wan-2: {interval: 20ms, carrier: vnpt, paused: true, target: 192.0.2.2}\n"
    daemon = f"""
        egresses: {{wan: {{networks: [wan], references: [192.0.2.8, 192.0.2.9]}}}}
        limits:
          sends_per_second: {limit}
    """
    inventory = load(write(tmp_path, sites=links, bridgewatch=daemon))
    place = "bridgewatch.yaml:4:21: limits.sends_per_second:"
    asked = f"links and references ask for 150 probes/s, above the limit of {limit}: all are probed slower"
    assert warnings_of(inventory, tmp_path) == ([f"{place} {asked}"] if warned else [])


def test_a_warning_that_moved_to_another_line_is_no_change_to_put_in_force(tmp_path):
    bare = "sites:\n  - {id: b, name: b, level: province}\n"
    cache = Cache()
    first = cache.plan(write(tmp_path, sites=bare))
    second = cache.plan(write(tmp_path, sites=f"# a comment\n{bare}"))
    assert first.frame.warnings != second.frame.warnings
    assert first.frame == second.frame
