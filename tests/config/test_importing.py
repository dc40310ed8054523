"""`bridgewatch import`: plain lists to files of configuration, and a reason for every line that is not taken."""

import re
import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bridgewatch.cli.main import app
from bridgewatch.config.importing.cells import Line, Sheet, UnreadableError, cell_of
from bridgewatch.config.importing.existing import Existing, mistakes_with
from bridgewatch.config.importing.judging import draft_of
from bridgewatch.config.importing.sheets import read_list
from bridgewatch.config.importing.writing import files_of, scalar
from bridgewatch.config.loader import load
from bridgewatch.model.paging import GatewayKind
from bridgewatch.model.words import Level
from tests.config.people import FILES, province

HEAD = (
    "STT;Tên điểm cầu;Cấp;Mã ĐVHC;Trực thuộc;Đường truyền;Nhà mạng;Băng thông (Mbps);Địa chỉ IP;Đầu mối;SĐT\n"
)
LINE = "1;Điểm cầu UBND xã Ia Pê;xã;23650;tinh;WAN;VNPT;20;192.0.2.29;Siu Thử;0100 000 201\n"


@pytest.fixture
def run(tmp_path):
    """Runs the command on a list; into the small province unless it is said."""

    def import_list(content, *arguments, name="list.csv", into=None):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        into = into or province(tmp_path)
        command = ["import", str(path), "--into", str(into), *map(str, arguments)]
        return CliRunner().invoke(app, command, env={"COLUMNS": "250"})

    return import_list


def refused(result) -> dict[str, str]:
    """The reasons that were printed, by line; those of one line with a bar between them."""
    text = re.split("refused, by line|Từ chối, theo dòng", result.stdout)[-1]
    cells = ([cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line)
    reasons: dict[str, str] = {}
    for line, reason in cells:
        reasons[line] = f"{reasons[line]} | {reason}" if line in reasons else reason
    return reasons


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(run, tmp_path):
    result = run(HEAD + LINE)
    assert result.exit_code == 0, result.stdout
    assert "ubnd-xa-ia-pe: Điểm cầu UBND xã Ia Pê, commune 23650" in result.stdout
    assert "ubnd-xa-ia-pe/wan: vnpt 192.0.2.29" in result.stdout
    assert "siu-thu: Siu Thử, 0100000201" in result.stdout
    assert "columns that are not read: STT" in result.stdout
    assert not (tmp_path / "sites.d" / "list.yaml").exists()
    assert not (tmp_path / "contacts.d").exists()


def test_what_is_written_is_loaded_as_the_list_says(run, tmp_path):
    internet = ";;;;;FTTH;Viettel;100/50 Mbps;203.0.113.29;;\n"
    carrier = ";;;;;;Viettel;;;Trực Viettel;0100 000 202\n"
    assert run(HEAD + LINE + internet + carrier, "--write").exit_code == 0
    inventory = load(tmp_path)
    site = inventory.sites["ubnd-xa-ia-pe"]
    assert (site.name, site.level, site.unit, site.parent, site.contacts) == (
        "Điểm cầu UBND xã Ia Pê",
        "commune",
        "23650",
        "tinh",
        ("siu-thu",),
    )
    wan, spare = (inventory.links[link] for link in site.links)
    assert (wan.id, wan.carrier, wan.contract.down, wan.targets[0].host) == (
        "ubnd-xa-ia-pe/wan",
        "vnpt",
        20_000_000,
        "192.0.2.29",
    )
    assert (spare.id, spare.access, spare.contract.down, spare.contract.up) == (
        "ubnd-xa-ia-pe/internet",
        "fixed",
        100_000_000,
        50_000_000,
    )
    contacts = inventory.directory.contacts
    assert (contacts["siu-thu"].phone, contacts["siu-thu"].carrier) == ("0100000201", None)
    assert [(c.gateway, c.address) for c in contacts["siu-thu"].channels] == [("call", "0100000201")]
    assert contacts["truc-viettel"].carrier == "viettel"


def test_an_import_again_changes_nothing_and_says_so(run, tmp_path):
    run(HEAD + LINE, "--write")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    result = run(HEAD + LINE, "--write", into=tmp_path)
    assert result.exit_code == 1
    assert refused(result) == {"2": "the site ubnd-xa-ia-pe exists already and is not changed"}
    assert "nothing to write" in result.stdout
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


def test_a_second_list_of_that_name_gets_files_of_its_own(run, tmp_path):
    run(HEAD + LINE, "--write")
    other = LINE.replace("Ia Pê", "Ia Krái").replace(".29", ".30").replace("Siu", "Rơ")
    result = run(HEAD + LINE + other, "--write", into=tmp_path)
    assert (tmp_path / "sites.d" / "list-2.yaml").exists(), result.stdout
    assert set(load(tmp_path).sites) >= {"ubnd-xa-ia-pe", "ubnd-xa-ia-krai"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("23650", "2365x", "the unit code '2365x' is no code of digits"),
        (";xã;", ";thôn;", "the level 'thôn' is none of tỉnh, huyện và xã"),
        (
            "VNPT",
            "VNTP",
            "the carrier 'VNTP' is not in carriers.yaml; known are own, viettel, vnpt; did you mean vnpt?",
        ),
        ("VNPT", "", "a link without a carrier"),
        ("WAN", "", "no network: fill in WAN (TSLCD) or Internet"),
        ("WAN", "sóng ngắn", "the network 'sóng ngắn' is neither WAN (TSLCD) nor Internet"),
        (";20;", ";nhiều;", "the bandwidth 'nhiều' is no rate such as 20M or 100/50 Mbps"),
        ("192.0.2.29", "", "a link without an IP address"),
        ("192.0.2.29", "192.0.2.299", "target: found '192.0.2.299', expected an IP address or a DNS name"),
        (
            "192.0.2.29",
            "224.0.0.1",
            "target: found 224.0.0.1, a multicast address, expected the address of one",
        ),
        ("192.0.2.29", "192.0.2.1", "the IP address 192.0.2.1 is that of tinh/wan already"),
        ("tinh;WAN", "tihn;WAN", "the parent 'tihn' is no other site that is known; did you mean tinh?"),
        ("0100 000 201", "gọi sau", "'gọi sau' is no phone number"),
        ("Siu Thử", "", "a contact without a name"),
        ("Siu Thử", "=HYPERLINK(1)", "a formula under 'Đầu mối liên hệ / Contact': fill in its value"),
        ("Siu Thử", "???", "the contact '???' has no letter in its name"),
        ("Điểm cầu UBND xã Ia Pê", "!!!", "the site '!!!' has no letter in its name"),
        ("Điểm cầu UBND xã Ia Pê", "", "a link without a site: fill in the site's name"),
    ],
)
def test_a_line_is_refused_for_a_reason_and_the_others_are_taken(run, tmp_path, old, new, reason):
    assert old in LINE
    good = LINE.replace("Ia Pê", "Ia Krái").replace(".29", ".30")
    result = run(HEAD + LINE.replace(old, new, 1) + good, "--write")
    assert result.exit_code == 1
    assert list(refused(result)) == ["2"]
    assert refused(result)["2"].startswith(reason.replace("và", "and"))
    assert [site for site in load(tmp_path).sites if site.startswith("ubnd")] == ["ubnd-xa-ia-krai"]


WRONG = {
    "Cấp": ("thôn", "the level 'thôn' is none of"),
    "Mã ĐVHC": ("23x", "the unit code '23x' is no code of digits"),
    "Trực thuộc": ("tihn", "the parent 'tihn' is no other site that is known"),
    "Đường truyền": ("sóng", "the network 'sóng' is neither"),
    "Nhà mạng": ("VNTP", "the carrier 'VNTP' is not in carriers.yaml"),
    "Băng thông": ("nhiều", "the bandwidth 'nhiều' is no rate"),
    "Loại truy nhập": ("lạ", "the access 'lạ' is neither"),
    "Địa chỉ IP": ("192.0.2.299", "target: found '192.0.2.299'"),
    "Đi qua": ("x y", "via: found 'x y'"),
    "Đầu mối": ("???", "the contact '???' has no letter"),
    "SĐT": ("gọi sau", "'gọi sau' is no phone number"),
    "Email": ("a b", "found 'a b', expected a mail address"),
    "Ngôn ngữ": ("xx", "the language 'xx' is neither"),
}
RIGHT = {
    "Tên điểm cầu": "UBND xã A",
    "Cấp": "xã",
    "Mã ĐVHC": "23650",
    "Trực thuộc": "tinh",
    "Đường truyền": "WAN",
    "Nhà mạng": "VNPT",
    "Băng thông": "20",
    "Loại truy nhập": "",
    "Địa chỉ IP": "192.0.2.29",
    "Đi qua": "",
    "Đầu mối": "Siu Thử",
    "SĐT": "0100000201",
    "Email": "a@b.example",
    "Ngôn ngữ": "vi",
}
EXISTING = Existing({"tinh": Level.PROVINCE}, carriers={"vnpt": "vnpt"}, gateways={GatewayKind.MAIL: "mail"})


@given(st.sets(st.sampled_from(list(WRONG))), st.sampled_from(["UBND xã A", "!!!"]))
def test_every_mistake_of_a_line_is_told_at_once(wrong, name):
    row = RIGHT | {column: WRONG[column][0] for column in wrong} | {"Tên điểm cầu": name}
    lines = [list(row), list(row.values())]
    sheet = Sheet("", tuple(Line(n, tuple(map(cell_of, cells))) for n, cells in enumerate(lines, 1)))
    draft = draft_of([sheet], EXISTING)
    told = sorted(str(refusal.reason) for refusal in draft.refused)
    expected = sorted([WRONG[column][1] for column in wrong] + ["the site '!!!' has no"] * (name == "!!!"))
    assert len(told) == len(expected), told
    assert all(one.startswith(start) for one, start in zip(told, expected, strict=True)), told


def test_both_directions_of_a_link_are_told_if_both_are_wrong(run):
    head = "Tên điểm cầu;Cấp;Đường truyền;Nhà mạng;Tải xuống;Tải lên;Địa chỉ IP\n"
    reasons = refused(run(head + "UBND xã A;xã;WAN;VNPT;nhiều;ít;192.0.2.29\n"))["2"]
    assert [part.split(" is no rate")[0] for part in reasons.split(" | ")] == [
        "the bandwidth 'nhiều'",
        "the bandwidth 'ít'",
    ]


def test_mistakes_are_told_of_lines_below_one_that_is_not_taken(run):
    further = ";;;;;sóng;Viettel;100;192.0.2.300;;\n"
    assert refused(run(HEAD + LINE.replace(";xã;", ";thôn;") + further))["3"] == (
        "the site of line 2 is not taken | the network 'sóng' is neither WAN (TSLCD) nor Internet | target: found "
        "'192.0.2.300', expected an IP address or a DNS name (with a port: {stamp: host:port})"
    )


def test_a_parent_that_is_not_taken_is_told_by_its_line(run):
    below = LINE.replace("Ia Pê", "B").replace("tinh", "Điểm cầu UBND xã Ia Pê").replace(".29", ".30")
    assert refused(run(HEAD + LINE.replace("23650", "x") + below))["3"] == (
        "the parent 'Điểm cầu UBND xã Ia Pê' in line 2 is not taken"
    )


def test_a_site_is_written_whole_or_held_back_with_what_hangs_on_it(run, tmp_path):
    lines = (
        "1;UBND huyện A;tỉnh;;tinh;WAN;VNPT;;192.0.2.31;;\n"
        "2;UBND xã B;xã;;UBND huyện A;WAN;VNPT;;192.0.2.32;;\n"
        "3;UBND huyện A;;;;Internet;VNPT;;not an address;;\n"
        "4;UBND xã C;xã;;tinh;WAN;VNPT;;192.0.2.33;Người C;0100000203\n"
    )
    result = run(HEAD + lines, "--write")
    reasons = refused(result)
    assert reasons["2"].startswith("held back with the other lines of ubnd-huyen-a")
    assert reasons["3"].startswith("held back with the other lines of ubnd-xa-b, or of what is above it")
    assert "expected an IP address" in reasons["4"]
    assert len(reasons) == 3
    assert [site for site in load(tmp_path).sites if site.startswith("ubnd")] == ["ubnd-xa-c"]


def test_an_id_of_two_names_is_refused_with_the_line_of_the_first(run):
    head = "site id,site name,level,network,carrier,ip\n"
    lines = "a,One,commune,wan,vnpt,192.0.2.41\na,Two,,internet,viettel,203.0.113.41\nB c,Three,commune,,,\n"
    reasons = refused(run(head + lines))
    assert reasons["3"] == "the id a is that of 'One' in line 2: give it another"
    assert reasons["4"] == "the id 'B c' is none; one would be b-c"


@pytest.mark.parametrize(
    "head",
    [
        "Ten diem cau;Cap;Ma don vi;Truc thuoc;Duong truyen;Nha mang;Bang thong;Dia chi IP;Dau moi;So dien thoai",
        "TÊN ĐIỂM CẦU;CẤP;MÃ ĐVHC;CẤP TRÊN;LOẠI KÊNH;DOANH NGHIỆP;TỐC ĐỘ;IP;NGƯỜI LIÊN HỆ;SĐT",
        "Site name;Level;Unit code;Parent;Network;Carrier;Bandwidth;IP address;Contact;Phone",
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_headers_are_known_in_both_languages_and_without_diacritics(run, head, separator):
    text = "DANH SÁCH ĐIỂM CẦU\n\n" + head + "\n" + LINE.removeprefix("1;")
    result = run(text.replace(";", separator))
    assert result.exit_code == 0, result.stdout
    assert "ubnd-xa-ia-pe/wan: vnpt 192.0.2.29" in result.stdout


def windows_1258(text: str) -> bytes:
    """As Windows writes Vietnamese: base letters that the code page has, and tone marks behind them."""
    marks = "\u0300\u0309\u0303\u0301\u0323"
    out = ""
    for character in text:
        parts = unicodedata.normalize("NFD", character)
        tones = "".join(part for part in parts if part in marks)
        out += unicodedata.normalize("NFC", "".join(p for p in parts if p not in marks)) + tones
    return out.encode("cp1258")


@pytest.mark.parametrize(
    "encode", [str.encode, lambda t: t.encode("utf-8-sig"), lambda t: t.encode("utf-16"), windows_1258]
)
def test_the_encodings_of_offices_are_told_apart(run, tmp_path, encode):
    assert run(encode(HEAD + LINE), "--write").exit_code == 0
    assert load(tmp_path).sites["ubnd-xa-ia-pe"].name == "Điểm cầu UBND xã Ia Pê"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("list.txt", "x", "a list is a file named *.csv or *.xlsx"),
        ("list.csv", b"\x81\x8d\xff\x00\xfe\x90" * 100, "text that is neither UTF-8 nor Windows-1258"),
        ("list.csv", b"a;b\n" * 5_000_000, "found a larger file, expected at most"),
        ("list.csv", b'"' + b"x" * 200_000, "no CSV (field larger than field limit"),
        ("list.csv", b"a\n" * 60_000, "more than 50,000 lines"),
        ("list.xlsx", b"no workbook", "no workbook that can be read"),
        ("list.xlsx", b"PK\x03\x04" + b"\0" * 100, "no workbook that can be read"),
        ("absent.csv", None, "a file that cannot be read"),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(run, name, content, reason):
    result = run(content, name=name)
    assert result.exit_code == 1
    assert reason in result.stderr


def test_a_list_without_headers_is_told_what_it_needs(run):
    assert "no list: it needs a line of headers such as" in run("xin chào\n1;2;3\n").stdout


def test_mistakes_that_are_there_already_are_to_be_mended_first(run, tmp_path):
    broken = province(tmp_path, rosters="rosters: {x: {}}")
    result = run(HEAD + LINE, into=broken)
    assert result.exit_code == 1
    assert f"{tmp_path}/rosters.yaml:1:14: rosters.x: found" in result.stderr
    assert "mend them first" in result.stderr


def test_contacts_need_a_catch_all_and_the_way_to_one_is_told(run, tmp_path):
    fresh = tmp_path / "fresh"
    text = HEAD + "1;UBND tỉnh;tỉnh;52;;WAN;VNPT;;192.0.2.1;Người;0100000001\n"
    result = run(text, "--write", into=fresh)
    assert result.exit_code == 1
    assert f"write {fresh}/contacts.yaml first" in result.stderr
    fresh.mkdir()
    (fresh / "contacts.yaml").write_text(
        "catch_all: noc\ncontacts: {noc: {name: N, channels: [{via: mail, to: a@b.example}]}}\n"
    )
    (fresh / "gateways.yaml").write_text(FILES["gateways"])
    assert run(text, "--write", into=fresh).exit_code == 0
    assert load(fresh).sites["ubnd-tinh"].contacts == ("nguoi",)


def test_a_fresh_directory_takes_any_carrier_and_its_only_province_is_the_parent(run, tmp_path):
    fresh = tmp_path / "fresh"
    lines = "1;UBND tỉnh;tỉnh;;;WAN;CMC;;192.0.2.1;;\n2;UBND xã A;;;;WAN;FPT;;192.0.2.2;;\n"
    assert run(HEAD + lines, "--write", into=fresh).exit_code == 0
    inventory = load(fresh)
    assert inventory.sites["ubnd-xa-a"].parent == "ubnd-tinh"
    assert [link.carrier for link in inventory.links.values()] == ["cmc", "fpt"]


def test_the_same_person_is_one_contact_and_a_namesake_another(run, tmp_path):
    lines = LINE + "".join(
        LINE.replace("Ia Pê", f"số {n}").replace(".29", f".{30 + n}").replace("201", phone)
        for n, phone in enumerate(("201", "299"))
    )
    assert run(HEAD + lines, "--write").exit_code == 0
    sites = load(tmp_path).sites
    contacts = [sites[site].contacts for site in ("ubnd-xa-ia-pe", "ubnd-xa-so-0", "ubnd-xa-so-1")]
    assert contacts == [("siu-thu",), ("siu-thu",), ("siu-thu-2",)]


@pytest.fixture
def workbook(tmp_path):
    """Writes a workbook of one sheet; values as Excel would hold them."""

    def write_rows(rows, name="list.xlsx"):
        with xlsxwriter.Workbook(tmp_path / name) as book:
            sheet = book.add_worksheet()
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)

    return write_rows


def test_zeros_that_a_sheet_takes_from_numbers_are_put_back(run, workbook, tmp_path):
    head = ["Tên điểm cầu", "Cấp", "Mã ĐVHC", "Mạng", "Nhà mạng", "IP", "Đầu mối", "SĐT"]
    workbook(
        [
            head,
            ["UBND tỉnh X", "tỉnh", 1, "WAN", "VNPT", "192.0.2.51", "A", 912345678],
            ["UBND xã Y", "xã", 22, "WAN", "VNPT", "192.0.2.52", "B", "0100000002"],
            ["UBND xã Z", "xã", "00023", "WAN", "VNPT", "192.0.2.53", "C", "+84 912 345 678"],
        ]
    )
    assert run(None, "--write", name="list.xlsx").exit_code == 0
    inventory = load(tmp_path)
    assert [inventory.sites[s].unit for s in ("ubnd-tinh-x", "ubnd-xa-y", "ubnd-xa-z")] == [
        "01",
        "00022",
        "00023",
    ]
    phones = [inventory.directory.contacts[c].phone for c in ("a", "b", "c")]
    assert phones == ["0912345678", "0100000002", "+84912345678"]


@pytest.mark.parametrize("number", ["912000001", "912 000 001", "2438000001"])
def test_a_zero_that_a_list_has_lost_is_put_back_and_said(run, tmp_path, number):
    result = run(HEAD + LINE.replace("0100 000 201", number), "--write")
    whole = f"0{number.replace(' ', '')}"
    assert f"{whole} (its leading 0 was missing and is put back)" in result.stdout
    assert load(tmp_path).directory.contacts["siu-thu"].phone == whole


@pytest.mark.parametrize("number", ["113", "0100000201", "+84912000001", "1800000001"])
def test_numbers_that_begin_as_they_should_are_left_alone(run, tmp_path, number):
    result = run(HEAD + LINE.replace("0100 000 201", number), "--write")
    assert "put back" not in result.stdout
    assert load(tmp_path).directory.contacts["siu-thu"].phone == number


def test_lines_are_counted_and_not_what_is_in_them(run):
    second = LINE.replace("192.0.2.29", "192.0.2.30").replace("Ia Pê", "Ia Ko")
    result = run(HEAD + LINE + second + LINE.replace("Ia Pê", "Ia Lâu").replace("VNPT", "VNTP"))
    assert "taken, by line (sites: 2, links: 2, contacts: 1)" in result.stdout
    assert "lines: 3; taken: 2, in part: 0, refused: 1, nothing new: 0" in result.stdout


def test_a_line_of_which_a_part_is_taken_is_counted_once(run):
    """A contact at a site that exists is taken though the site is not changed."""
    lines = (
        "1;UBND xã 1;;;;WAN;VNPT;;;Người M;0100000209\n"
        ";;;;;;Viettel;;;Trực Viettel;0100000202\n"
        ";;;;;;Viettel;;;Trực Viettel;0100000202\n"
    )
    result = run(HEAD + lines + LINE.replace("VNPT", "VNTP"))
    assert refused(result)["2"].endswith(
        "exists already and is not changed; its contact is taken: name it there"
    )
    assert "lines: 4; taken: 1, in part: 1, refused: 1, nothing new: 1" in result.stdout


def test_a_parent_that_no_line_names_is_said(run, tmp_path):
    result = run(HEAD + LINE.replace(";tinh;", ";;"), "--write")
    assert "sites whose line names no parent, put below tinh: 1" in result.stdout
    assert load(tmp_path).sites["ubnd-xa-ia-pe"].parent == "tinh"


def test_formulas_are_read_as_what_they_showed_and_dates_as_text(run, workbook, tmp_path):
    workbook([["Tên điểm cầu", "Cấp", "IP"], ["=1+1", "xã", ""], [date(2026, 1, 2), "xã", ""]])
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Tên điểm cầu", "Cấp", "Mã ĐVHC"])
        sheet.write_formula(1, 0, '="UBND xã "&"Y"', None, "UBND xã Y")
        sheet.write_string(1, 1, "xã")
        sheet.write_formula(1, 2, "=1+1", None, 7)
        sheet.write_string(2, 0, "=cmd|' /C calc'!A1")
    result = run(None, name="list.xlsx")
    assert "ubnd-xa-y: UBND xã Y, commune 00007" in result.stdout
    assert refused(result) == {"3": "a formula under 'Tên điểm cầu / Site name': fill in its value"}


def test_a_cell_in_the_last_corner_takes_no_memory(workbook, tmp_path):
    path = tmp_path / "corner.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "Tên điểm cầu")
        sheet.write_string(1_048_575, 16_383, "x")
    with pytest.raises(UnreadableError, match="reading it takes more memory or time than a list does"):
        read_list(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(workbook, tmp_path):
    workbook([["Tên điểm cầu", "Cấp"]], name="small.xlsx")
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(tmp_path / "small.xlsx") as small,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
    ):
        for name in small.namelist():
            with bomb.open(name, "w") as member:
                data = small.read(name)
                if name == "xl/sharedStrings.xml":
                    data = b"</t></si></sst>"
                    member.write(b'<?xml version="1.0"?><sst><si><t>')
                    for _ in range(600):
                        member.write(b"x" * 2**20)
                member.write(data)
    with pytest.raises(UnreadableError):
        read_list(path)


def test_the_template_is_read_back_as_its_example_and_never_overwrites(run, tmp_path):
    path = tmp_path / "empty.xlsx"
    assert CliRunner().invoke(app, ["import", "--template", str(path)]).exit_code == 0
    assert CliRunner().invoke(app, ["import", "--template", str(path)]).exit_code == 1
    assert CliRunner().invoke(app, ["import", "--template", str(tmp_path / "x.csv")]).exit_code == 2
    assert CliRunner().invoke(app, ["import"]).exit_code == 2
    result = run(None, name="empty.xlsx")
    assert refused(result) == dict.fromkeys("23", "an example of the template: delete the line")
    assert "nothing to write" in result.stdout


def test_the_examples_people_are_nobodys_contacts(run, tmp_path):
    example = "Nguyễn Văn Mẫu;0100000001"
    result = run(HEAD + LINE.replace("Siu Thử;0100 000 201", example), "--write")
    assert refused(result) == {"2": "Nguyễn Văn Mẫu is the template's example, not a contact"}
    assert not load(tmp_path).sites.keys() & {"ubnd-xa-ia-pe"}
    alone = ";;;;;;Viettel;;;Trần Thị Ví Dụ;0100000002\n"
    assert refused(run(HEAD + alone)) == {"2": "Trần Thị Ví Dụ is the template's example, not a contact"}


@pytest.mark.parametrize("name", ["!!!", "=1+1"])
def test_contacts_of_a_site_that_is_refused_are_not_taken(run, tmp_path, name):
    bad = LINE.replace("Điểm cầu UBND xã Ia Pê", name)
    further = ";;;;;Internet;Viettel;100;203.0.113.29;Rơ Thử;0100 000 205\n"
    result = run(HEAD + bad + further + LINE.replace("Siu", "Kpă"), "--write")
    reasons = refused(result)
    assert list(reasons) == ["2", "3"]
    assert reasons["3"] == "the site of line 2 is not taken"
    assert set(load(tmp_path).directory.contacts) >= {"kpa-thu"}
    assert not load(tmp_path).directory.contacts.keys() & {"siu-thu", "ro-thu"}


def test_a_further_link_of_a_site_that_exists_is_refused_as_what_it_is(run, tmp_path):
    run(HEAD + LINE, "--write")
    further = ";;;;;Internet;Viettel;100;203.0.113.29;Rơ Thử;0100 000 205\n"
    reasons = refused(run(HEAD + LINE + further, into=tmp_path))
    assert reasons["3"].startswith("the site ubnd-xa-ia-pe exists already and is not changed")


def test_reasons_are_told_in_vietnamese_too(run):
    good = LINE.replace("Ia Pê", "Ia Krái").replace(".29", ".30")
    result = run(HEAD + LINE.replace("VNPT", "VNTP") + good, "--language", "vi")
    assert "Nhận, theo dòng (điểm cầu: 1, đường truyền: 1, đầu mối: 1)" in result.stdout
    assert "ubnd-xa-ia-krai: Điểm cầu UBND xã Ia Krái, xã 23650" in result.stdout
    assert "Số dòng: 2; nhận: 1, nhận một phần: 0, từ chối: 1, không có gì mới: 0" in result.stdout
    assert refused(result)["2"].endswith("có phải là vnpt?")
    assert "chưa ghi gì: thêm --write để ghi" in result.stdout
    broken = run("x", "--language", "vi", name="list.txt")
    assert "danh sách là tệp *.csv hoặc *.xlsx" in broken.stderr


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn", "Co"]),
    min_size=1,
    max_size=60,
)


@given(TEXTS)
def test_whatever_a_cell_says_is_yaml_that_says_it(text):
    assert yaml.load(f"key: {scalar(text)}\n", yaml.BaseLoader) == {"key": text}
    assert yaml.load(f"{{key: {scalar(text)}, b: 1}}\n", yaml.BaseLoader) == {"key": text, "b": "1"}


def often(*values: str) -> st.SearchStrategy[str]:
    """Nearly always what a column should say, and sometimes anything."""
    good = st.sampled_from(values)
    odd = st.sampled_from(["", "=1"]) | TEXTS
    return st.integers(0, 24).flatmap(lambda n: odd if n == 0 else good)


ROWS = st.lists(
    st.tuples(
        st.just("1"),
        often("UBND tỉnh", "UBND xã A", "UBND xã B", "Điểm cầu UBND xã B"),
        often("tỉnh", "xã", "commune"),
        often("52", "23650"),
        often("", "UBND tỉnh", "ubnd-xa-a"),
        often("WAN", "Internet", "4G"),
        often("VNPT", "viettel"),
        often("20", "100/50", "1,5G"),
        st.integers(1, 250).map("192.0.2.{}".format) | TEXTS,
        often("Siu Thử", "Rơ Thử"),
        often("0100000001", "0100 000 002"),
    ),
    max_size=8,
)
DESK = {
    "gateways.yaml": "gateways: {x: {kind: telegram, token: {env: T}}}",
    "contacts.yaml": "catch_all: the-desk\ncontacts: {the-desk: {name: D, channels: [{via: x, to: '1'}]}}",
}


def drafted(rows):
    lines = [HEAD.strip().split(";"), *rows]
    sheet = Sheet("", tuple(Line(n, tuple(map(cell_of, row))) for n, row in enumerate(lines, 1)))
    return draft_of([sheet], Existing())


@given(ROWS)
def test_any_list_is_taken_so_that_it_loads_or_refused_line_by_line(rows):
    draft = drafted(rows)
    said = {one.line for one in (*draft.taken, *draft.refused)}
    assert min(draft.counts()) >= 0
    assert sum(draft.counts()) == draft.lines
    assert said >= {str(n) for n, row in enumerate(rows, 2) if cell_of(row[8]).text}
    if files := files_of(draft, "list", "list"):
        assert mistakes_with(Path("no-such-directory"), {**DESK, **files}) == ()


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["WAN", "Internet", "4G"]), TEXTS), max_size=9))
def test_a_list_without_mistakes_is_taken_whole(lines):
    rows = [
        [
            "",
            f"UBND xã {site}",
            "xã",
            f"{site:05}",
            "",
            network,
            "VNPT",
            "20",
            f"192.0.2.{n}",
            f"A {name}",
            "",
        ]
        for n, (site, network, name) in enumerate(lines, 1)
    ]
    draft = drafted(rows)
    assert draft.refused == []
    assert set(draft.sites) == {f"ubnd-xa-{site}" for site, _, _ in lines}
    assert sum(len(site["links"]) for site in draft.sites.values()) == len(rows)
    if files := files_of(draft, "list", "list"):
        assert mistakes_with(Path("no-such-directory"), {**DESK, **files}) == ()
