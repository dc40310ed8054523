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
