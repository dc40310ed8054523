import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.config.loader import load
from bridgewatch.config.schema import KINDS, known_keys, schema
from bridgewatch.config.summary import packet_octets, summarize
from bridgewatch.model.bandwidth import Method, RoomType
from bridgewatch.model.paging import Role
from bridgewatch.model.words import Level, Network, ProbeKind
from tests.config.files import SITE, write
from tests.config.generate import write_country

SAMPLES = Path(__file__).parents[2] / "config"
FILES = [*SAMPLES.glob("*.yaml"), *SAMPLES.glob("*.d/*.yaml")]


class EditorLoader(yaml.SafeLoader):
    """Reads YAML 1.2, as editors do: 19:00 and 2026-12-15 are text there."""


EditorLoader.yaml_implicit_resolvers = {
    letter: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":timestamp", ":int"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))


@pytest.fixture
def cli():
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def sample():
    return load(SAMPLES)


def test_the_sample_is_a_province_of_some_forty_sites_without_warnings(sample):
    summary = summarize(sample)
    assert summary.rooms == {Level.PROVINCE: 1, Level.COMMUNE: 39}
    assert summary.services == 1
    assert summary.warnings == ()
    assert {network for network, _ in summary.links} == set(Network)
    assert set(sample.carriers) == {"vnpt", "viettel", "own"}


def test_the_sample_has_people_to_call_for_both_carriers_and_an_event_of_two_waves(sample):
    directory = sample.directory
    assert {c.carrier for c in directory.contacts.values()} == {None, "vnpt", "viettel"}
    assert {(r.carrier, r.role) for r in directory.rosters} >= {
        (carrier, role) for carrier in ("vnpt", "viettel") for role in Role if role is not Role.ROOM
    } | {(None, Role.DUTY), (None, Role.LEAD)}
    assert all(site.contacts for site in sample.sites.values())
    (event,) = sample.events.values()
    assert len(event.waves) == 2
    assert set(sample.sites) - set(event.sites) == {"gialai-uar"}
    assert directory.policies["live"].raise_again == 300.0


def test_the_sample_uses_everything_that_can_be_said_of_bandwidth(sample):
    wan, internet = sample.links["gialai-iape/wan"], sample.links["gialai-iape/internet"]
    (raised,) = wan.contract.raises
    assert (raised.ends_ns - raised.starts_ns, raised.down, wan.contract.down) == (
        8 * 86_400 * 10**9,
        100_000_000,
        20_000_000,
    )
    assert {link.snmp.credentials for link in sample.links.values() if link.snmp} == {"default", "noc"}
    assert set(sample.bandwidth.snmp.credentials) == {"default", "noc"}
    assert wan.throughput.methods == (Method.TCP, Method.UDP)
    assert sample.links["gialai-ubnd/internet"].throughput.server.method is Method.HTTP
    assert sample.links["gialai-dakdoa/internet-4g"].throughput.server is None
    (target,) = internet.targets
    assert (target.kind, target.key) == (ProbeKind.STAMP_AUTHENTICATED, "gialai-iape")
    assert set(sample.keys) == {"gialai-iape", "gialai-dakdoa-hop-4g"}
    assert sample.dial_in.listen == (("::", 8862),)
    (event,) = sample.events.values()
    assert (event.room, event.hubs) == (RoomType.HD, ("mcu-tinh",))
    summary = summarize(sample)
    assert (summary.routers, summary.tested, summary.servers, summary.keys) == (2, 3, 3, 2)


def test_every_site_of_the_sample_belongs_to_its_province(sample):
    assert {site.province for site in sample.sites.values()} == {"gialai-ubnd", ""}


def test_the_sample_uses_documentation_addresses_only():
    for file in FILES:
        addresses = re.findall(r"\d+\.\d+\.\d+\.\d+", file.read_text())
        assert all(a.startswith(("192.0.2.", "198.51.100.", "203.0.113.")) for a in addresses)
        # Two groups before another colon make an IPv6 address: nothing else in a sample looks so.
        others = re.findall(r"\b[0-9a-f]+:[0-9a-f]+:[0-9a-f:]*", file.read_text())
        assert all(address.startswith("2001:db8:") for address in others)


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_schema_is_the_one_of_the_documents(kind):
    committed = (SAMPLES / "schema" / f"{kind}.json").read_text()
    assert committed == json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_sample_points_its_editor_to_the_schema_that_accepts_it(file):
    hint = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text())
    document = json.loads((file.parent / hint[1]).read_text())
    jsonschema.validate(yaml.load(file.read_text(), EditorLoader), document)


def test_the_schema_knows_the_keys_at_every_depth():
    assert "carrier" in known_keys("sites", ("sites", 3, "links", "wan"))
    assert known_keys("sites", ("sites", 0, "links", "wan", "target", "~stamp")) == (
        "stamp",
        "family",
        "stateful",
        "key",
    )
    assert known_keys("profiles", ("profiles", "x", "rtt")) == ("warn", "critical")
    assert known_keys("sites", ("nowhere", 1)) == ()


def test_the_cost_of_probing_counts_ip_and_udp_headers(tmp_path):
    text = SITE.replace(
        "target: 192.0.2.1}",
        'interval: 500ms, targets: [192.0.2.1, "2001:db8::1", {stamp: 192.0.2.2}, {stamp: "[2001:db8::2]:862"}]}',
    )
    inventory = load(write(tmp_path, sites=text))
    assert [packet_octets(path) for path in inventory.paths] == [84, 104, 92, 112]
    summary = summarize(inventory)
    assert summary.probes_per_second == pytest.approx(8)
    assert summary.bits_per_second == pytest.approx(2 * 8 * (84 + 104 + 92 + 112))


def test_paused_links_cost_nothing_and_sites_that_dial_in_a_probe_a_second(tmp_path):
    text = SITE + "      wan-2: {carrier: a, target: 192.0.2.2, paused: true}\n"
    text += "      wan-3: {carrier: a, target: {dialin: k}}\n"
    summary = summarize(load(write(tmp_path, sites=text)))
    assert (summary.paused, summary.dial_in, summary.probes_per_second) == (1, 1, pytest.approx(2))


def test_check_prints_a_summary_of_a_clean_directory(cli):
    result = cli("check", SAMPLES)
    assert result.exit_code == 0
    assert re.search(r"sites of communes\s+│\s+39", result.stdout)
    assert "probes/s" in result.stdout
    assert re.search(r"contacts of Viettel\s+│\s+5", result.stdout)
    assert re.search(r"sites of tiep-xuc-cu-tri-2026-12\s+│\s+39", result.stdout)
    assert "\x1b" not in result.stdout


def test_the_summary_is_vietnamese_unless_english_is_asked_for(cli):
    text = cli("check", SAMPLES, "--language", "vi").stdout
    for row in (
        r"ttdl-tinh: hai cấp, tỉnh và xã",
        r"điểm cầu cấp xã\s+│\s+39",
        r"đường truyền TSLCD, VNPT\s+│\s+27",
        r"bit/s mỗi chiều ngoài sự kiện, kể cả điểm tham chiếu và phần đầu IP\s+│\s+65\.152",
    ):
        assert re.search(row, text)


def test_check_counts_references_and_prints_warnings_with_their_places(cli, tmp_path):
    daemon = "egresses:\n  wan: {networks: [wan], references: [192.0.2.9]}\n"
    result = cli("check", write(tmp_path, sites=SITE, bridgewatch=daemon))
    assert re.search(r"probes/s outside events, references included\s+│\s+2 │", result.stdout)
    assert re.search(rf"references and IP headers\s+│\s+{2 * 8 * 84:,}", result.stdout)
    place = f"{tmp_path}/bridgewatch.yaml:2:38: egresses.wan.references"
    assert f"warning: {place}: egress wan has one reference" in result.stdout
    told = cli("check", tmp_path, "--language", "vi").stdout
    assert f"cảnh báo: {place}: " in told
    assert "has one reference" not in told


def test_check_prints_every_error_and_fails(cli, tmp_path):
    write(tmp_path, sites=SITE.replace("level: province", "level: x").replace("192.0.2.1", "-x"))
    result = cli("check", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second, last = result.stderr.splitlines()
    assert first.startswith(
        f"{tmp_path}/sites.d/sites.yaml:5:12: sites[0].level: found 'x', expected province"
    )
    assert second.startswith(f"{tmp_path}/sites.d/sites.yaml:7:36: sites[0].links.wan.target: found '-x'")
    assert last == "bridgewatch check: mistakes in the configuration: 2"


def test_schema_prints_one_kind_or_all(cli):
    assert json.loads(cli("schema", "sites").stdout) == schema("sites")
    assert set(json.loads(cli("schema").stdout)) == set(KINDS)
    assert cli("schema", "cities").exit_code == 2


def test_the_generated_country_is_always_the_same_and_loads_without_errors(tmp_path):
    first = write_country(tmp_path / "a", provinces=7, sites=100)
    second = write_country(tmp_path / "b", provinces=7, sites=100)
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    inventory = load(tmp_path / "a")
    assert (len(inventory.sites), len(inventory.links), len(inventory.paths)) == (100, 200, 200)
    assert all(path.host.startswith("127.") for path in inventory.paths)
