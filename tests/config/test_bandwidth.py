"""bandwidth.yaml, keys.yaml, and what links, sites and events say of bandwidth."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bridgewatch.config.loader import Cache, load
from bridgewatch.config.summary import summarize
from bridgewatch.model.bandwidth import (
    AuthProtocol,
    Credentials,
    InterfaceBy,
    Method,
    PrivProtocol,
    RoomType,
    Server,
    Snmp,
    SnmpVersion,
    Window,
)
from bridgewatch.model.inventory import Target
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.words import Family, ProbeKind
from tests.config.files import messages, warnings_of, write

BANDWIDTH = """
    snmp:
      interval: 30s
      credentials:
        default: {version: 2c, community: {env: COMMUNITY}}
        noc:
          version: 3
          user: bridgewatch
          auth: sha256
          auth_key: {file: /etc/auth}
          priv: aes128
          priv_key: {credential: priv}
    rooms: {fullhd: 6M}
    judgement: {use: {warn: 60%, critical: 90%, readings: 3}, delivered: 75%, headroom: 1.5}
    servers:
      near: {iperf3: 198.51.100.7}
      web: {http: "http://198.51.100.7:8080/speed/", download: "/garbage.php?ckSize=100", upload: /empty.php}
    tests:
      windows: 22:00-05:00
      methods: [udp]
      per_day: 3GB
      every: 7d
    egress_rate: {default: 500M}
"""
SITES = """
    sites:
      - id: tinh
        name: Tỉnh
        level: province
        room: fullhd
        snmp: {host: 192.0.2.10, credentials: noc, port: 1161}
        links:
          wan:
            carrier: vnpt
            contract:
              down: 20M
              up: 10M
              raises:
                - {from: 2026-11-26 00:00, to: 2026-11-30 24:00, down: 100M, note: công văn 1234}
            snmp: {alias: GLI-0650, facing_site: true}
            throughput: {server: near, windows: ["12:00-13:00", "23:30-04:00"], share: 120%, every: never}
            target: {stamp: "192.0.2.11:863", stateful: true, key: tinh-wan}
          internet:
            carrier: viettel
            contract: {down: 100M, up: 50M}
            snmp: {host: rt.example, index: 3, credentials: default, port: 161}
            throughput: {server: web}
            target: 192.0.2.12
          internet-4g:
            carrier: vnpt
            throughput: never
            target: {dialin: tinh-4g}
    services:
      - {id: mcu, name: MCU, links: {wan: {target: 192.0.2.5, contract: {down: 1G, up: 1G}, throughput: {server: {iperf3: "[2001:db8::1]:5202"}, rate: 100M}}}}
"""
KEYS = "directory: /etc/keys-of-a-test/\nkeys: {tinh-wan: {env: KEY}}\n"
DAEMON = 'dialin: {listen: ["192.0.2.1:8862", ":8863"], dead_after: 60s}\n'
EVENTS = """
    events:
      hop:
        name: Họp
        sites: [tinh, mcu]
        starts: 2026-12-15T08:00
        ends: 2026-12-15T11:00
        room: sd
        hubs: [mcu]
"""


def everything(directory, **changed):
    files = {"sites": SITES, "bandwidth": BANDWIDTH, "keys": KEYS, "bridgewatch": DAEMON, "events": EVENTS}
    return write(directory, **(files | changed))


@pytest.fixture
def full(tmp_path):
    return load(everything(tmp_path))


def test_credentials_name_their_secrets_and_never_hold_them(full):
    snmp = full.bandwidth.snmp
    assert (snmp.interval, snmp.timeout, snmp.retries, snmp.in_flight, snmp.fast) == (
        30.0,
        2.0,
        1,
        500,
        False,
    )
    assert snmp.credentials["default"] == Credentials(
        "default", SnmpVersion.V2C, community=Secret(SecretSource.ENVIRONMENT, "COMMUNITY")
    )
    assert snmp.credentials["noc"] == Credentials(
        "noc",
        SnmpVersion.V3,
        user="bridgewatch",
        auth=AuthProtocol.SHA256,
        auth_key=Secret(SecretSource.FILE, "/etc/auth"),
        priv=PrivProtocol.AES128,
        priv_key=Secret(SecretSource.CREDENTIAL, "priv"),
    )


def test_what_is_enough_is_as_written_and_else_as_shipped(full):
    judgement = full.bandwidth.judgement
    assert (judgement.use_warn, judgement.use_critical, judgement.use_readings) == (0.6, 0.9, 3)
    assert (judgement.delivered, judgement.headroom) == (0.75, 1.5)
    assert judgement.rooms == {RoomType.SD: 1_000_000, RoomType.HD: 2_000_000, RoomType.FULL_HD: 6_000_000}
    assert full.bandwidth.egress_rate == {"default": 500_000_000}


def test_a_link_takes_from_its_site_what_it_does_not_say_of_its_router(full):
    assert full.links["tinh/wan"].snmp == Snmp(
        "192.0.2.10", "GLI-0650", InterfaceBy.ALIAS, "noc", 1161, facing_site=True
    )
    assert full.links["tinh/internet"].snmp == Snmp("rt.example", "3", InterfaceBy.INDEX, "default", 161)
    assert full.links["tinh/internet-4g"].snmp is None


def test_a_raise_is_an_instant_in_the_daemons_zone_and_24_00_the_end_of_a_day(full):
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    (raised,) = full.links["tinh/wan"].contract.raises
    assert raised.starts_ns == round(datetime(2026, 11, 26, tzinfo=zone).timestamp()) * 10**9
    assert raised.ends_ns == round(datetime(2026, 12, 1, tzinfo=zone).timestamp()) * 10**9
    assert (raised.down, raised.up, raised.note) == (100_000_000, 10_000_000, "công văn 1234")


def test_terms_of_tests_are_the_links_own_else_those_of_all(full):
    wan, internet = full.links["tinh/wan"].throughput, full.links["tinh/internet"].throughput
    assert wan.server == Server("near", Method.TCP, "198.51.100.7", 5201)
    assert wan.windows == (Window(720, 780), Window(1410, 240))
    assert (wan.methods, wan.share, wan.every) == ((Method.UDP,), 1.2, None)
    assert (wan.seconds, wan.streams, wan.octets_per_day) == (10.0, 4, 3_000_000_000)
    assert internet.server == Server(
        "web",
        Method.HTTP,
        url="http://198.51.100.7:8080/speed",
        download="/garbage.php?ckSize=100",
        upload="/empty.php",
    )
    # `udp` for all is not for a server that cannot.
    assert (internet.methods, internet.windows, internet.every) == (
        (Method.HTTP,),
        (Window(1320, 300),),
        604_800.0,
    )
    assert full.links["tinh/internet-4g"].throughput.server is None
    mcu = full.links["mcu/wan"].throughput
    assert (mcu.server, mcu.rate) == (Server("mcu/wan", Method.TCP, "2001:db8::1", 5202), 100_000_000)


def test_keys_lie_where_they_are_named_else_in_the_directory(full):
    assert full.keys == {
        "tinh-wan": Secret(SecretSource.ENVIRONMENT, "KEY"),
        "tinh-4g": Secret(SecretSource.FILE, "/etc/keys-of-a-test/tinh-4g"),
    }
    (target,) = full.links["tinh/wan"].targets
    assert target == Target(
        "192.0.2.11:863",
        ProbeKind.STAMP_AUTHENTICATED,
        "192.0.2.11",
        863,
        Family.V4,
        stateful=True,
        key="tinh-wan",
    )
    (path,) = [path for path in full.paths if path.link == "tinh/wan"]
    assert (path.kind, path.stamp_key, path.size) == (ProbeKind.STAMP_AUTHENTICATED, "tinh-wan", 112)
    assert full.links["tinh/internet-4g"].dial_in == "tinh-4g"


def test_a_directory_of_keys_may_be_one_that_systemd_passes_on(tmp_path):
    inventory = load(everything(tmp_path, keys="directory: {credential: keys}\n"))
    assert inventory.keys == {
        name: Secret(SecretSource.CREDENTIAL, f"keys_{name}") for name in ("tinh-wan", "tinh-4g")
    }
    for wrong in ("keys", "{env: KEYS}", "[/etc/keys]"):
        (shown,) = messages(everything(tmp_path, keys=f"directory: {wrong}\n"))
        assert shown.endswith("expected a path that begins with /, or {credential: NAME}")


def test_dial_in_listens_where_it_is_said_and_only_there(full, tmp_path):
    assert full.dial_in.listen == (("192.0.2.1", 8862), ("0.0.0.0", 8863), ("::", 8863))
    assert full.dial_in.dead_after == 60.0
    (tmp_path / "bridgewatch.yaml").unlink()
    assert load(tmp_path).dial_in.listen == ()


def test_rooms_and_hubs_of_sites_and_events(full):
    assert full.sites["tinh"].room is RoomType.FULL_HD
    assert full.sites["mcu"].room is None
    (event,) = full.events.values()
    assert (event.room, event.hubs) == (RoomType.SD, ("mcu",))


def test_everything_said_right_disappoints_nobody(full, tmp_path):
    (warning,) = warnings_of(full, tmp_path)
    assert "no egress is configured" in warning
    summary = summarize(full)
    assert (summary.routers, summary.tested, summary.servers, summary.keys) == (2, 3, 3, 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{alias: GLI-0650, facing_site: true}", "{}", "snmp: found no interface, expected `interface:`, `alias:`"),
        ("alias: GLI-0650,", "alias: a, index: 3,", "snmp.index: found both `alias` and `index`, expected one of"),
        ("host: rt.example, ", "", ""),
        ("{host: 192.0.2.10, credentials", "{credentials", "wan.snmp: found no router, expected `host:` here or"),
        ("credentials: noc,", "credentials: nox,", "found the unknown SNMP credentials of bandwidth.yaml 'nox'; did you mean noc?"),
        ("credentials: default,", "credentials: noo,", "found the unknown SNMP credentials of bandwidth.yaml 'noo'; did you mean noc?"),
        ("server: near", "server: neer", "found the unknown test server of bandwidth.yaml 'neer'; did you mean near?"),
        ("{server: web}", "{server: web, methods: [http, tcp]}", "methods[1]: found 'tcp', which the test server web"),
        ("{server: web}", "{server: {iperf3: a.example}, methods: [http]}", "found a method that the server cannot"),
        ("{server: web}", "{server: {iperf3: a, http: http://a}}", "found both `iperf3` and `http`, expected either"),
        ("{server: web}", "{rate: 5M}", "throughput.server: found nothing, expected the key server"),
        ("{server: web}", "{server: {}}", "found no server, expected either `iperf3` or `http`"),
        ("{server: web}", "{server: {iperf3: a, upload: /x}}", "found a path of no URL, expected `http:` beside it"),
        ("throughput: never", "throughput: no", "found 'no', expected `never`, or a mapping with `server`"),
        ('["12:00-13:00",', '["12:00-12:00",', "found '12:00-12:00', which is no time at all, expected an end of its"),
        ('["12:00-13:00",', '["12h-13h",', "found '12h-13h', expected times of day such as 22:00-05:00"),
        ('["12:00-13:00", "23:30-04:00"]', "[]", "windows: found an empty list, expected at least one entry"),
        ("share: 120%", "share: 0%", "found '0%', expected a share such as 80%, 120% or 1.2"),
        ("down: 100M, note", "down: 10M, note", "raises[0].down: found a raise below the contract, expected at least"),
        ("down: 100M, note", "note", "raises[0]: found a raise of nothing, expected `down:` or `up:`"),
        ("to: 2026-11-30 24:00", "to: 2026-11-26 00:00", "raises[0].to: found an end before the start, expected a time after `from`"),
        ("to: 2026-11-30 24:00", "to: 2026-11-30 24:00Z", "expected both with an offset, or both without"),
        ("key: tinh-wan", "key: Tinh", "found 'Tinh', expected lower-case letters, digits and hyphens"),
        ("room: fullhd", "room: 4k", "found '4k', expected sd, hd or fullhd"),
        ("target: 192.0.2.12", "target: {dialin: tinh-4g}", "found the key 'tinh-4g' a second time, expected a key of"),
        ("{id: mcu, name: MCU,", "{id: mcu, name: MCU, room: hd,", "found the unknown key 'room'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_site_is_named_in_plain_words(tmp_path, old, new, said):
    assert SITES.count(old) == 1
    shown = messages(everything(tmp_path, sites=SITES.replace(old, new)))
    assert len(shown) == bool(said), shown
    assert all(said in one and one.startswith("sites.d/sites.yaml:") for one in shown), shown


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 2c, community: {env: COMMUNITY}", "version: 2c", "found nothing, expected `community` for version"),
        ("version: 2c,", "version: 1,", "found '1', expected 2c or 3"),
        ("version: 2c,", "version: 3,", "community: found `community` of another version, expected `user` for version"),
        ("community: {env: COMMUNITY}", "community: public", "found a secret in plain text, expected {env: NAME}"),
        ("auth: sha256", "auth: sha2", "auth: found 'sha2', expected md5, sha, sha224, sha256, sha384 or sha512"),
        ("          priv_key: {credential: priv}\n", "", "priv: found `priv` without `priv_key`, expected both"),
        (
            "          auth: sha256\n          auth_key: {file: /etc/auth}\n",
            "",
            "priv: found `priv` without `auth`, expected both of them",
        ),
        ("warn: 60%, critical: 90%", "warn: 60%, critical: 50%", "critical: found a `critical` below `warn`"),
        ("headroom: 1.5", "headroom: 1000%%", "expected a share such as 80%, 120% or 1.2"),
        ("per_day: 3GB", "per_day: 3Gb", "found '3Gb', expected a size in octets such as 500MB or 2GB"),
        ("{default: 500M}", "{defualt: 500M}", "egress_rate.defualt: found the unknown egress 'defualt'; did you mean default?"),
        ("iperf3: 198.51.100.7}", "iperf3: 198.51.100.7:99999}", "expected host:port"),
        ("upload: /empty.php", "upload: empty.php", "found 'empty.php', expected a path that begins with /"),
        ("every: 7d", "every: 1m", "found '1m', expected a duration from 3600s to 366d, such as 7d"),
        ("interval: 30s", "interval: 1s", "found '1s', expected a duration from 2s to 3600s, such as 60s"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_of_bandwidth_is_named_in_plain_words(tmp_path, old, new, said):
    assert BANDWIDTH.count(old) == 1
    shown = messages(everything(tmp_path, bandwidth=BANDWIDTH.replace(old, new)))
    assert len(shown) == 1, shown
    assert said in shown[0]
    assert shown[0].startswith("bandwidth.yaml:")


def test_a_secret_in_plain_text_is_never_repeated(tmp_path):
    wrong = BANDWIDTH.replace("{env: COMMUNITY}", "hunter2").replace("{file: /etc/auth}", "{file: hunter2}")
    shown = messages(
        everything(tmp_path, bandwidth=wrong, keys="directory: /k\nkeys: {tinh-wan: hunter2hunter2}\n")
    )
    assert len(shown) == 3
    assert "hunter2" not in "".join(shown)


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("host.example:8862", "expected address:port"),
        ("192.0.2.1", "expected address:port"),
        ("'[2001:db8::1]:0'", "expected address:port"),
        ("224.0.0.1:8862", "a multicast address"),
        ("[]", "expected at least one entry"),
    ],
)
def test_dial_in_listens_at_addresses_of_its_own(tmp_path, listen, said):
    (shown,) = messages(everything(tmp_path, bridgewatch=f"dialin: {{listen: {listen}}}\n"))
    assert said in shown


def test_keys_that_are_named_one_by_one_are_known_by_their_names(tmp_path):
    shown = messages(everything(tmp_path, keys="keys: {tinh-wam: {env: A}, tinh-4g: {env: B}}\n"))
    assert [one.partition(": ")[2] for one in shown] == [
        "sites[0].links.wan.target.key: found the unknown key of keys.yaml 'tinh-wan'; did you mean tinh-wam?"
    ]


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        ("keys", KEYS, "tinh-wan: {env: KEY}\n", "tinh-wan: found the unknown key 'tinh-wan', expected directory or"),
        ("bandwidth", "credentials:", "credential:", "snmp.credential: found the unknown key 'credential'; did you"),
        ("bandwidth", "servers:", "server:", "server: found the unknown key 'server'; did you mean servers?"),
    ],
)  # fmt: skip
def test_a_key_of_a_wrong_name_makes_nothing_unknown_that_it_may_have_held(tmp_path, kind, old, new, said):
    text = {"keys": KEYS, "bandwidth": BANDWIDTH}[kind]
    (shown,) = messages(everything(tmp_path, **{kind: text.replace(old, new)}))
    assert said in shown


def test_a_reference_may_be_authenticated_and_its_key_is_known_too(tmp_path):
    egresses = (
        "egresses: {all: {networks: [wan, internet], references: [{stamp: 192.0.2.1, key: tinh-wan}]}}\n"
    )
    rate = BANDWIDTH.replace("{default: 500M}", "{all: 500M}")
    inventory = load(everything(tmp_path, bridgewatch=egresses + DAEMON, bandwidth=rate))
    assert inventory.paths[0].stamp_key == "tinh-wan"
    wrong = egresses.replace("tinh-wan", "tinh-wam")
    keys = "keys: {tinh-wan: {env: KEY}, tinh-4g: {env: KEY}}\n"
    (shown,) = messages(everything(tmp_path, bridgewatch=wrong + DAEMON, bandwidth=rate, keys=keys))
    assert "references[0].key: found the unknown key of keys.yaml 'tinh-wam'; did you mean tinh-wan?" in shown


@pytest.mark.parametrize(
    ("hubs", "said"),
    [
        ("[mcuu]", "hubs[0]: found the unknown site 'mcuu'; did you mean mcu?"),
        ("[tinh]", "hubs[0]: found 'tinh', which is no service that takes part, expected mcu"),
    ],
)
def test_a_hub_is_a_service_of_the_event(tmp_path, hubs, said):
    (shown,) = messages(everything(tmp_path, events=EVENTS.replace("[mcu]\n", f"{hubs}\n")))
    assert said in shown


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "            contract: {down: 100M, up: 50M}\n            snmp",
            "            snmp",
            "tinh/internet has no contract: how full it is cannot be judged",
        ),
        (
            "{down: 100M, up: 50M}",
            "{down: 1G, up: 1G}",
            "a test of tinh/internet takes up to 3,750 MB, and `per_day` is 3,000 MB: it never runs",
        ),
        (
            "{down: 100M, up: 50M}",
            "{down: 1G, up: 1G, raises: [{from: 2026-11-26 00:00, to: 2026-11-30 24:00, down: 2G}]}",
            "a test of tinh/internet takes up to 5,625 MB, and `per_day` is 3,000 MB: it never runs",
        ),
        (
            "down: 100M, note",
            "down: 2G, up: 2G, note",
            "takes up to 9,000 MB, and `per_day` is 3,000 MB: it does not run while the contract is raised",
        ),
        (
            "contract: {down: 1G, up: 1G}, ",
            "",
            "mcu/wan has no contract: whether it delivers what was sold cannot be judged",
        ),
        (
            'contract: {down: 1G, up: 1G}, throughput: {server: {iperf3: "[2001:db8::1]:5202"}, rate: 100M}',
            "throughput: {server: {iperf3: a}}",
            "mcu/wan has neither contract nor rate: how much may a test take?",
        ),
        (
            "{server: web}",
            "{server: web, seconds: 60s, windows: 01:00-01:02}",
            "a test of tinh/internet takes 130 s, and no window is that long: it never runs by itself",
        ),
        (
            "throughput: {server: web}",
            'throughput: {server: {iperf3: "[2001:db8::1]:5202"}}',
            "the test server of tinh/internet too: is it behind both?",
        ),
        (
            "{host: rt.example, index: 3, credentials: default, port: 161}",
            "{alias: GLI-0650}",
            "the interface GLI-0650 of 192.0.2.10 is that of tinh/wan too",
        ),
    ],
)
def test_what_can_be_neither_read_nor_tested_nor_judged_is_warned_of(tmp_path, old, new, said):
    assert SITES.count(old) == 1
    inventory = load(everything(tmp_path, sites=SITES.replace(old, new)))
    told = warnings_of(inventory, tmp_path)
    assert any(one.endswith(said) and one.startswith("sites.d/sites.yaml:") for one in told), told


def test_a_router_of_which_no_link_says_an_interface_is_warned_of(tmp_path):
    site = SITES.replace("            snmp: {alias: GLI-0650, facing_site: true}\n", "")
    site = site.replace(
        "            snmp: {host: rt.example, index: 3, credentials: default, port: 161}\n", ""
    )
    told = warnings_of(load(everything(tmp_path, sites=site)), tmp_path)
    assert told[1].endswith("sites[0].snmp: no link says its interface: nothing is read from this router")


def test_without_their_files_credentials_keys_and_listening_are_warned_of(tmp_path):
    sites = SITES.replace("credentials: noc, ", "").replace("credentials: default, ", "")
    sites = sites.replace("{server: near,", "{server: {iperf3: a},").replace("{server: web}", "never")
    told = warnings_of(load(write(tmp_path, sites=sites)), tmp_path)
    places = [one.partition(": ")[2] for one in told]
    assert "links of sites that dial in stay unknown without `dialin: {listen: ...}`: 1" in places
    assert sum("no keys.yaml says where a key lies" in one for one in places) == 2
    assert sum("which bandwidth.yaml does not have" in one for one in places) == 2


def test_a_key_file_that_is_not_in_the_directory_is_warned_of_with_the_nearest(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "tinh_4g").touch()
    keys = f"directory: {folder}\nkeys: {{tinh-wan: {{env: KEY}}}}\n"
    told = warnings_of(load(everything(tmp_path, keys=keys)), tmp_path)
    assert told[-1].endswith("target.dialin: no file tinh-4g in keys, but tinh_4g")
    (folder / "tinh-4g").touch()
    assert len(warnings_of(load(tmp_path), tmp_path)) == len(told) - 1


def test_a_reload_that_changes_only_keys_rebuilds_no_site(tmp_path):
    cache = Cache()
    first = cache.plan(everything(tmp_path))
    write(tmp_path, keys=KEYS.replace("env: KEY", "env: OTHER"))
    second = cache.plan(tmp_path)
    changed = [new.name for new, old in zip(second.segments, first.segments, strict=True) if new is not old]
    assert changed == ["keys"]
    assert second.inventory().keys["tinh-wan"].name == "OTHER"
    write(tmp_path, bandwidth=BANDWIDTH.replace("198.51.100.7}", "198.51.100.8}"))
    assert cache.plan(tmp_path).inventory().links["tinh/wan"].throughput.server.host == "198.51.100.8"


def test_tests_are_for_the_night_unless_somebody_says_otherwise(tmp_path):
    silent = BANDWIDTH.replace("windows: 22:00-05:00", "streams: 4")
    inventory = load(everything(tmp_path, bandwidth=silent))
    assert inventory.links["tinh/internet"].throughput.windows == (Window(1320, 300),)
