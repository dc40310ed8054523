"""`bridgewatch reflector --call`: what it refuses at the start, what it says, and how it answers."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridgewatch.adapters.dialin.keeper import CallKeeper, CallSettings
from bridgewatch.adapters.dialin.sockets import Way, receive
from bridgewatch.cli.main import app
from bridgewatch.core.dialin.sessions import Peer, Sessions
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED
from tests.dialin.network import DEAD_NS, KEY, KEY_ID, probe
from tests.lab.process import Process

ROOT = Path(__file__).parents[2]
_SOL_IP, _IP_RECVTOS = socket.IPPROTO_IP, 13


def command(*arguments: str, code: int) -> str:
    """What it says in English, and that it ends with `code`."""
    result = CliRunner().invoke(app, ["reflector", *arguments, "--language", "en"])
    assert result.exit_code == code
    return " ".join(result.output.split())


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_text(KEY.hex())
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say whom to answer with --allow, or whom to call with --call"),
        (["--call", "192.0.2.1:8862"], "each --call has one --key-id: 0 of 1"),
        (["--call", "192.0.2.1:8862", "--key-id", "a"], "each --call has one --key-file: 0 of 1"),
        (["--call", "192.0.2.1", "--key-id", "a", "--key-file", "KEY"], "192.0.2.1 is not HOST:PORT"),
        (["--call", ":8862", "--key-id", "a", "--key-file", "KEY"], "whom to call is to be said"),
        (["--allow", "192.0.2.0/24", "--test-server", "192.0.2.1:5201"], "it goes with --call"),
        (
            [*["--call", "192.0.2.1:8862", "--key-id", "a", "--key-file", "KEY"] * 2, "--interface", "lo"],
            "with several calls each has an --interface, or none has",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused_with_what_would(arguments, said, key) -> None:
    assert said in command(*(key if one == "KEY" else one for one in arguments), code=2)


def test_a_key_that_is_none_is_named_by_its_file_and_never_shown(tmp_path: Path) -> None:
    for content, said in (("secret-words!", "hexadecimal or base64"), ("ab" * 7, "a key has 16 to 1024")):
        path = tmp_path / "key"
        path.write_text(content)
        told = command("--call", "192.0.2.1:8862", "--key-id", "a", "--key-file", str(path), code=1)
        assert str(path) in told.replace(" ", "")
        assert said in told
        assert content not in told
    told = command("--call", "192.0.2.1:1", "--key-id", "a", "--key-file", "/nowhere/key", code=1)
    assert "/nowhere/key" in told


def test_an_interface_that_is_not_there_is_said_once_and_waited_for(key: str) -> None:
    argv = [sys.executable, "-m", "bridgewatch", "reflector", "--call", "127.0.0.1:9", "--key-id", "a"]
    process = Process([*argv, "--key-file", key, "--interface", "nosuch0"], cwd=ROOT)
    try:
        process.wait_for("127.0.0.1:9 as a by nosuch0: .*No such device", 30)
    finally:
        assert process.stop() == 0
    assert process.output.count("No such device") == 1


def test_a_box_calls_by_the_address_it_is_told_and_answers_in_the_class_it_was_asked_in() -> None:
    """And with what the header of the probe said: its TTL."""
    sessions = Sessions(b"daemon" * 6, DEAD_NS)
    sessions.know({KEY_ID: KEY}, DEAD_NS, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.setblocking(False)
        door.setsockopt(_SOL_IP, _IP_RECVTOS, 1)
        port = door.getsockname()[1]

        async def play() -> tuple[str, int, bytes, bool]:
            loop = asyncio.get_running_loop()
            way = Way.of("127.0.0.7")
            keeper = CallKeeper(CallSettings("localhost", port, KEY_ID, KEY, way), b"box" * 11, lambda: 1)
            calling = asyncio.create_task(keeper.run())
            for turn in range(2):
                packet, source = await loop.sock_recvfrom(door, 2_000)
                answer = sessions.take(packet, Peer(0, (0, 1), source[1], (0, 2)), turn + 1)
                await loop.sock_sendto(door, answer.packet, source)
            door.setsockopt(_SOL_IP, socket.IP_TOS, 46 << 2)
            door.setsockopt(_SOL_IP, socket.IP_TTL, 77)
            await loop.sock_sendto(door, probe(5, sessions.of(KEY_ID).seals.probe), source)
            packet = None
            while packet is None or packet.octets[4:8] != bytes(4):
                await asyncio.sleep(0.005)
                packet = receive(door)
            calling.cancel()
            return source[0], packet.traffic_class, packet.octets, keeper.connected

        host, traffic_class, reply, connected = asyncio.run(asyncio.wait_for(play(), 20))
    assert (host, traffic_class, connected) == ("127.0.0.7", 46 << 2, True)
    assert (reply[80], len(reply)) == (77, AUTHENTICATED.size)
