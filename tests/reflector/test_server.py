"""The reflector on loopback: real sockets, real kernel stamps."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time

import numpy as np
import pytest

from bridgewatch.adapters.reflector.listener import Listener, _learnt
from bridgewatch.adapters.reflector.server import STAMPING_ERROR, Server
from bridgewatch.adapters.reflector.sockets import open_sockets, prepare
from bridgewatch.app.reflector import _reread_keys
from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED
from bridgewatch.core.reflecting.reflection import Caps, Verdict
from tests import stamp_reference as reference
from tests.reflector.packets import LOOPBACKS, PLENTY, received, reflection, request

LOCAL = ("127.0.0.0/8", "::1/128")
KEY, T1 = bytes(range(32)), 0xE000_0000_1234_5678
PATIENCE = 10  # seconds until a test gives up; none is ever waited for


class Manager:
    """Remembers what a service manager would be told."""

    watchdog_seconds = None

    def __init__(self):
        self.said = []
        self.is_ready = asyncio.Event()

    def ready(self, status):
        self.said.append(("ready", status))
        self.is_ready.set()

    def status(self, status):
        self.said.append(("status", status))

    def stopping(self):
        self.said.append(("stopping", ""))

    def watchdog(self):
        self.said.append(("watchdog", ""))


@contextlib.asynccontextmanager
async def running(*hosts, allow=LOCAL, caps=PLENTY, stateful=True, keys=(), discipline=lambda: (False, 16.0)):
    sockets = [sock for host in hosts for sock in open_sockets(host, 0)]
    addresses = [sock.getsockname() for sock in sockets]
    manager = Manager()
    server = Server(sockets, reflection(*allow, caps=caps, stateful=stateful, keys=keys), manager, discipline)
    task = asyncio.create_task(server.run())
    await asyncio.wait_for(manager.is_ready.wait(), PATIENCE)
    try:
        yield addresses, server, manager
    finally:
        server.stop()
        await asyncio.wait_for(task, PATIENCE)


@contextlib.contextmanager
def client(address, source=None):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        if source:
            sock.bind((source, 0))
        sock.connect(address[:2])
        yield sock


async def ask(sock, octets):
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, octets)
    return await asyncio.wait_for(loop.sock_recv(sock, 4096), PATIENCE)


def read(reply: bytes) -> stamp.Reflected:
    return stamp.parse_reflected(np.frombuffer(reply, np.uint8)[None, :], np.array([len(reply)], np.uint16))


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_known_sender_gets_its_probe_back_with_both_times(host):
    async def scenario():
        async with running(host) as (addresses, _, _):
            with client(addresses[0]) as sock:
                return [read(await ask(sock, request(seq, ssid=9))) for seq in (70, 71)]

    first, second = asyncio.run(scenario())

    assert first.valid.all()
    assert [int(first.seq[0]), int(second.seq[0])] == [0, 1]
    assert [int(first.sender_seq[0]), int(second.sender_seq[0])] == [70, 71]
    assert first.ssid.tolist() == [9]
    assert first.token.tobytes() == request()[4:12]
    assert 0 < first.t2_ns[0] <= first.t3_ns[0] <= second.t2_ns[0] <= second.t3_ns[0]
    assert first.sender_ttl[0] in {64, 255}  # whatever this host sends with
    assert first.sender_ttl[0] > 0


def test_a_stateless_reflector_repeats_the_senders_number():
    async def scenario():
        async with running("127.0.0.1", stateful=False) as (addresses, _, _):
            with client(addresses[0]) as sock:
                return read(await ask(sock, request(4711)))

    assert asyncio.run(scenario()).seq.tolist() == [4711]


@pytest.mark.parametrize("size", [14, 41, 44, 48, 1400])
def test_a_reply_is_as_long_as_its_request_but_never_below_the_base(size):
    async def scenario():
        async with running("127.0.0.1") as (addresses, _, _):
            with client(addresses[0]) as sock:
                return await ask(sock, request(size=size))

    assert len(asyncio.run(scenario())) == max(size, 44)


def test_a_reflector_on_any_address_replies_from_the_one_that_was_asked():
    async def scenario():
        async with running("0.0.0.0") as (addresses, _, _):
            replies = []
            for target in ("127.0.0.1", "127.0.0.77"):
                # A connected socket takes replies from that very address only.
                with client((target, addresses[0][1]), source="127.0.0.5") as sock:
                    replies.append(await ask(sock, request()))
            return replies

    assert len(asyncio.run(scenario())) == 2


IP, IPV6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6
CLASS = {"127.0.0.1": (IP, socket.IP_TOS), "::1": (IPV6, socket.IPV6_TCLASS)}
TELL = {
    "127.0.0.1": [(IP, 13), (IP, 12)],  # IP_RECVTOS, IP_RECVTTL
    "::1": [(IPV6, socket.IPV6_RECVTCLASS), (IPV6, socket.IPV6_RECVHOPLIMIT)],
}


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_reply_comes_back_in_the_class_it_was_asked_in_and_with_ttl_255(host):
    expedited, ecn = 46 << 2, 1

    async def scenario():
        async with running(host) as (addresses, _, _):
            with client(addresses[0]) as sock:
                sock.setsockopt(*CLASS[host], expedited | ecn)
                for option in TELL[host]:
                    sock.setsockopt(*option, 1)
                readable = asyncio.Event()
                asyncio.get_running_loop().add_reader(sock.fileno(), readable.set)
                sock.send(request())
                await asyncio.wait_for(readable.wait(), PATIENCE)
                asyncio.get_running_loop().remove_reader(sock.fileno())
                return sock.recvmsg(4096, 256)[1]

    told = [data[0] for _, _, data in asyncio.run(scenario())]

    assert sorted(told) == [expedited, 255]


def test_strangers_are_counted_logged_once_and_never_answered(caplog):
    caplog.set_level(logging.INFO)

    async def scenario():
        async with running("127.0.0.1", allow=("127.0.0.8/32",)) as (addresses, server, manager):
            with client(addresses[0]) as stranger, client(addresses[0], source="127.0.0.8") as friend:
                for _ in range(5):
                    stranger.send(request())
                await ask(friend, request())  # the queue is in order: the strangers were judged before
                server._round()
                server._round()
                with pytest.raises(BlockingIOError):
                    stranger.recv(100)
                return server.counts, manager.said[-1]

    counts, last = asyncio.run(scenario())

    assert counts[Verdict.STRANGER] == 5
    assert counts[Verdict.ANSWERED] == 1
    assert last == ("status", "1 answered, 1 sessions, 5 packets of strangers")
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["refusing packets of strangers, last from 127.0.0.1"]


def test_a_sender_over_its_rate_gets_what_its_cap_allows():
    async def scenario():
        async with running("127.0.0.1", caps=Caps(per_sender=3, total=100)) as (addresses, server, _):
            loop = asyncio.get_running_loop()
            with client(addresses[0]) as sock, client(addresses[0], source="127.0.0.9") as other:
                for seq in range(10):
                    sock.send(request(seq))
                await ask(other, request())
                for _ in range(3):
                    await asyncio.wait_for(loop.sock_recv(sock, 100), PATIENCE)
                return server.counts

    counts = asyncio.run(scenario())

    assert counts[Verdict.ANSWERED] == 4
    assert counts[Verdict.SENDER_RATE] == 7


def test_a_thousand_requests_at_once_are_answered_each_with_its_own_numbers():
    async def scenario():
        async with running("127.0.0.1") as (addresses, _, _):
            loop = asyncio.get_running_loop()
            replies = []
            with client(addresses[0]) as sock:
                for start in range(0, 1000, 50):
                    for seq in range(start, start + 50):
                        sock.send(request(seq))
                    replies += [
                        await asyncio.wait_for(loop.sock_recv(sock, 100), PATIENCE) for _ in range(50)
                    ]
            return [read(reply) for reply in replies]

    replies = asyncio.run(scenario())

    assert [int(reply.sender_seq[0]) for reply in replies] == list(range(1000))
    assert [int(reply.seq[0]) for reply in replies] == list(range(1000))
    assert all(reply.t2_ns[0] <= reply.t3_ns[0] for reply in replies)


@pytest.mark.parametrize(("synchronised", "error"), [(True, 0.002), (False, 16.0)])
def test_the_error_estimate_says_what_the_clock_is_worth(synchronised, error):
    async def scenario():
        async with running("127.0.0.1", discipline=lambda: (synchronised, error)) as (addresses, _, _):
            with client(addresses[0]) as sock:
                return read(await ask(sock, request()))

    estimate = asyncio.run(scenario()).error

    assert estimate.synchronised.tolist() == [synchronised]
    assert error + STAMPING_ERROR <= estimate.seconds[0] <= (error + STAMPING_ERROR) * 1.02


def test_sigterm_ends_it_and_sigusr1_tells_the_counters(caplog):
    caplog.set_level(logging.INFO)

    async def scenario():
        manager = Manager()
        server = Server(open_sockets("127.0.0.1", 0), reflection(*LOCAL), manager, lambda: (False, 16.0))
        task = asyncio.create_task(server.run())
        await asyncio.wait_for(manager.is_ready.wait(), PATIENCE)
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, PATIENCE)
        return manager.said

    said = asyncio.run(scenario())

    assert said[0][0] == "ready"
    assert said[-1] == ("stopping", "")
    assert [record.getMessage() for record in caplog.records].count("0 answered, 0 sessions") >= 2


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_sealed_probe_gets_a_sealed_reply_with_both_times(host):
    keys = [(network, KEY) for network in LOCAL]

    async def scenario():
        async with running(host, keys=keys) as (addresses, _, _):
            with client(addresses[0]) as sock:
                for seq in range(40):  # more than leave by one call
                    sock.send(reference.request(KEY, seq=seq, t1=T1, error=0x0101, ssid=9))
                receive = asyncio.get_running_loop().sock_recv
                return [await asyncio.wait_for(receive(sock, 4096), PATIENCE) for _ in range(40)]

    replies = asyncio.run(scenario())

    assert replies == [reference.sealed(KEY, reply[:96]) for reply in replies]
    rows = np.stack([np.frombuffer(reply, np.uint8) for reply in replies])
    told = stamp.parse_reflected(rows, np.full(40, 112, np.uint16), AUTHENTICATED)
    assert told.seq.tolist() == told.sender_seq.tolist() == list(range(40))
    assert told.ssid.tolist() == [9] * 40
    assert (told.t2_ns <= told.t3_ns).all()
    assert abs(told.t3_ns - time.time_ns()).max() < PATIENCE * 10**9


def test_an_open_and_a_sealed_probe_of_one_batch_get_their_own_kind_of_reply():
    [sock] = open_sockets("127.0.0.1", 0)
    listener = Listener(sock, reflection(*LOCAL, keys=[("127.0.0.0/8", KEY)]), lambda: 0x0101)
    with contextlib.closing(listener), client(sock.getsockname()) as asker:
        asker.send(request(70))
        asker.send(reference.request(KEY, seq=71, t1=T1, error=0x0101, ssid=9))
        drained(listener)
        lengths = sorted(len(asker.recv(200)) for _ in range(2))

    assert lengths == [44, 112]


def test_sighup_takes_in_what_changed():
    async def scenario():
        manager, again = Manager(), asyncio.Event()
        server = Server(
            open_sockets("127.0.0.1", 0), reflection(*LOCAL), manager, lambda: (False, 16.0), again.set
        )
        task = asyncio.create_task(server.run())
        await asyncio.wait_for(manager.is_ready.wait(), PATIENCE)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.wait_for(again.wait(), PATIENCE)
        server.stop()
        await asyncio.wait_for(task, PATIENCE)

    asyncio.run(scenario())


def test_keys_that_cannot_be_read_any_more_stay_as_they_were(tmp_path, caplog):
    file = tmp_path / "keys"
    file.write_text(f"127.0.0.0/8 {KEY.hex()}\n")
    reflector = reflection(*LOCAL)
    _reread_keys(file, reflector)
    file.write_text("127.0.0.0/8 secret")
    _reread_keys(file, reflector)

    batch = received(("127.0.0.1", 9000, reference.request(KEY, seq=1, t1=T1, error=1, ssid=1)))
    assert len(reflector.judge(batch, 0).macs) == 1
    assert caplog.messages[-1] == (
        f"the keys stay as they were: {file}: line 1: a key is written in hexadecimal or base64"
    )


def test_a_socket_that_is_not_udp_is_refused():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock, pytest.raises(ValueError, match="UDP"):
        prepare(sock)


def test_a_taken_port_is_an_error_and_leaves_nothing_open():
    with (
        contextlib.closing(open_sockets("127.0.0.1", 0)[0]) as taken,
        pytest.raises(OSError, match="in use"),
    ):
        open_sockets("127.0.0.1", taken.getsockname()[1])


def test_a_reply_the_kernel_refuses_is_counted_and_the_others_leave():
    [sock] = open_sockets("127.0.0.1", 0)
    listener = Listener(sock, reflection("0.0.0.0/0"), lambda: 0x0101)
    with contextlib.closing(listener), client(sock.getsockname()) as asker:
        for _ in range(3):
            asker.send(request())
        send = listener._sender.send
        refused = iter([(0, 1), (1, 0)])  # EPERM for the first row
        listener._sender.send = lambda *rows: next(refused, None) or send(*rows)
        listener.serve()
        asker.recv(100)

    assert listener.unsent == 1
    assert listener.counts[Verdict.ANSWERED] == 3


def drained(listener: Listener) -> np.ndarray:
    while listener.serve():
        continue
    return listener.counts


def test_what_the_kernel_cut_off_is_not_answered():
    [sock] = open_sockets("127.0.0.1", 0)
    with (
        contextlib.closing(Listener(sock, reflection(*LOCAL), lambda: 0x0101)) as listener,
        client(sock.getsockname()) as asker,
    ):
        asker.send(bytes(2048))
        asker.send(bytes(2049))
        counts = drained(listener)

        assert counts[Verdict.ANSWERED] == 1
        assert counts[Verdict.TOO_LONG] == 1
        assert len(asker.recv(4096)) == 2048


def test_a_broadcast_request_is_heard_but_not_answered():
    [sock] = open_sockets("0.0.0.0", 0)
    with (
        contextlib.closing(Listener(sock, reflection(*LOCAL), lambda: 0x0101)) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
    ):
        asker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asker.sendto(request(), ("127.255.255.255", sock.getsockname()[1]))
        counts = drained(listener)

    assert counts[Verdict.UNANSWERABLE] == 1
    assert counts[Verdict.ANSWERED] == 0


@pytest.mark.parametrize("host", LOOPBACKS)
def test_noise_through_a_real_socket_breaks_nothing(host):
    rng = np.random.default_rng(5)
    [sock] = open_sockets(host, 0)
    with (
        contextlib.closing(Listener(sock, reflection(*LOCAL), lambda: 0x0101)) as listener,
        client(sock.getsockname()) as asker,
    ):
        answers = sent = 0
        for _ in range(40):
            for _ in range(50):
                octets = bytearray(request() + rng.bytes(int(rng.integers(0, 300))))
                octets[int(rng.integers(0, 44))] ^= int(rng.integers(0, 256))
                asker.send(octets[int(rng.integers(0, 2)) * int(rng.integers(0, len(octets))) :])
                sent += 1
            drained(listener)
            with contextlib.suppress(BlockingIOError):
                for _ in range(51):
                    assert len(asker.recv(4096)) >= stamp.BASE_SIZE
                    answers += 1

        assert listener.counts.sum() == sent
        assert listener.counts[Verdict.ANSWERED] == answers > sent // 2
        assert listener.unsent == 0


def test_replies_of_one_call_are_stamped_in_the_order_they_leave():
    [sock] = open_sockets("127.0.0.1", 0)
    with (
        contextlib.closing(Listener(sock, reflection(*LOCAL), lambda: 0x0101)) as listener,
        client(sock.getsockname()) as asker,
    ):
        listener._reply_ns = 1_000.0
        for seq in range(16):
            asker.send(request(seq))
        drained(listener)
        leaving = [int(read(asker.recv(100)).t3_ns[0]) for _ in range(16)]

    assert [late - leaving[0] for late in leaving] == [n * 1_000 for n in range(16)]


def test_one_slow_call_does_not_push_later_stamps_into_the_future():
    assert _learnt(3_000.0, 2_000_000.0) < 3_100.0
    assert _learnt(3_100.0, 2_500.0) == 2_500.0
