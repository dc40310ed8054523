"""Gateways that refuse, hang, fail once and lose their token: each recovers, and nobody else waits for it."""

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from bridgewatch.model.log import AnyEntry, Called, Composed
from tests.chaos.province import Gateways, Province
from tests.chaos.receivers import Letter, Mails, Manner, Post, Webhooks
from tests.chaos.stage import Stage
from tests.notify.gateways import HttpGateways
from tests.notify.gateways.http import ZALO_APP
from tests.notify.orders import set_secrets

OTHERS_SECONDS: Final = 1.0
REFUSED_SECONDS: Final = 4.0  # how long the mail server is away
_NS: Final = 1_000_000_000
MAIL, HANGING, FAILING, ZALO = "dn-0-truc", "dn-1-truc", "dn-2-truc", "dn-3-truc"
WELL: Final = ("dn-4-truc", "dn-5-truc")
"""Whose only channel is a good one; as of all who are called after them."""


class Far:
    """All gateways: well at first."""

    def __init__(self, stack: ExitStack, timeout: float) -> None:
        self.post = Post()
        self.hanging = False
        self.fails = 0  # requests still to be answered with 500
        self._timeout = timeout
        self.mail = stack.enter_context(Mails(self.post, lambda: False))
        self.hangs = stack.enter_context(Webhooks(self.post, self._manner_of_hanging))
        self.moody = stack.enter_context(Webhooks(self.post, self._manner_of_failing))
        self.good = stack.enter_context(Webhooks(self.post))
        self.zalo = stack.enter_context(HttpGateways())

    def _manner_of_hanging(self) -> Manner:
        return Manner.HANGING if self.hanging else Manner.GOOD

    def _manner_of_failing(self) -> Manner:
        if not self.fails:
            return Manner.GOOD
        self.fails -= 1
        return Manner.FAILING

    def configured(self) -> Gateways:
        """As gateways.yaml and contacts.yaml have them."""
        hook = {"kind": "webhook", "form": "long", "answers": ["link"], "timeout": f"{self._timeout}s"}
        smtp = {
            "kind": "mail",
            "host": "127.0.0.1",
            "port": self.mail.port,
            "tls": "none",
            "from": "a@example.org",
        }
        zalo = {"kind": "zalo-oa", "app_id": ZALO_APP, "url": self.zalo.url, "oauth_url": self.zalo.url}
        secrets = {"secret_key": {"env": "ZALO_APP_SECRET"}, "refresh_token": {"env": "ZALO_SEED"}}
        named = {"good": self.good, "hangs": self.hangs, "moody": self.moody}
        return Gateways(
            {
                **{name: {**hook, "url": f"{far.url}/hook/{{address}}"} for name, far in named.items()},
                "mail": smtp,
                "zalo": {**zalo, **secrets},
            },
            {
                MAIL: [("mail", f"{MAIL}@example.org")],
                HANGING: [("hangs", HANGING), ("good", HANGING)],
                FAILING: [("moody", FAILING)],
                ZALO: [("zalo", ZALO)],
            },
            usual=("good",),
        )

    def break_down(self) -> None:
        """From now on nothing is well."""
        self.mail.stop()
        self.hanging, self.fails = True, 1
        self.zalo.access_token = "another"


def cut_and_wait(
    stage: Stage, far: Far, links: Sequence[str], seconds: float, contacts: Sequence[str]
) -> dict[str, float]:
    """Cut links for so long; how long after it each of these contacts got the first page."""
    now, since_ns = time.monotonic(), time.time_ns()
    for link in links:
        stage.far.cut(link, now, now + seconds)

    def took() -> dict[str, float]:
        pages = [one for one in far.post.letters if one.kind == "page" and one.wall_ns >= since_ns]
        return {one.contact: (one.wall_ns - since_ns) / _NS for one in reversed(pages)}

    stage.until(lambda: took().keys() >= set(contacts), seconds, f"pages for {contacts}")
    return {contact: round(took()[contact], 2) for contact in contacts}


def delays(log: Sequence[AnyEntry], letters: Sequence[Letter], but: Sequence[str]) -> list[float]:
    """From each call of contacts but these to the page at a gateway, in seconds."""
    taken = {letter.message: letter.wall_ns for letter in reversed(letters)}
    called: dict[tuple[str, str], int] = {}
    found = []
    for entry in log:
        if isinstance(entry, Called) and entry.contact not in but:
            called.setdefault((entry.contact, entry.incident), entry.at_ns)
        elif isinstance(entry, Composed) and entry.kind == "page":
            waited = [called.pop((entry.contact, name), None) for name in entry.incidents]
            if entry.message in taken:  # not taken back before it left
                found += [(taken[entry.message] - at_ns) / _NS for at_ns in waited if at_ns is not None]
    return found


def check_gateways(directory: Path, timeout: float, hangs: float) -> None:
    """A round with all well, and one with nothing well. `timeout` of webhooks, one of which hangs so long."""
    began = time.monotonic()
    with ExitStack() as stack:
        far = Far(stack, timeout)
        province = Province(7, timing={"group": "0s"})
        stage = Stage(directory, province, far.configured(), far.post, stack)
        cut = [stage.links[3 * number] for number in range(6)]
        whole = [link for link in stage.links if link not in cut]
        stage.daemon.start()
        stage.until_up()
        everybody = (MAIL, HANGING, FAILING, *WELL)
        well = cut_and_wait(stage, far, cut, 4.0, everybody)
        stage.until_up()

        far.break_down()
        told = len(far.zalo.accepted("zalo-oa"))
        back = threading.Timer(REFUSED_SECONDS, far.mail.start)
        back.start()
        stack.callback(back.cancel)
        lasts = max(hangs, timeout + 12.0)
        ends = time.monotonic() + lasts
        ill = cut_and_wait(stage, far, cut, lasts, everybody)
        back.join()
        assert len(far.zalo.accepted("zalo-oa")) > told
        failed = stage.daemon.metrics()
        time.sleep(max(0.0, ends - time.monotonic()))
        far.hanging = False
        far.hangs.release()
        stage.until_settled()
        assert stage.not_answered(whole) == dict.fromkeys(whole, 0)
        assert all(stage.not_answered(cut).values())
        judge, log = stage.verdict()

    judge.check_letters(far.post.letters, [], but="zalo")
    for gateway in ("mail", "hangs", "moody"):
        assert failed[f'bridgewatch_notifications_total{{channel="{gateway}",outcome="failed"}}'] > 0
    assert ill[MAIL] <= REFUSED_SECONDS + 6.0, "mail is tried again until the server is back"
    assert timeout <= ill[HANGING] <= timeout + 3.0, "the next channel follows at the time limit"
    assert ill[FAILING] <= 5.0, "tried again after a short pause"
    assert far.zalo.refreshes == 2, "an expired token is refreshed, once"
    others = delays(log, far.post.letters, (MAIL, HANGING, FAILING, ZALO))
    assert len(others) > len(WELL)
    assert max(others) <= OTHERS_SECONDS
    print(  # noqa: T201 - the figures
        f"seconds from the cut to the first page, all well: {well}; nothing well: {ill}; {len(others)} pages of "
        f"others, the worst {max(others):.2f} s after the call; {time.monotonic() - began:.0f} s in all"
    )


def test_a_gateway_that_fails_recovers_and_keeps_nobody_else_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secrets(monkeypatch)
    check_gateways(tmp_path, timeout=2.0, hangs=6.0)


@pytest.mark.soak
def test_a_webhook_that_hangs_for_a_minute_keeps_nobody_else_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secrets(monkeypatch)
    check_gateways(tmp_path, timeout=10.0, hangs=60.0)
