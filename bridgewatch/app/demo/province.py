"""The invented province of the demo, written as the configuration files an operator would write."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bridgewatch.app.demo.cast import ROOM, Setting, people_files

INTERVAL: Final = "100ms"
TMAX: Final = "500ms"  # loopback: what takes longer never comes, and a lost probe is known early
HANDOVER: Final = "Trạm Đèo Gió"
_CAPITAL: Final = "Phường Sông Mây"
_HALL: Final = "song-may-ubnd"
_REFERENCES: Final = 2
_COMMUNES: Final = (
    ("Suối Trầm", "suoi-tram"),
    ("Đồi Sim", "doi-sim"),
    ("Hòn Nghệ", "hon-nghe"),
    ("Bản Lau", "ban-lau"),
    ("Khe Đá", "khe-da"),
    ("Nà Sen", "na-sen"),
    ("Thác Bạc", "thac-bac"),
    ("Gò Me", "go-me"),
    ("Bến Sậy", "ben-say"),
    ("Cồn Lá", "con-la"),
    ("Đèo Gió", "deo-gio"),
    ("Rừng Thông", "rung-thong"),
    ("Mường Hoa", "muong-hoa"),
    ("Phiêng Cọ", "phieng-co"),
    ("Tà Lơi", "ta-loi"),
    ("Sơn Khê", "son-khe"),
    ("Vĩnh Trà", "vinh-tra"),
    ("An Bằng", "an-bang"),
    ("Phước Sim", "phuoc-sim"),
    ("Tân Lũng", "tan-lung"),
    ("Hòa Mơ", "hoa-mo"),
    ("Bình Ngàn", "binh-ngan"),
    ("Lộc Suối", "loc-suoi"),
    ("Quế Đồi", "que-doi"),
    ("Cẩm Vân", "cam-van"),
    ("Thanh Lĩnh", "thanh-linh"),
    ("Kim Thạch", "kim-thach"),
    ("Xuân Đồng", "xuan-dong"),
    ("Đông Trảng", "dong-trang"),
    ("Tây Cồn", "tay-con"),
    ("Nam Bãi", "nam-bai"),
    ("Bắc Gành", "bac-ganh"),
    ("Trường Lau", "truong-lau"),
    ("Long Sậy", "long-say"),
    ("Phú Tràm", "phu-tram"),
    ("Mỹ Dương", "my-duong"),
    ("Thới Lá", "thoi-la"),
    ("Hưng Rạch", "hung-rach"),
)
_BEHIND_HANDOVER: Final = slice(10, 22)
_OUTSIDE: Final = "thac-bac"  # takes no part in the event, and says itself what carries its meetings


@dataclass(frozen=True, slots=True)
class DemoLink:
    """A link as script and far end know it; where not `stamp`, the kernel answers echo at `address`."""

    id: str
    site_name: str
    address: str
    stamp: bool


@dataclass(frozen=True, slots=True)
class Province:
    """Everything the demo watches, and the files that say so."""

    links: Mapping[str, DemoLink]
    behind_handover: tuple[str, ...]
    site_names: Mapping[str, str]
    references: tuple[str, ...]
    files: Mapping[str, Mapping[str, Any]]

    def write(self, directory: Path) -> None:
        """Write the configuration into `directory`."""
        for name, document in self.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
            path.write_text(text, encoding="utf-8")


def make_province(port: int, setting: Setting, *, icmp: bool) -> Province:
    """The province with STAMP targets at `port`; with `icmp` some links are probed by echo instead."""
    builder = _Builder(port, icmp=icmp)
    hall = builder.site(_HALL, f"Hội trường UBND tỉnh, {_CAPITAL}", "province", number=0, echo=True)
    communes = [
        builder.site(_site_id(key), f"Điểm cầu UBND xã {name}", "commune", number=number + 1)
        for number, (name, key) in enumerate(_COMMUNES)
    ]
    handover = [f"{site['id']}/wan" for site in communes[_BEHIND_HANDOVER]]
    service = builder.service(len(_COMMUNES) + 1)
    files = {
        "bridgewatch.yaml": {**_daemon(builder), "public_url": setting.public_url},
        "carriers.yaml": {"carriers": {"vnpt": {"name": "VNPT"}, "viettel": {"name": "Viettel"}}},
        "sites.d/song-may.yaml": {"sites": [hall, *communes], "services": [service]},
        **people_files(setting, _site_id(_OUTSIDE)),
    }
    return Province(builder.links, tuple(handover), builder.names, tuple(builder.references), files)


def _site_id(commune: str) -> str:
    return f"song-may-{commune}"


def _daemon(builder: "_Builder") -> dict[str, Any]:
    return {
        "vantage": "song-may",
        "defaults": {"interval": INTERVAL},
        "limits": {"tmax": TMAX},
        "egresses": {
            network: {"networks": [network], "references": builder.references_of(number)}
            for number, network in enumerate(("wan", "internet"))
        },
    }


class _Builder:
    """Hands out addresses and remembers what they are for."""

    def __init__(self, port: int, *, icmp: bool) -> None:
        self._port = port
        self._icmp = icmp
        self.links: dict[str, DemoLink] = {}
        self.names: dict[str, str] = {}
        self.references: list[str] = []

    def site(self, key: str, name: str, level: str, number: int, *, echo: bool = False) -> dict[str, Any]:
        """A room with a link of each network, from two carriers."""
        self.names[key] = name
        behind = _BEHIND_HANDOVER.start < number <= _BEHIND_HANDOVER.stop
        vnpt_first = behind or number % 2 == 0
        wan, internet = ("vnpt", "viettel") if vnpt_first else ("viettel", "vnpt")
        echo = echo or number % 10 == 0
        first = self._link(key, name, "wan", number, stamp=True) | {"carrier": wan}
        second = self._link(key, name, "internet", number, stamp=not echo) | {"carrier": internet}
        site: dict[str, Any] = {"id": key, "name": name, "level": level, "contacts": [ROOM]}
        if level == "commune":
            site["parent"] = _HALL
        if key == _site_id(_OUTSIDE):
            site["carried_by"] = "wan"
        site["links"] = {
            "wan": first | ({"handover": HANDOVER} if behind else {}),
            "internet": second | {"access": "fixed"},
        }
        return site

    def service(self, number: int) -> dict[str, Any]:
        """The MCU in the hall: inside the building, of no carrier."""
        key, name = "song-may-mcu", "Hệ thống MCU của tỉnh"
        self.names[key] = name
        link = self._link(key, name, "wan", number, stamp=False)
        return {"id": key, "name": name, "parent": _HALL, "links": {"wan": link}}

    def references_of(self, number: int) -> list[dict[str, Any]]:
        """Hosts inside the building; they answer STAMP, as a far end of ours would."""
        addresses = [f"127.10.{number}.{host}" for host in range(1, _REFERENCES + 1)]
        self.references += addresses
        return [{"stamp": f"{address}:{self._port}"} for address in addresses]

    def _link(self, site: str, name: str, network: str, number: int, *, stamp: bool) -> dict[str, Any]:
        address = f"127.{11 if network == 'wan' else 12}.0.{number + 1}"
        stamp = stamp or not self._icmp
        link = DemoLink(f"{site}/{network}", name, address, stamp)
        self.links[link.id] = link
        target = {"stamp": f"{address}:{self._port}", "stateful": True} if stamp else address
        return {"target": target}
