"""A province in being: its far ends, its configuration, and the daemon that watches it."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bridgewatch.model.log import AnyEntry
from bridgewatch.model.words import LinkState
from tests.chaos.daemon import Daemon, look_at_log, read_log
from tests.chaos.judge import Judge
from tests.chaos.province import FarEnds, Gateways, Province, free_port
from tests.chaos.receivers import Post

SETTLE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.2
_OUTCOMES: Final = ("lost", "late", "unreachable", "local_error")


class Stage:
    """Ends with `stack`. The state directory is `state`, by default one beside the configuration."""

    def __init__(
        self,
        directory: Path,
        province: Province,
        gateways: Gateways,
        post: Post,
        stack: ExitStack,
        state: Path | None = None,
    ) -> None:
        self.province, self.post = province, post
        self.links: Final = list(province.addresses)
        self.far: Final = stack.enter_context(FarEnds(province))
        answers_port = free_port()
        config = directory / "config"
        province.write(config, gateways, probe_port=self.far.port, answers_port=answers_port)
        self.daemon: Final = Daemon(config, state or directory / "state", answers_port, free_port())
        stack.callback(self.daemon.stop)

    def until(self, holds: Callable[[], bool], seconds: float, what: str) -> float:
        """Look until it holds; the seconds that took. AssertionError when it never does."""
        began = time.monotonic()
        while not holds():
            told = self.daemon.output[-4000:]
            assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}\n{told}"
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - began

    def until_up(self, seconds: float = 20.0) -> None:
        """Until every link is seen to answer."""

        def all_up() -> bool:
            metrics = self.daemon.metrics()
            return all(metrics.get(f"bridgewatch_link_state {link}") == LinkState.UP for link in self.links)

        self.until(all_up, seconds, "every link up")

    def not_answered(self, links: Sequence[str]) -> dict[str, float]:
        """How many probes of each of these links had another fate than an answer in time, since the start."""
        metrics = self.daemon.metrics()
        found = {}
        for link in links:
            sent = metrics[f"bridgewatch_probes_sent_total {link}"]
            assert sent > 0
            found[link] = sum(metrics[f"bridgewatch_probes_{outcome}_total {link}"] for outcome in _OUTCOMES)
        return found

    def until_settled(self) -> None:
        """Until everybody was told everything."""
        ends = time.monotonic() + SETTLE_SECONDS
        while restless := Judge().read(look_at_log(self.daemon.state)).restless:
            assert time.monotonic() < ends, f"{restless[:20]}\n{self.daemon.output[-4000:]}"
            time.sleep(2 * _POLL_SECONDS)

    def verdict(self) -> tuple[Judge, Sequence[AnyEntry]]:
        """End the daemon; the judge of the whole log, and the log."""
        self.daemon.stop()
        log = read_log(self.daemon.state)
        assert "could not be decided" not in self.daemon.said
        return Judge(self.daemon.lives).read(log), log
