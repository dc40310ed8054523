"""Files made to hurt. Loaded together, in a child under limits of memory and CPU time."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bridgewatch.config.loader import load
from bridgewatch.config.source import Bounds
from tests.config.files import SITE, errors_of, messages, write

BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b", ".join([b"*%c" % (97 + i)] * 9)) for i in range(12)
)
HOSTILE = {
    "flow": (b"[" * 200_000, "1:33", "more than 32 levels of nesting"),
    "braces": (b"{a: " * 200_000, "1:129", "more than 32 levels of nesting"),
    "dashes": (b"- " * 200_000, "1:65", "more than 32 levels of nesting"),
    "questions": (b"? " * 200_000, "1:65", "more than 32 levels of nesting"),
    "stairs": (b"".join(b" " * i + b"a:\n" for i in range(3_000)), "33:33", "more than 32 levels of nesting"),
    "quotes": (b"a: it's\nb: " + b"[" * 200_000, "2:35", "more than 32 levels of nesting"),
    "bomb": (BOMB, "7:", "values"),
    "self": (b"a: &a {b: *a}\n", "1:11", "the alias *a"),
    "values": (b"- a\n" * 1_100_000, "1000001:3", "more than 1,000,000 values"),
    "large": (b"a: 1\n" * 10_000_000, "1:1", "a larger file"),
    "tab": (b"sites:\n\t- id: x\n", "2:1", "a tab"),
    "twice": (b"sites: []\nsites: []\n", "2:1", "'sites' a second time"),
    "nul": (b"sites: []\nb: \0\n", "2:4", "a NUL character"),
    "control": (b"sites: \x1b[31m\n", "1:8", "the control character U+001B"),
    "latin": ("sites: []\n# xã\n".encode("latin-1"), "2:4", "octet 0xe3 at offset 13, which is not UTF-8"),
    "utf16": ("sites: []".encode("utf-16"), "1:1", "UTF-16 text"),
    "utf16be": ("sites: []".encode("utf-16-be"), "1:1", "UTF-16 text"),
    "utf32": ("sites: []".encode("utf-32"), "1:1", "UTF-32 text"),
    "binary": (bytes(range(256)) * 100, "2:118", "octet 0x80 at offset 128"),
    "scalar": (b"x" * 1_000_000, "1:1", "'xxx"),
    "key": (b"k" * 900 + b": 1\n", "1:1", "the unknown key 'kkk"),
    "number": (b"sites: [{id: x, links: {wan: {size: %s}}}]" % (b"9" * 100_000), "1:", ""),
    "wrong": (b"sites:\n" + b"- {}\n" * 200_000, "2:3", "the key id"),
    "open": (b"a: '" + b"x\n" * 100_000, "1:4", "a quote that is never closed"),
}
# Files of people have lists, cross-checks and times of their own.
PEOPLE = {
    "contacts.d/many": (
        b"contacts:\n"
        + b"".join(b"  c%d: {name: x, channels: [{via: g%d, to: y}]}\n" % (n, n) for n in range(5_000)),
        "2:34",
        "the unknown gateway 'g0'",
    ),
    "contacts.d/one": (
        b"contacts: {a: {name: x, channels: [%s]}}" % (b"{via: a, to: b}," * 9_999),
        "1:",
        "16 entries",
    ),
    "rosters.d/who": (
        b"rosters: {a: {own: true, duty: {always: [%s]}}}" % b", ".join(b"p%d" % n for n in range(5_000)),
        "1:42",
        "the unknown contact 'p0'",
    ),
    "rosters.d/deep": (
        b"rosters: {b: {own: true, duty: {shifts: %s}}}" % (b"[" * 100_000),
        "1:",
        "levels of nesting",
    ),
    "events.d/sites": (
        b"events: {a: {name: x, sites: [%s]}}" % b", ".join([b"{area: tinh}"] * 30_000),
        "1:",
        "at most 20,000 entries",
    ),
    "events.d/times": (
        b"events:\n" + b"".join(b"  e%d: {starts: %s}\n" % (n, b"9" * 100) for n in range(5_000)),
        "2:",
        "a time such as 2026-11-25T08:00",
    ),
}
HOSTILE |= {f"../{name}": expected for name, expected in PEOPLE.items()}
CONTACTS = "catch_all: a-1\ncontacts: {a-1: {name: A, channels: [{via: mail, to: a@example.org}]}}"
MEMORY = 1_500 * 2**20
SECONDS = 60
CHILD = """
import pathlib, sys
from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.loader import load
try:
    load(pathlib.Path(sys.argv[1]))
except ConfigErrors as failure:
    print(failure)
"""


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, list[str]]:
    """What is said of each hostile file, the directory cut off."""
    directory: Path = tmp_path_factory.mktemp("hostile")
    write(
        directory,
        sites=SITE,
        contacts=CONTACTS,
        gateways="gateways: {mail: {kind: mail, host: h, from: n@h}}",
    )
    for name, (data, _, _) in HOSTILE.items():
        path = directory / "sites.d" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(directory)],
        preexec_fn=limit,
        capture_output=True,
        check=True,
        timeout=250,
    )
    shown: dict[str, list[str]] = {}
    for line in done.stdout.decode().splitlines():
        name, _, text = line.removeprefix(f"{directory}/").partition(".yaml:")
        name = name.removeprefix("sites.d/") if name.startswith("sites.d/") else f"../{name}"
        shown.setdefault(name, []).append(text)
    return shown


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_with_its_place(answers, name):
    _, place, found = HOSTILE[name]
    assert any(text.startswith(place) and found in text for text in answers[name]), answers[name]
    assert max(map(len, answers[name])) < 2_000


def test_the_good_file_beside_them_is_not_complained_of(answers):
    assert set(answers) == set(HOSTILE)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    write(tmp_path, sites=SITE)
    path = tmp_path / "sites.d" / "sites.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert errors_of(tmp_path) == ()
    path.write_bytes(path.read_bytes().replace(b"name", b"nmae"))
    assert messages(tmp_path)[0].startswith("sites.d/sites.yaml:4:5:")


def test_the_size_limit_is_the_last_size_that_loads(tmp_path):
    write(tmp_path, sites=SITE)
    size = (tmp_path / "sites.d" / "sites.yaml").stat().st_size
    assert load(tmp_path, Bounds(octets=size)).sites
    with pytest.raises(Exception, match=f"at most {size - 1} octets"):
        load(tmp_path, Bounds(octets=size - 1))
