"""The sender: every attempt in a thread of our own, within its gateway's time limit."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.attempt import carry_out
from bridgewatch.adapters.notify.crew import IN_ALL, PER_GATEWAY, BusyError, Crew, CrowdedError, Load, Rank
from bridgewatch.adapters.notify.ear import quieten
from bridgewatch.adapters.notify.kind import load_plugins
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.ids import GatewayId
from bridgewatch.model.paging import ASKING
from bridgewatch.model.people import Gateway

log = logging.getLogger(__name__)

AnswerUrl = Callable[[Attempt], str | None]
"""Where a key pressed in the call of an attempt is to be reported; None where phones cannot answer by key."""


class Notifier:
    """`model.ports.Sender` through Apprise. `state` is where gateways keep tokens, None for nowhere."""

    def __init__(
        self,
        state: Path | None = None,
        *,
        answer_url: AnswerUrl | None = None,
        per_gateway: int = PER_GATEWAY,
        in_all: int = IN_ALL,
    ) -> None:
        quieten()
        load_plugins()
        self._state = state
        self._answer_url = answer_url
        self._crew = Crew(per_gateway, in_all)

    async def send(self, attempt: Attempt, gateway: Gateway, text: Text) -> Result:
        """Try once, within the gateway's time limit. Never raises: what fails is said in the result."""
        try:
            url = self._answer_url(attempt) if self._answer_url is not None else None
            work = partial(carry_out, attempt, gateway, text, state=self._state, answer_url=url)
            return await self._crew.run(gateway.id, work, gateway.timeout, _rank(attempt))
        except CrowdedError:
            return judge.crowded(f"more messages wait for it than it takes within {gateway.timeout:g} s")
        except BusyError:
            return judge.passing("no thread was free: earlier attempts at this gateway hang")
        except TimeoutError:
            return judge.passing(f"no answer within {gateway.timeout:g} s")
        except Exception:
            log.exception("gateway %s: an attempt could not be made", gateway.id)
            return judge.passing("the attempt could not be made")

    def load(self) -> Mapping[GatewayId, Load]:
        """Threads at each gateway now, for the metrics: running, and stuck past their time limit."""
        return self._crew.load()


def _rank(attempt: Attempt) -> Rank:
    """Questions before news, then the more urgent."""
    return int(attempt.kind not in ASKING), -attempt.urgency
