"""YAML that looks right to its author and is not."""

import unicodedata

import pytest

from bridgewatch.config.loader import load
from tests.config.files import SITE, messages, write

FLOW = "{carrier: vnpt, target: 192.0.2.1}"
BLOCK = "\n        carrier: vnpt\n        target: 192.0.2.1"


def shown(tmp_path, old: str, new: str, text: str = SITE) -> str:
    """The one message about SITE with `old` replaced."""
    assert old in text
    (message,) = messages(write(tmp_path, sites=text.replace(old, new)))
    return message.removeprefix("sites.d/sites.yaml:")


@pytest.mark.parametrize("link", [FLOW, BLOCK], ids=["flow", "block"])
@pytest.mark.parametrize(
    ("target", "quoted"),
    [
        ("target: 2001:db8::", "2001:db8::"),
        ("target: {stamp: [2001:db8::1]:862}", "[2001:db8::1]:862"),
        ("target: {stamp: [2001:db8::1]}", "[2001:db8::1]"),
        ("target: [2001:db8::1]", "2001:db8::1"),
        ("target: {icmp: 2001:db8::}", "2001:db8::"),
        ("targets: [192.0.2.1, ::1]", "::1"),
        ("targets: [192.0.2.1, {icmp: ::1}]", "::1"),
        ("targets: [192.0.2.1, 2001:db8::]", "2001:db8::"),
    ],
)
def test_an_ipv6_address_that_yaml_takes_apart_belongs_in_quotes(tmp_path, link, target, quoted):
    text = SITE.replace(FLOW, link.replace("target: 192.0.2.1", target))
    (message,) = messages(write(tmp_path, sites=text))
    assert f'expected the IPv6 address in quotes: "{quoted}"' in message


def test_an_ipv6_address_in_a_list_of_lines_belongs_in_quotes(tmp_path):
    targets = "\n        carrier: vnpt\n        targets:\n          - 192.0.2.1\n          - 2001:db8::"
    assert shown(tmp_path, FLOW, targets).startswith("11:13: sites[0].links.wan.targets[1]: found a mapping,")


@pytest.mark.parametrize("target", ["2001:db8::1", '"2001:db8::"', "'::1'"])
@pytest.mark.parametrize("link", [FLOW, BLOCK], ids=["flow", "block"])
def test_an_ipv6_address_that_yaml_leaves_whole_needs_no_quotes(tmp_path, link, target):
    text = SITE.replace(FLOW, link.replace("192.0.2.1", target))
    (path,) = load(write(tmp_path, sites=text)).paths
    assert path.host == target.strip("\"'")


def test_an_address_in_order_is_not_blamed_for_the_line_it_stands_in(tmp_path):
    message = shown(tmp_path, FLOW, '{carrier: vnpt, targets: [2001:db8::1, "2001:db8::"]')
    assert "a mapping in braces that is not closed" in message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "level: province",
            "level:province",
            "5:5: found 'level:province', expected `level: province`, with",
        ),
        (
            "name: UBND",
            "name\uff1a UBND",
            "4:5: found 'name\uff1a UBND tỉnh', expected `name: UBND tỉnh`, with",
        ),
        (
            "carrier: vnpt",
            "carrier:vnpt",
            "expected `carrier: vnpt`, with a plain colon and a space behind it",
        ),
        ("    name", "\u00a0   name", "4:1: found the no-break space (U+00A0) in the indentation, expected"),
        (
            "    name",
            "  \u3000 name",
            "4:3: found the ideographic space (U+3000) in the indentation, expected",
        ),
        ("province", "province\u00a0", "commune, without the no-break space (U+00A0)"),
        ("192.0.2.1", "\u201c192.0.2.1\u201d", "without the left double quotation mark (U+201C)"),
        ("192.0.2.1", "192.0.2.1\u200b", "without the zero width space (U+200B)"),
        ("id: tinh", "id: Điểm cầu_Ia Pê", "digits and hyphens, at most 64, as in diem-cau-ia-pe"),
        ("carrier: vnpt", "carrier: VNPT", "at most 64, as in vnpt"),
        ("\nsites:\n", "", "found a list, expected a mapping with sites or services"),
    ],
)
def test_a_slip_of_the_keyboard_is_named(tmp_path, old, new, message):
    assert message in shown(tmp_path, old, new)


def test_names_compare_equal_however_their_diacritics_were_written(tmp_path):
    name = "Điểm cầu UBND xã Đức Cơ"
    for form in ("NFC", "NFD"):
        text = SITE.replace("UBND tỉnh", unicodedata.normalize(form, name))
        assert load(write(tmp_path, sites=text)).sites["tinh"].name == name


def test_a_place_behind_decomposed_letters_is_the_one_an_editor_shows(tmp_path):
    text = unicodedata.normalize("NFD", SITE.replace("{carrier", "{circuit: Tổ, carier"))
    assert shown(tmp_path, "carier", "carier", text).startswith("7:26: sites[0].links.wan.carier:")
