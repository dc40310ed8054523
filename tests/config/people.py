"""A small province with people: what tests of contacts, rosters and events begin with."""

from pathlib import Path
from textwrap import dedent

from tests.config.files import messages, write

_TEXTS = {
    "carriers": "carriers: {vnpt: {name: VNPT}, viettel: {name: Viettel}}",
    "bridgewatch": "public_url: https://noc.example\n",
    "sites": """\
        sites:
          - id: tinh
            name: UBND tỉnh
            level: province
            contacts: [phong-hop]
            links:
              wan: {carrier: vnpt, target: 192.0.2.1}
          - id: xa-1
            name: UBND xã 1
            level: commune
            parent: tinh
            links:
              wan: {carrier: vnpt, target: 192.0.2.2}
              internet: {carrier: viettel, target: 203.0.113.2}
          - id: xa-2
            name: UBND xã 2
            level: commune
            parent: tinh
            links:
              wan: {carrier: viettel, target: 192.0.2.3}
        services:
          - id: mcu
            name: MCU
            links:
              wan: {target: 192.0.2.5}
        """,
    "gateways": """\
        gateways:
          mail: {kind: mail, host: smtp.example, from: noc@example.org, password: {env: SMTP_PASSWORD}}
          call: {kind: stringee, from: "0100000000", key_sid: SK1, key_secret: {credential: stringee},
                 inbound: {secret: {env: SIGNED}}}
        """,
    "contacts": """\
        catch_all: noc
        contacts:
          noc: {name: NOC, channels: [{via: mail, to: noc@example.org}, {via: call, to: "0100000001"}]}
          phong-hop: {name: Phòng họp, phone: 0100 000 002, channels: [{via: call, to: "0100000002"}]}
          vnpt-1: {name: VNPT 1, carrier: vnpt, channels: [{via: call, to: "0100000011"}]}
          vnpt-2: {name: VNPT 2, carrier: vnpt, channels: [{via: call, to: "0100000012"}]}
          viettel-1:
            name: Viettel 1
            carrier: viettel
            language: en
            channels: [{via: mail, to: one@viettel.example}]
        """,
    "rosters": """\
        rosters:
          vnpt-tinh:
            carrier: vnpt
            area: tinh
            duty:
              shifts:
                - {days: mon-fri, from: 07:30, to: 17:00, who: vnpt-1}
                - {days: [sat, sun], from: 17:00, to: 07:30, who: [vnpt-1, vnpt-2]}
            lead: {always: vnpt-2}
          viettel:
            carrier: viettel
            duty:
              rotation: {first_day: 2026-11-02, handover: 07:30, days: 1, teams: [viettel-1]}
          ours:
            own: true
            duty: {always: noc}
        """,
    "events": """\
        events:
          hop:
            name: Họp
            sites: all
            starts: 2026-12-15T08:00
            ends: 2026-12-15T11:30
        """,
}

FILES = {name: dedent(text) for name, text in _TEXTS.items()}


def province(directory: Path, **changed: str) -> Path:
    """Write the province, some files otherwise."""
    return write(directory, **FILES | changed)


def changed(directory: Path, file: str, old: str, new: str) -> list[str]:
    """The mistakes of the province with one replacement in one file."""
    assert old in FILES[file]
    return messages(province(directory, **{file: FILES[file].replace(old, new, 1)}))
