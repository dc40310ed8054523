"""The demo as people start it: a process of its own, as root and as nobody, piped and on a terminal."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = "from bridgewatch.cli.main import app; app()"
COMMAND = [sys.executable, "-c", RUN, "demo"]
ON_A_TERMINAL = [sys.executable, "-c", f"import os; os.login_tty(0); {RUN}", "demo"]
NOBODY = 65_534
PATIENCE = 120
OFFER = "phím a: xác nhận".encode()


def start(*arguments: str, user: int | None = None) -> subprocess.Popen[str]:
    """The demo, its output piped."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BRIDGEWATCH")}
    as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment | {"HOME": "/nonexistent", "PYTHONUNBUFFERED": "1", "BRIDGEWATCH_LANGUAGE": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **as_user,
    )


class Terminal:
    """A demo on a terminal of 80 by 24, whose viewer presses `a` once that is offered."""

    def __init__(self, *arguments: str) -> None:
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(far)
        self.process = subprocess.Popen(
            [*ON_A_TERMINAL, *arguments],
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm-256color", "NO_COLOR": "1"},
            stdin=far,
            stdout=far,
            stderr=far,
        )
        self._far = far  # kept open, so that the settings can be read once it has ended
        self._shown = bytearray()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def _watch(self) -> None:
        pressed = False
        while octets := os.read(self._near, 65_536):
            self._shown += octets
            if not pressed and OFFER in self._shown:
                os.write(self._near, b"a")
                pressed = True
            if octets.endswith(b"END"):
                return

    def end(self) -> tuple[int, str]:
        """How it ended, and all that was shown."""
        code = self.process.wait(PATIENCE)
        self.after = termios.tcgetattr(self._far)
        os.write(self._far, b"END")
        self._watching.join(PATIENCE)
        os.close(self._far)
        os.close(self._near)
        return code, self._shown.decode()


@pytest.fixture(scope="module")
def watched() -> Iterator[Terminal]:
    """A demo in Vietnamese on a terminal; it plays while the others do."""
    terminal = Terminal("--duration", "20", "--language", "vi")
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()


@pytest.fixture(scope="module")
def played(watched: Terminal) -> Iterator[dict[str, tuple[int, str, str]]]:
    """What the demo printed: by this user in English and, where root may, by nobody in Vietnamese."""
    running = {"self": start("--duration", "20")}
    if os.geteuid() == 0:
        with suppress(PermissionError):  # where this Python lies in root's own folder
            running["nobody"] = start("--duration", "20", "--language", "vi", user=NOBODY)
    try:
        told = {}
        for name, process in running.items():
            out, err = process.communicate(timeout=PATIENCE)
            told[name] = (process.returncode, out, err)
        yield told
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def test_everything_injected_is_found_and_nothing_else(played) -> None:
    code, text, errors = played["self"]
    assert code == 0, text + errors
    assert "All 4 faults found, no false alarm." in text
    assert "false alarms: 0" in text


@pytest.mark.root
def test_an_ordinary_user_sees_the_same(played) -> None:
    if "nobody" not in played:
        pytest.skip("nobody may not run this Python")
    code, text, errors = played["nobody"]
    assert code == 0, text + errors
    assert "Tìm ra cả 4 sự cố, không báo động giả." in text


def test_each_fault_is_announced_and_answered(played) -> None:
    _, text, _ = played["self"]
    summary = text.split("Summary")[1]
    assert re.search(r"every sixth packet\n\s+✔ bridgewatch: degraded after [\d.]+ s.*loss above", summary)
    assert re.search(r"40 ms longer\n\s+✔ bridgewatch: degraded after [\d.]+ s.*jitter above", summary)
    assert re.search(r"is cut\n\s+✔ bridgewatch: down after [\d.]+ s · up again", summary)
    assert re.search(r"12 WAN links with it\n\s+✔ bridgewatch: 12 / 12 down after .* · up again", summary)
    assert text.count("Now: ") == 4
    assert text.count("Over: ") == 2


def test_what_the_far_ends_dropped_is_what_was_booked_as_lost(played) -> None:
    _, text, _ = played["self"]
    dropped, lost = map(int, re.findall(r"dropped (\d+) packets, bridgewatch booked (\d+) as lost", text)[0])
    assert dropped == lost > 300


def test_the_right_people_are_called_until_somebody_has_it(played) -> None:
    _, text, _ = played["self"]
    summary = text.split("Summary")[1]
    assert re.search(
        r"✔ Trực kỹ thuật Viettel paged after [\d.]+ s · no answer, (Ksor Hà, Phạm Văn Nháp|Phạm Văn Nháp, "
        r"Ksor Hà) paged after [\d.]+ s · Ksor Hà has it after [\d.]+ s · 3 told of the recovery",
        summary,
    )
    assert re.search(
        r"✔ Trực kỹ thuật VNPT paged after [\d.]+ s · .*Trực kỹ thuật VNPT has it after [\d.]+ s", summary
    )
    assert summary.count("✔ nobody is paged, as the policy says") == 2
    assert "false pages: 0" in summary
    assert "Each fault paged the right people" in summary


def test_a_page_is_told_in_full_and_in_the_language_of_its_reader(played) -> None:
    _, text, _ = played["self"]
    to_viettel = text.split("message to Trực kỹ thuật Viettel: ")[1].split(" s  ")[0]
    to_own = text.split("message to Ksor Hà: ")[1].split(" s  ")[0]
    assert "KHẨN" in to_viettel
    assert "Nhận xử lý, xin hỗ trợ" in to_viettel
    assert "URGENT" in to_own
    assert "Acknowledge, ask for help or decline: http://127.0.0.1:" in to_own


def test_the_event_is_unknown_at_first_and_ready_in_the_end(played) -> None:
    _, text, _ = played["self"]
    verdicts = re.findall(r"Readiness at the (start|end): .* · ([\w-]+)", text)
    assert verdicts == [("start", "UNKNOWN"), ("end", "GO")]
    assert len(re.findall(r"Site, commune +\d+ +\d+ +\d+", text)) == 2


def test_what_is_wrong_at_the_end_and_decides_nothing_is_said(played) -> None:
    _, text, _ = played["self"]
    assert "song-may-na-sen/internet (spare): poor quality for " in text
    assert "Điểm cầu UBND xã Thác Bạc: takes no part in the event" in text
    assert "in the demo 2 s of being up are enough; outside 10 min are asked for (--seen)" in text


def test_on_a_terminal_the_viewer_acknowledges_by_a_key(played, watched: Terminal) -> None:
    code, text = watched.end()
    assert code == 0, text[-4000:]
    summary = re.sub(r"\s+", " ", text.rpartition("Tổng kết")[2])
    assert "✔ gọi Trực kỹ thuật Viettel sau" in summary
    assert "Trực kỹ thuật Viettel nhận xử lý sau" in summary
    assert "Mỗi sự cố gọi đúng người" in summary
    assert watched.after == watched.before


def test_a_pipe_gets_plain_lines(played) -> None:
    assert all("\x1b" not in text for _, text, _ in played.values())


def test_ctrl_c_ends_it_cleanly() -> None:
    with start("--duration", "60") as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "Now: " in line:
                    break
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Interrupted." in out
    assert "Traceback" not in err


def test_a_duration_too_short_to_prove_anything_is_refused() -> None:
    with start("--duration", "5") as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "20" in err
