"""The daemon killed, its heartbeats blocked, both back: as processes, to a message at a real webhook.

In CI silence is two seconds and heartbeats are half a second apart; the true minute is in the soak. The limit
keeps the ratio of 75 to 60.
"""

import signal
import time

import pytest

from tests.lab.process import Process
from tests.notify.gateways import HttpGateways
from tests.watchdog.beats import KEY
from tests.watchdog.boxes import ROOT, Boxes

RATIO = 75 / 60
QUICK = 2.0
SLOW_MACHINE = 1.5  # seconds that a busy machine may take for what takes none of a minute


def test_each_way_to_be_silent_is_paged_and_each_return_is_told_but_no_orderly_stop(tmp_path):
    limit = QUICK * RATIO + SLOW_MACHINE
    with HttpGateways() as gateways, Boxes(tmp_path, gateways, QUICK) as boxes:
        assert boxes.daemon is not None
        assert boxes.watchdog is not None
        boxes.until(lambda: boxes.metric("canh", "bridgewatch_watchdog_up") == {'vantage="nha"': 1.0})

        stood = time.monotonic()
        boxes.daemon.signal(signal.SIGSTOP)  # alive for its own service manager, and yet it does nothing
        page = boxes.wait("page", 1, limit)
        boxes.daemon.signal(signal.SIGCONT)
        assert QUICK / 2 < page.monotonic - stood <= limit
        boxes.wait("recovered", 1, 5.0)

        blocked = time.monotonic()
        boxes.block()
        boxes.daemon.wait_for("does not accept our heartbeats: .*refused|Connect call failed")
        page = boxes.wait("page", 2, limit + 1.0)  # a saved file is in force within a second
        assert QUICK / 2 < page.monotonic - blocked <= limit + 1.0
        outcomes = boxes.metric("nha", "bridgewatch_heartbeats_total")
        assert sum(value for labels, value in outcomes.items() if 'outcome="failed"' in labels) >= 2
        boxes.unblock()
        boxes.wait("recovered", 2, 5.0)

        killed = boxes.kill_daemon()
        page = boxes.wait("page", 3, limit)
        assert QUICK / 2 < page.monotonic - killed <= limit
        assert "nha" in page.body["title"]
        assert "no heartbeat comes any more" in page.text
        assert boxes.metric("canh", "bridgewatch_watchdog_up") == {'vantage="nha"': 0.0}
        assert boxes.metric("canh", "bridgewatch_watchdog_heartbeat_age_seconds")['vantage="nha"'] >= QUICK
        boxes.start_daemon()
        boxes.wait("recovered", 3, 5.0)

        boxes.daemon.signal(signal.SIGTERM)
        assert boxes.daemon.wait() == 0
        time.sleep(QUICK * RATIO)  # nothing can be waited for: it is silence that must not be paged
        assert boxes.kinds() == ["page", "recovered"] * 3
        assert not boxes.metric("canh", "bridgewatch_watchdog_up")
        boxes.watchdog.signal(signal.SIGTERM)
        assert boxes.watchdog.wait() == 0
        for said in (boxes.watchdog.output, boxes.daemon.output):
            assert "Traceback" not in said
            assert KEY not in said


@pytest.mark.root
def test_heartbeats_that_a_firewall_swallows_are_paged_and_recovery_is_told(lab, tmp_path):
    lab.host("nha")
    lab.host("canh")
    link = lab.link("nha", "canh", "192.0.2.0/24")

    def spawn(box: str, argv: list[str]) -> Process:
        return lab.popen(box, argv, env={"HEARTBEAT_KEY": KEY}, cwd=ROOT)

    gateways = HttpGateways()
    with lab.inside("canh"):
        gateways.start()
    try:
        with Boxes(tmp_path / "boxes", gateways, QUICK, dog=link.b.v4, spawn=spawn) as boxes:
            began = time.monotonic()
            drop = lab.drop("canh", "input", addresses=[link.a.v4])
            page = boxes.wait("page", 1, QUICK * RATIO + SLOW_MACHINE)
            assert page.monotonic - began > QUICK / 2
            assert lab.dropped(drop) > 0
            lab.lift(drop)
            boxes.wait("recovered", 1, 8.0)
            assert boxes.kinds() == ["page", "recovered"]
    finally:
        gateways.stop()


@pytest.mark.soak
@pytest.mark.parametrize("how", ["killed", "blocked"])
def test_with_the_true_minute_the_page_comes_within_75_seconds(tmp_path, how):
    with HttpGateways() as gateways, Boxes(tmp_path, gateways, 60.0) as boxes:
        began = boxes.kill_daemon() if how == "killed" else time.monotonic()
        if how == "blocked":
            boxes.block()
        page = boxes.wait("page", 1, 90.0)
        assert 45.0 <= page.monotonic - began <= 75.0
        if how == "killed":
            boxes.start_daemon()
        else:
            boxes.unblock()
        boxes.wait("recovered", 1, 30.0)
