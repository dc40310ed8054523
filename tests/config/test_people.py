"""Contacts, gateways and rosters as the model has them."""

import json
from textwrap import dedent

import pytest

from bridgewatch.config.loader import load
from bridgewatch.model.paging import AckWay, GatewayKind, Role, TextForm
from bridgewatch.model.people import Channel, Contact, Override, Rotation, Shift
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.words import CarriedBy, Language
from tests.config.files import SITE, messages, warnings_of, write
from tests.config.people import FILES, changed, province

DAY = 86_400 * 10**9
NOON = 1_796_101_200 * 10**9  # 2026-12-01T12:00+07:00


@pytest.fixture
def directory(tmp_path):
    inventory = load(province(tmp_path))
    assert inventory.warnings[1:] == ()
    return inventory.directory


def test_a_contact_has_its_channels_in_order(directory):
    assert directory.contacts["noc"] == Contact(
        "noc", "NOC", Language.VI, (Channel("mail", "noc@example.org"), Channel("call", "0100000001"))
    )
    assert directory.contacts["viettel-1"].language is Language.EN
    assert directory.contacts["viettel-1"].carrier == "viettel"
    assert directory.contacts["phong-hop"].phone == "0100000002"
    assert directory.catch_all == ("noc",)
    assert directory.pages


def test_a_gateway_has_what_its_kind_has_by_default(directory):
    mail, call = directory.gateways["mail"], directory.gateways["call"]
    assert (mail.kind, mail.form, mail.answers, mail.timeout) == (
        GatewayKind.MAIL,
        TextForm.LONG,
        {AckWay.LINK},
        10.0,
    )
    assert mail.settings == {"host": "smtp.example", "from": "noc@example.org"}
    assert mail.secrets == {"password": Secret(SecretSource.ENVIRONMENT, "SMTP_PASSWORD")}
    assert (call.form, call.answers) == (TextForm.SPOKEN, {AckWay.VOICE})
    assert call.secrets["key_secret"] == Secret(SecretSource.CREDENTIAL, "stringee")
    assert directory.public_url == "https://noc.example"


def test_a_gateway_says_otherwise_what_its_kind_has(tmp_path):
    gateways = """
        gateways:
          modem:
            kind: webhook
            url: http://modem.example/send/{address}
            token: {file: /etc/token}
            form: short
            answers: [sms]
            timeout: 3s
            egress: default
          sms: {kind: esms, brandname: B, api_key: {env: A}, secret_key: {env: B}, template: "{code}", type: 2}
          ntfy:
            kind: apprise
            url: ntfys://:{token}@ntfy.example/{address}
            secrets: {token: {env: NTFY}}
            answers: []
        """
    gateways = load(write(tmp_path, sites=SITE, gateways=gateways)).directory.gateways
    modem, sms, ntfy = gateways.values()
    assert (modem.form, modem.answers, modem.timeout, modem.egress) == (
        TextForm.SHORT,
        {AckWay.SMS},
        3.0,
        "default",
    )
    assert (sms.form, sms.answers, sms.free_text, sms.template) == (
        TextForm.SHORT,
        frozenset(),
        False,
        "{code}",
    )
    assert sms.settings == {"brandname": "B", "type": "2"}
    assert ntfy.settings == {"url": "ntfys://:{token}@ntfy.example/{address}"}
    assert ntfy.secrets == {"token": Secret(SecretSource.ENVIRONMENT, "NTFY")}
    assert ntfy.answers == frozenset()


ZNS = """
  zns:
    kind: zalo-zns
    app_id: "1"
    secret_key: {env: A}
    refresh_token: {env: B}
    templates:
      page: {id: "400001", params: {ma: "{code}", noi: "{where:.60}"}}
      any: {id: "400002"}
"""


def test_a_gateway_of_templates_has_one_for_each_kind_of_message(tmp_path):
    gateways = province(tmp_path, gateways=dedent(FILES["gateways"]) + ZNS)
    zns = load(gateways).directory.gateways["zns"]
    assert (zns.form, zns.answers, zns.free_text, zns.template) == (
        TextForm.SHORT,
        frozenset(),
        False,
        "400001",
    )
    assert json.loads(zns.settings["templates"]) == {
        "page": {"id": "400001", "params": {"ma": "{code}", "noi": "{where:.60}"}},
        "any": {"id": "400002", "params": {}},
    }
    assert set(zns.settings) == {"app_id", "templates"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{code}",
            "{kode}",
            "zns.templates.page.params.ma: found '{kode}', expected {code}, {what}, {where}",
        ),
        ("{where:.60}", "{where:>60}", "params.noi: found '{where:>60}', expected {code}"),
        ("{where:.60}", "{where", "params.noi: found '{where', expected {code}"),
        ("page:", "pages:", "zns.templates.pages: found 'pages', expected page, digest"),
        ('page: {id: "400001", params: {ma: "{code}", noi: "{where:.60}"}}', "", "no template"),
    ],
)
def test_a_mistake_in_a_template_is_named_in_plain_words(tmp_path, old, new, message):
    zns = ZNS.replace(old, new)
    if not new:
        zns = zns.replace("any:", "taken:")
    said = messages(province(tmp_path, gateways=dedent(FILES["gateways"]) + zns))
    assert len(said) == 1, said
    assert message in said[0]


def test_a_roster_is_one_of_each_role_with_its_own_id(directory):
    shown = [(r.id, r.role, r.carrier, r.area, r.always) for r in directory.rosters]
    assert shown == [
        ("vnpt-tinh/duty", Role.DUTY, "vnpt", "tinh", ()),
        ("vnpt-tinh/lead", Role.LEAD, "vnpt", "tinh", ("vnpt-2",)),
        ("viettel/duty", Role.DUTY, "viettel", None, ()),
        ("ours/duty", Role.DUTY, None, None, ("noc",)),
    ]
    assert {r.timezone for r in directory.rosters} == {"Asia/Ho_Chi_Minh"}


def test_shifts_and_rotations_keep_local_times(directory):
    duty, _, rotation, _ = directory.rosters
    assert duty.shifts == (
        Shift(frozenset({1, 2, 3, 4, 5}), 450, 1020, ("vnpt-1",)),
        Shift(frozenset({6, 7}), 1020, 450, ("vnpt-1", "vnpt-2")),
    )
    assert rotation.rotation == Rotation("2026-11-02", 450, 1, (("viettel-1",),))


def test_overrides_and_swaps_are_instants_of_the_roster_s_zone(tmp_path):
    rosters = """
        rosters:
          vnpt-tinh:
            carrier: vnpt
            timezone: Asia/Tokyo
            duty:
              always: [vnpt-1, vnpt-2]
              overrides:
                - {from: 2026-12-01T14:00, to: 2026-12-02T12:00+07:00, who: vnpt-2, instead_of: vnpt-1, note: ốm}
              swaps:
                - {from: 2026-12-01T05:00Z, to: 2026-12-01T15:00, between: [vnpt-1, vnpt-2]}
    """
    roster = load(province(tmp_path, rosters=rosters)).directory.rosters[0]
    assert roster.timezone == "Asia/Tokyo"
    hour = 3600 * 10**9
    assert roster.overrides == (
        Override(NOON, NOON + DAY, ("vnpt-2",), "vnpt-1", "ốm"),
        Override(NOON, NOON + hour, ("vnpt-1",), "vnpt-2"),
        Override(NOON, NOON + hour, ("vnpt-2",), "vnpt-1"),
    )


def test_people_may_be_spread_over_several_files(tmp_path):
    more = "contacts: {vnpt-3: {name: V, carrier: vnpt, channels: [{via: call, to: '0100000013'}]}}"
    rosters = "rosters: {vnpt-xa: {carrier: vnpt, area: xa-1, duty: {always: vnpt-3}}}"
    directory = load(province(tmp_path, contacts_b=more, rosters_b=rosters)).directory
    assert "vnpt-3" in directory.contacts
    assert directory.rosters[-1].id == "vnpt-xa/duty"


def test_a_name_in_two_files_is_one_mistake_that_names_both(tmp_path):
    rosters = "rosters: {ours: {own: true, duty: {always: noc}}}"
    (message,) = messages(province(tmp_path, rosters_b=rosters))
    assert message.startswith(
        "rosters.d/rosters_b.yaml:1:11: rosters.ours: found the roster 'ours' a second time"
    )
    assert message.endswith("(the first is at rosters.yaml:14:3)")


def test_without_contacts_sites_may_name_anybody_and_nobody_is_paged(tmp_path):
    sites = SITE.replace("level:", "contacts: [Bà Lê Thị Mẫu]\n    level:")
    inventory = load(write(tmp_path, sites=sites))
    assert inventory.sites["tinh"].contacts == ("Bà Lê Thị Mẫu",)
    assert not inventory.directory.pages


def test_a_site_knows_whether_its_carried_by_is_somebody_s_word(tmp_path):
    sites = SITE + "  - {id: b, name: B, level: province, carried_by: wan}\n"
    inventory = load(write(tmp_path, sites=sites, bridgewatch="defaults: {carried_by: wan}"))
    assert [(s.carried_by, s.carried_by_default) for s in inventory.sites.values()] == [
        (CarriedBy.WAN, True),
        (CarriedBy.WAN, False),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("contacts", "via: mail", "via: mial", "contacts.noc.channels[0].via: found the unknown gateway 'mial'; did you mean mail?"),
        ("contacts", "catch_all: noc", "catch_all: nco", "catch_all: found the unknown contact 'nco'; did you mean noc?"),
        ("contacts", "carrier: viettel", "carrier: viettle", "contacts.viettel-1.carrier: found the unknown"),
        ("contacts", "catch_all: noc\n", "", "contacts.yaml:1:1: found contacts and no `catch_all`, expected `catch_all:`"),
        ("contacts", "catch_all: noc", "catch_all: [noc, vnpt-1]", "catch_all[1]: found 'vnpt-1', who is of vnpt"),
        ("contacts", "noc@example.org}", "noc}", "channels[0].to: found 'noc', expected a mail address"),
        ("contacts", '"0100000002"', '"0100 000 002"', "to: found '0100 000 002', expected a phone number of digits"),
        ("contacts", "phone: 0100 000 002", "phone: none", "phone: found 'none', expected a phone number"),
        ("contacts", "language: en", "language: fr", "language: found 'fr', expected vi or en"),
        ("contacts", "phong-hop:", "Phòng họp:", "found 'Phòng họp', expected lower-case letters, digits and hyphens, at most 64, as in phong-hop"),
        ("sites", "[phong-hop]", "[Phòng Họp]", "the unknown contact 'Phòng Họp'; did you mean phong-hop?"),
        ("sites", "[phong-hop]", "[phong-hp]", "sites[0].contacts[0]: found the unknown contact 'phong-hp'; did you mean phong-hop?"),
        ("rosters", "area: tinh", "area: tihn", "rosters.vnpt-tinh.area: found the unknown site 'tihn'; did you mean tinh?"),
        ("rosters", "carrier: viettel", "carrier: viettel\n    own: true", "found both `carrier` and `own`"),
        ("rosters", "own: true\n", "timezone: UTC\n", "rosters.ours: found a roster of nobody, expected either"),
        ("rosters", "who: vnpt-1", "who: vnpt1", "shifts[0].who: found the unknown contact 'vnpt1'; did you mean vnpt-"),
        ("rosters", "teams: [viettel-1]", "teams: [vnpt-1]", "teams[0]: found 'vnpt-1', who is of vnpt, expected a contact of viettel"),
        ("rosters", "from: 07:30", "from: 7h30", "shifts[0].from: found '7h30', expected a time of day such as 07:30"),
        ("rosters", "days: mon-fri", "days: T2-T6", "days: found 'T2-T6', expected days such as mon-fri"),
        ("rosters", "{always: noc}", "{}", "rosters.ours.duty: found a role that nobody has, expected `always`"),
        ("rosters", "duty: {always: noc}", "dutty: {always: noc}", "the unknown key 'dutty'; did you mean duty?"),
        ("rosters", "2026-11-02", "02/11/2026", "first_day: found '02/11/2026', expected a day such as 2026-11-02"),
        ("rosters", "2026-11-02", "2026-02-30", "first_day: found '2026-02-30', expected a day that exists"),
        ("rosters", "lead: {always: vnpt-2}", "lead: {overrides: [{from: 2026-12-02T00:00, to: 2026-12-01T00:00, who: vnpt-2}]}", "lead.overrides[0].to: found '2026-12-01T00:00', expected a time after `from`"),
        ("rosters", "lead: {always: vnpt-2}", "lead: {always: vnpt-2, swaps: [{from: 2026-12-01T00:00, to: 2026-12-02T00:00, between: vnpt-1}]}", "swaps[0].between: found 1, expected two contacts"),
        ("rosters", "area: tinh", "area: tinh\n    timezone: Asia/Saigon2", "timezone: found 'Asia/Saigon2', expected a time zone"),
        ("gateways", "kind: mail", "kind: mial", "gateways.mail.kind: found 'mial', expected mail"),
        ("gateways", "kind: mail, ", "", "gateways.mail: found no kind, expected `kind:` mail, telegram"),
        ("gateways", "host:", "hots:", "the unknown key 'hots'; did you mean host?"),
        ("gateways", "password: {env: SMTP_PASSWORD}", "egress: wan", "egress: found the unknown egress 'wan', expected default"),
        ("gateways", "host: smtp.example", "host: smtp.example, tls: ssl", "tls: found 'ssl', expected starttls, tls or none"),
        ("gateways", "host: smtp.example", "host: smtp.example, answers: [phone]", "answers[0]: found 'phone', expected link, voice, sms or chat"),
        ("gateways", "host: smtp.example", "host: smtp.example, free_text: false", "gateways.mail: found no template, and no free text either"),
        ("bridgewatch", "https://noc.example", "noc.example", "public_url: found 'noc.example', expected a URL such as"),
    ],
)  # fmt: skip
def test_a_mistake_about_people_is_named_in_plain_words(tmp_path, file, old, new, message):
    said = changed(tmp_path, file, old, new)
    assert len(said) == 1, said
    assert message in said[0]


def test_a_webhook_without_a_url_has_it_in_its_addresses(tmp_path):
    gateways = FILES["gateways"] + "  hook: {kind: webhook}\n"
    contacts = FILES["contacts"].replace("{via: mail, to: one@viettel.example}", "{via: hook, to: one}")
    (message,) = messages(province(tmp_path, gateways=gateways, contacts=contacts))
    assert message.endswith("to: found 'one', expected a URL: the gateway has none of its own")


SECRET = "hunter2-not-to-be-seen"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (f"password: {SECRET}", "found a secret in plain text, expected {env: NAME}, {file: /PATH} or"),
        (f"password: [{SECRET}]", "found a secret in plain text"),
        (
            f"password: {{env: '{SECRET} '}}",
            "password.env: found something else, expected the name of a variable",
        ),
        (f"password: {{plain: {SECRET}}}", "found a mapping of another form"),
        (f"password: {{env: A, file: {SECRET}}}", "found a mapping of another form"),
        (f"password: {{file: {SECRET}}}", "password.file: found something else, expected a path that begins"),
    ],
)
def test_a_secret_in_plain_text_is_a_mistake_and_is_not_repeated(tmp_path, new, expected):
    (message,) = changed(tmp_path, "gateways", "password: {env: SMTP_PASSWORD}", new)
    assert expected in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "gateway",
    [
        f"{{kind: webhook, url: 'https://user:{SECRET}@host.example/'}}",
        f"{{kind: telegram, token: {{env: T}}, url: 'htps://{SECRET}@host.example'}}",
        f"{{kind: apprise, url: 'mailtos://user:{SECRET}@host.example'}}",
        f"{{kind: apprise, url: '{SECRET} no url'}}",
    ],
)
def test_a_password_in_a_url_is_a_mistake_and_is_not_repeated(tmp_path, gateway):
    said = messages(province(tmp_path, gateways=FILES["gateways"] + f"  x: {gateway}\n"))
    assert said
    assert "hunter2" not in "".join(said)


def test_braces_of_an_apprise_url_need_a_secret_of_that_name(tmp_path):
    gateway = "{kind: apprise, url: 'ntfys://{tokn}@h.example', secrets: {token: {env: T}}}"
    (message,) = messages(province(tmp_path, gateways=FILES["gateways"] + f"  x: {gateway}\n"))
    assert "x.url: found {tokn}, expected token or address" in message


@pytest.mark.parametrize(
    ("file", "old", "new", "warning"),
    [
        ("contacts", ", channels: [{via: call, to: '0100000012'}]".replace("'", '"'), "", "contacts.vnpt-2: vnpt-2 has no channel: nobody can page them"),
        ("contacts", "language: en", "language: vi", None),
        ("rosters", "lead: {always: vnpt-2}", "lead: {always: vnpt-1, overrides: [{from: 2026-12-01T00:00, to: 2026-12-02T00:00, who: vnpt-2, instead_of: noc}]}", "overrides[0].instead_of: noc is never on duty here"),
        ("contacts", "  vnpt-1:", "  spare: {name: S, channels: [{via: call, to: '0100000019'}]}\n  vnpt-1:", "contacts.spare: spare is on no roster, at no site and not in `catch_all`"),
        ("gateways", "  call:", "  tele: {kind: telegram, token: {env: T}}\n  call:", "gateways.tele: no contact has a channel via tele"),
        ("gateways", "kind: mail,", "kind: mail, answers: [chat],", "gateways.mail.answers: people answer through mail, and without `inbound` nothing"),
        ("bridgewatch", "public_url: https://noc.example", "vantage: noc", "without `public_url` messages have no link"),
        ("bridgewatch", "noc.example", "10.0.0.1:9640", "public_url: a phone outside this network cannot open"),
        ("events", "all", "[{area: tinh}]", "events.hop.sites: no service takes part: name those that the rooms depend on, such as mcu"),
    ],
)  # fmt: skip
def test_what_will_disappoint_of_people_is_warned_of(tmp_path, file, old, new, warning):
    assert old in FILES[file]
    inventory = load(province(tmp_path, **{file: FILES[file].replace(old, new, 1)}))
    told = warnings_of(inventory, tmp_path)[1:]
    assert len(told) == (warning is not None)
    assert warning is None or warning in told[0]


def test_many_wrong_names_of_one_kind_are_one_line(tmp_path):
    rosters = "rosters:\n" + "".join(
        f"  r{n}: {{carrier: vnpt, area: nowhere, duty: {{always: nobody}}}}\n" for n in range(9)
    )
    said = messages(province(tmp_path, rosters=rosters))
    assert len(said) == 2
    assert all("here and at 8 more places" in message for message in said)
