"""The people's side of a daemon put together: decided, kept, delivered and answered."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from bridgewatch.adapters.answers.keys import KeyRing
from bridgewatch.adapters.answers.listener import LIFETIME_NS, Answers
from bridgewatch.adapters.notify.secret import read_secret
from bridgewatch.adapters.notify.sender import Notifier
from bridgewatch.adapters.store import spool, store
from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.app.desk import PagerDesk
from bridgewatch.app.pager import Pager
from bridgewatch.core.paging import Paging
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.delivery import Attempt, Text
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.people import Gateway
from bridgewatch.model.ports import Clock, StoreUnavailableError
from bridgewatch.texts.messages.compose import compose

log = logging.getLogger(__name__)

_TEND_SECONDS: Final = 1.0
_RENEW_SECONDS: Final = 3600.0


class People:
    """Everything that stands between a change of health and an answer. End it with `close`."""

    def __init__(
        self,
        inventory: Inventory,
        clock: Clock,
        state_dir: Path,
        on_orders: Callable[[Sequence[EventOrder]], None],
    ) -> None:
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "people")
        self.store: Final = SpooledStore(
            SqlStore(state_dir / store.FILE_NAME, clock), Spool(state_dir / spool.FILE_NAME, clock), clock
        )
        self.keys: Final = KeyRing(state_dir, LIFETIME_NS)
        self.notifier: Final = Notifier(state_dir, answer_url=self._answer_url)
        self.pager: Final = Pager(
            inventory,
            clock,
            self.store,
            self.notifier,
            self._compose,
            on_orders=on_orders,
            thread=self._thread,
        )
        self.desk: Final = PagerDesk(self.pager, self.store, clock)
        self.answers: Final = Answers(self.desk, self.keys, read_secret)

    async def start(self) -> None:
        """Take up what the log says; where that cannot be read yet, `pager.run` does as soon as it can be.

        Raises StoreTooNewError, KeysError, and OSError where the disk refuses.
        """
        self.keys.open(self._clock.wall_ns())
        try:
            await self.pager.start()
        except StoreUnavailableError as error:
            log.critical("nobody is paged until the store can be read: %s", error)

    async def tend(self) -> None:
        """Bring what lies in the spool into the store as soon as that works again, until cancelled."""
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            if self.store.degraded is not None:
                await asyncio.get_running_loop().run_in_executor(self._thread, self.store.reconcile)

    async def renew_keys(self) -> None:
        """Rotate the keys of links by age, until cancelled. Raises OSError where the disk refuses."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            self.keys.refresh(self._clock.wall_ns())

    def rotate_keys(self, forget: bool) -> int:
        """Sign links with a new key, `forget` the others; how many keys verify from now on."""
        self.keys.rotate(self._clock.wall_ns(), forget=forget)
        return len(self.keys.keys().secrets)

    async def close(self) -> None:
        """Let go of the files. What is on its way out is tried again at the next start."""
        with contextlib.suppress(RuntimeError):
            await asyncio.get_running_loop().run_in_executor(self._thread, self.store.close)
        self._thread.shutdown(wait=False)

    def _compose(self, paging: Paging, attempt: Attempt, gateway: Gateway, now_ns: int) -> Text:
        brief = paging.brief(attempt, now_ns)
        return compose(replace(brief, link=self.answers.link(attempt)), gateway.form)

    def _answer_url(self, attempt: Attempt) -> str | None:
        return self.answers.key_press_url(attempt)
