"""The shipped units: accepted by systemd, locked down, and saying what the program needs."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from bridgewatch.adapters.wire.sockets import RECEIVE_BUFFER

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = [
    "bridgewatch.service",
    "bridgewatch-reflector.service",
    "bridgewatch-call@.service",
    "bridgewatch-watchdog.service",
]
MAX_EXPOSURE = 15  # tenths

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def settings(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def installed(tmp_path):
    """The units with a program that exists, as an installed package would have it."""
    program = tmp_path / "bridgewatch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS.glob("bridgewatch*.*"):
        if unit.suffix in {".service", ".socket"}:
            text = unit.read_text()
            (tmp_path / unit.name).write_text(text.replace("/usr/bin/bridgewatch", str(program)))
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("unit", [*SERVICES, "bridgewatch-reflector.socket"])
def test_systemd_has_nothing_to_say_against_a_unit(installed, unit):
    done = analyze("verify", "--man=no", installed / unit)

    ours = [line for line in done.stderr.splitlines() if "bridgewatch" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_exposed_to_no_more_than_it_must_be(unit):
    done = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", UNITS / unit)

    assert done.returncode == 0, done.stdout


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_systemd_would_notice_an_open_service(installed, unit):
    """The check above can fail: without its capability and file system lines a unit is over the limit."""
    text = (installed / unit).read_text()
    (installed / unit).write_text(text.replace("ProtectSystem=", "#").replace("CapabilityBoundingSet=", "#"))

    done = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", installed / unit)

    assert done.returncode != 0


def test_the_daemon_has_one_capability_and_the_others_none():
    daemon, *others = (settings(unit) for unit in SERVICES)

    assert daemon["CapabilityBoundingSet"] == daemon["AmbientCapabilities"] == ["CAP_NET_RAW"]
    for other in others:
        assert other["CapabilityBoundingSet"] == other["AmbientCapabilities"] == [""]


def test_the_watchdog_shares_no_directory_with_the_daemon_it_may_stand_beside():
    daemon, watchdog = settings(SERVICES[0]), settings(SERVICES[-1])

    for key in ("StateDirectory", "ConfigurationDirectory"):
        assert daemon[key] != watchdog[key]


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_tells_when_it_is_ready_and_is_watched(unit):
    found = settings(unit)

    assert found["Type"] == ["notify"]
    assert found["WatchdogSec"] == ["10"]
    assert found["Restart"] == ["always"]
    assert found["DynamicUser"] == ["yes"]


def test_the_socket_unit_opens_the_stamp_port_for_both_families():
    found = settings("bridgewatch-reflector.socket")

    assert found["ListenDatagram"] == ["0.0.0.0:862", "[::]:862"]
    assert found["BindIPv6Only"] == ["ipv6-only"]


def test_the_sysctl_file_allows_the_buffer_the_daemon_asks_for():
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string("[sysctl]\n" + (UNITS / "bridgewatch.sysctl.conf").read_text())

    assert int(parser["sysctl"]["net.core.rmem_max"]) >= RECEIVE_BUFFER
