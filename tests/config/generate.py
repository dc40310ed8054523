"""Writes the configuration of an invented country, always the same one for the same arguments."""

from collections.abc import Callable
from pathlib import Path


def loopback(index: int) -> str:
    """A loopback address of its own for every link: 127.1.0.1 and up."""
    return f"127.{1 + index // 62_500}.{index // 250 % 250}.{1 + index % 250}"


def write_country(
    directory: Path,
    provinces: int = 63,
    sites: int = 11_363,
    target: Callable[[int], str] = loopback,
    stamp: bool = True,
) -> list[Path]:
    """Write `provinces` files with `sites` sites of two links each; returns the files of sites.

    The first site of a province is its own, the others are communes below it. `target(index)` is the address
    of link number `index`; Internet links are probed by STAMP at port 862 there if `stamp`, else by ICMP.
    """
    folder = directory / "sites.d"
    folder.mkdir(parents=True, exist_ok=True)
    (directory / "carriers.yaml").write_text(
        "carriers:\n  vnpt: {name: VNPT}\n  viettel: {name: Viettel}\n", encoding="utf-8"
    )
    files = []
    for province in range(provinces):
        first, last = province * sites // provinces, (province + 1) * sites // provinces
        text = "sites:\n" + "".join(_site(i, province, i - first, target, stamp) for i in range(first, last))
        files.append(folder / f"tinh-{province:02}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    return files


def write_people(directory: Path, provinces: int = 63, sites: int = 11_363) -> None:
    """Write the people of that country: a contact at every room, rosters by carrier and province, one event."""
    for folder in ("contacts.d", "rosters.d", "events.d"):
        (directory / folder).mkdir(exist_ok=True)
    (directory / "gateways.yaml").write_text(
        "gateways:\n"
        "  call: {kind: stringee, from: '0100000000', key_sid: SK, key_secret: {env: CALL_SECRET}}\n"
        "  mail: {kind: mail, host: smtp.example, from: noc@example.org}\n",
        encoding="utf-8",
    )
    (directory / "contacts.yaml").write_text(
        "catch_all: [noc]\ncontacts:\n  noc: {name: NOC, channels: [{via: mail, to: noc@example.org}]}\n",
        encoding="utf-8",
    )
    for province in range(provinces):
        first, last = province * sites // provinces, (province + 1) * sites // provinces
        rooms = (_room(province, rank) for rank in range(last - first))
        staff = (_staff(province, carrier) for carrier in ("vnpt", "viettel"))
        text = "contacts:\n" + "".join((*rooms, *staff))
        (directory / "contacts.d" / f"tinh-{province:02}.yaml").write_text(text, encoding="utf-8")
        rosters = "rosters:\n" + "".join(_roster(province, carrier) for carrier in ("vnpt", "viettel"))
        (directory / "rosters.d" / f"tinh-{province:02}.yaml").write_text(rosters, encoding="utf-8")
    (directory / "events.d" / "all.yaml").write_text(
        "events:\n  all:\n    name: Toàn quốc\n    sites: all\n"
        "    starts: 2026-12-15T08:00\n    ends: 2026-12-15T11:00\n",
        encoding="utf-8",
    )


def _name(province: int, rank: int) -> str:
    return f"t{province:02}-ubnd" if rank == 0 else f"t{province:02}-xa-{rank:04}"


def _room(province: int, rank: int) -> str:
    phone = f"01{province:02}00{rank:04}"
    return (
        f"  phong-hop-{_name(province, rank)}:\n    name: Phòng họp xã số {rank}\n    phone: {phone}\n"
        f"    channels:\n      - {{via: call, to: {phone}}}\n      - {{via: mail, to: r{rank}@t{province}.example}}\n"
    )


def _staff(province: int, carrier: str) -> str:
    return "".join(
        f"  {carrier}-t{province:02}-{one}: {{name: Trực {one}, carrier: {carrier}, "
        f"channels: [{{via: mail, to: {one}@t{province}.{carrier}.example}}]}}\n"
        for one in ("a", "b", "lead")
    )


def _roster(province: int, carrier: str) -> str:
    name = f"{carrier}-t{province:02}"
    return (
        f"  {name}:\n    carrier: {carrier}\n    area: t{province:02}-ubnd\n    duty:\n      shifts:\n"
        f"        - {{days: daily, from: 07:00, to: 19:00, who: {name}-a}}\n"
        f"        - {{days: daily, from: 19:00, to: 07:00, who: {name}-b}}\n    lead: {{always: {name}-lead}}\n"
    )


def _site(index: int, province: int, rank: int, target: Callable[[int], str], stamp: bool) -> str:
    top = f"t{province:02}-ubnd"
    name, level = (top, "province") if rank == 0 else (f"t{province:02}-xa-{rank:04}", "commune")
    parent = "" if rank == 0 else f"    parent: {top}\n"
    via = "" if rank == 0 else f"        via: {top}/wan\n"
    internet = f'{{stamp: "{target(2 * index + 1)}:862"}}' if stamp else target(2 * index + 1)
    return f"""\
  - id: {name}
    name: Điểm cầu UBND xã số {rank}, tỉnh {province}
    level: {level}
    unit: "{index:05}"
{parent}    carried_by: wan
    contacts: [phong-hop-{name}]
    links:
      wan:
        carrier: vnpt
        circuit: TSLCD-{province:02}-{rank:04}
        contract: {{down: 20M, up: 20M}}
{via}        target: {target(2 * index)}
      internet:
        carrier: viettel
        access: fixed
        contract: {{down: 100M, up: 50M}}
        target: {internet}
"""
