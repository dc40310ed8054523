"""Says when refusing calls of one kind begins and when it is over, not every time it happens."""

import logging
from collections.abc import Mapping
from typing import Final

from bridgewatch.core.dialin.sessions import Refusal
from bridgewatch.model.ids import KeyId

log = logging.getLogger(__name__)

_QUIET_NS: Final = 60 * 10**9
_TEXTS: Final[Mapping[Refusal, str]] = {
    Refusal.MALFORMED: "packets that are no words of dial-in",
    Refusal.UNKNOWN_KEY: "calls with keys that no link has",
    Refusal.BAD_SEAL: "packets that their key did not seal",
    Refusal.BAD_COOKIE: "calls from elsewhere than was asked, or too late",
    Refusal.REPLAYED: "packets that came before",
    Refusal.UNKNOWN_SESSION: "words of calls that are over",
    Refusal.TOO_MANY: "calls beyond what can be looked at",
}


class RefusedCalls:
    """Follows the counts of refusals, cumulative."""

    def __init__(self) -> None:
        self._seen: dict[Refusal, int] = {}
        self._began: dict[Refusal, tuple[int, int]] = {}  # count before it began, when it last grew

    def look(self, counts: Mapping[Refusal, int], key: KeyId | None, now: int) -> None:
        """Log what changed. `key` is that of the last packet which its key did not seal."""
        for why, text in _TEXTS.items():
            count = counts[why]
            spell = self._began.get(why)
            if count > self._seen.get(why, 0):
                if spell is None:
                    of = f", the last with the name of {key}" if why is Refusal.BAD_SEAL and key else ""
                    log.warning("dial-in: refusing %s%s", text, of)
                self._began[why] = (self._seen.get(why, 0) if spell is None else spell[0], now)
            elif spell is not None and now - spell[1] >= _QUIET_NS:
                del self._began[why]
                log.info("dial-in: no more %s: %d refused", text, count - spell[0])
            self._seen[why] = count
