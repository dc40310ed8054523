"""The words exchanged with the service manager."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridgewatch.adapters import systemd
from bridgewatch.adapters.clock_discipline import read_discipline
from bridgewatch.cli.main import app
from tests.reflector.packets import needs_ipv6, request

ROOT = Path(__file__).parents[2]
PATIENCE = 30


@pytest.fixture
def manager(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(PATIENCE)
        yield sock


def notifier(manager, **more):
    return systemd.Notifier({"NOTIFY_SOCKET": manager.getsockname(), **more})


def test_every_word_is_one_datagram_of_assignments(manager):
    tell = notifier(manager)
    tell.ready("40 sites\nwatched")
    tell.status("all well")
    tell.watchdog()
    tell.reloading(12_345_678)
    tell.stopping()
    tell.close()

    assert [manager.recv(1000).decode() for _ in range(5)] == [
        "READY=1\nSTATUS=40 sites watched",
        "STATUS=all well",
        "WATCHDOG=1",
        "RELOADING=1\nMONOTONIC_USEC=12345",
        "STOPPING=1",
    ]


def test_an_abstract_address_is_understood():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0bridgewatch-test-{os.getpid()}")
        sock.settimeout(PATIENCE)
        tell = systemd.Notifier({"NOTIFY_SOCKET": f"@bridgewatch-test-{os.getpid()}"})
        tell.watchdog()
        tell.close()

        assert sock.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nonexistent/notify"}])
def test_without_a_manager_nothing_happens(environment):
    tell = systemd.Notifier(environment)
    tell.ready("alone")
    tell.close()
    tell.watchdog()

    assert tell.watchdog_seconds is None


def test_a_manager_that_does_not_read_blocks_nobody(manager):
    tell = notifier(manager)
    for _ in range(2000):
        tell.watchdog()
    tell.close()

    assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_whom_it_is_meant_for(environment, seconds):
    assert systemd.Notifier(environment).watchdog_seconds == seconds


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "x"},
    ],
)
def test_sockets_meant_for_another_process_are_left_alone(environment):
    assert systemd.inherited_sockets(environment) == []
    assert environment == {}


def start_activated(sockets, notify, *options):
    """Start the reflector as the manager would: sockets from descriptor 3 on, LISTEN_PID its own pid."""
    script = (
        "import os, sys\n"
        "os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "from bridgewatch.cli.main import app\n"
        "app(['reflector', *sys.argv[1:]])\n"
    )
    environment = {
        **os.environ,
        "LISTEN_FDS": str(len(sockets)),
        "NOTIFY_SOCKET": notify.getsockname(),
        "WATCHDOG_USEC": "10000000",
    }
    moved = [fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD, 64) for sock in sockets]  # clear of 3, 4, ...
    arrange = "; ".join(f"exec {3 + n}<&{fd}" for n, fd in enumerate(moved))
    command = ["bash", "-c", f'{arrange}; exec "$@"', "bash", sys.executable, "-c", script, *options]
    started = subprocess.Popen(command, env=environment, cwd=ROOT, pass_fds=moved, stderr=subprocess.PIPE)
    for fd in moved:
        os.close(fd)
    return started


@needs_ipv6
def test_an_activated_reflector_answers_on_inherited_sockets_and_ends_cleanly(manager):
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as v4,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as v6,
    ):
        v4.bind(("127.0.0.1", 0))
        v6.bind(("::1", 0))
        with start_activated([v4, v6], manager, "--allow", "127.0.0.0/8", "--allow", "::1/128") as process:
            try:
                assert manager.recv(1000).startswith(b"READY=1\nSTATUS=0 answered")
                for listening in (v4, v6):
                    with socket.socket(listening.family, socket.SOCK_DGRAM) as asker:
                        asker.settimeout(PATIENCE)
                        asker.connect(listening.getsockname()[:2])
                        asker.send(request())
                        assert len(asker.recv(1000)) == 44
                assert manager.recv(1000) == b"WATCHDOG=1"
                process.send_signal(signal.SIGTERM)
                _, errors = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()

    assert process.returncode == 0
    assert b"2 answered, 2 sessions" in errors


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--listen", "127.0.0.1:862"], "--allow"),
        (["--allow", "192.0.2.1/24", "--listen", "127.0.0.1:0"], "did you mean 192.0.2.0/24?"),
        (["--allow", "192.0.2.0/24", "--listen", "2001:db8::1:862"], "[2001:db8::1]"),
        (["--allow", "192.0.2.0/24", "--listen", "127.0.0.1:99999"], "is no port"),
        (["--allow", "192.0.2.0/24"], "nowhere to listen"),
        (["--allow", "192.0.2.0/24", "--listen", "192.0.2.1:0"], "assign requested address"),
    ],
)
def test_a_mistake_on_the_command_line_is_explained(options, complaint):
    done = CliRunner().invoke(app, ["reflector", *options])

    assert done.exit_code != 0
    assert complaint in done.output


def test_the_kernel_tells_how_well_the_clock_is_kept():
    discipline = read_discipline()

    assert discipline.error >= 0
    assert isinstance(discipline.synchronised, bool)
