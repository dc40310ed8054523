"""The words about heartbeats, in both languages; `str.format` fills in braces."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class WatchdogWords:
    """One language."""

    watchdog: str
    well: str
    waiting: str
    stopped: str
    heard: str
    never_heard: str
    silence: str
    live: str
    outbox: str
    store_failing: str
    all_well: str
    ill: str
    unknown: str
    watchdogs: str
    accepted: str
    not_accepted: str
    not_yet: str


_WORDS: Final = {
    Language.VI: WatchdogWords(
        watchdog="người canh",
        well="hoạt động tốt",
        waiting="đang chờ tín hiệu đầu tiên",
        stopped="báo tạm dừng",
        heard="tín hiệu cuối cách đây {}",
        never_heard="chưa có tín hiệu, đã chờ {}",
        silence="báo sau {} im lặng",
        live="đang diễn ra: {}",
        outbox="{} tin chưa gửi được",
        store_failing="kho dữ liệu hỏng",
        all_well="mọi hệ thống giám sát đều hoạt động",
        ill="hệ thống giám sát có sự cố: {}",
        unknown="chưa biết",
        watchdogs="Người canh",
        accepted="đã nhận tín hiệu cách đây {}",
        not_accepted="KHÔNG nhận tín hiệu: {}",
        not_yet="chưa gửi tín hiệu nào",
    ),
    Language.EN: WatchdogWords(
        watchdog="watchdog",
        well="well",
        waiting="waiting for its first heartbeat",
        stopped="it said that it stops",
        heard="last heard {} ago",
        never_heard="not heard, awaited for {}",
        silence="pages after {} of silence",
        live="live: {}",
        outbox="{} undelivered",
        store_failing="its store fails",
        all_well="every daemon is well",
        ill="daemons in trouble: {}",
        unknown="not known yet",
        watchdogs="Watchdog",
        accepted="accepted a heartbeat {} ago",
        not_accepted="does NOT accept heartbeats: {}",
        not_yet="no heartbeat sent yet",
    ),
}


def watchdog_words(language: Language) -> WatchdogWords:
    """The words of one language."""
    return _WORDS[language]
