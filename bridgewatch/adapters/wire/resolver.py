"""Follows the addresses of names without ever holding up a tick.

A name that stops resolving keeps its last address; one that never resolved has none, and its reason is told.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import aiodns

from bridgewatch.model.words import Family

log = logging.getLogger(__name__)

MIN_REFRESH: Final = 30.0
MAX_REFRESH: Final = 300.0
_RETRY: Final = 5.0
_TIMEOUT: Final = 5.0
_AT_ONCE: Final = 32
_SOCKET_FAMILY: Final = {Family.V4: socket.AF_INET, Family.V6: socket.AF_INET6}

Name = tuple[str, Family]
Lookup = Callable[[str, Family], Awaitable[tuple[str, float]]]  # numeric address, seconds it may be kept


def is_numeric(host: str) -> bool:
    """Whether `host` is an address already."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return False


class DnsLookup:
    """Looks names up with c-ares, hosts file included. Raises OSError when there is no address."""

    def __init__(self) -> None:
        self._resolver = aiodns.DNSResolver(timeout=_TIMEOUT, tries=2)

    async def __call__(self, host: str, family: Family) -> tuple[str, float]:
        """The lowest of the addresses, so that round-robin answers do not move a path about."""
        try:
            found = await self._resolver.getaddrinfo(host, _SOCKET_FAMILY[family], type=socket.SOCK_DGRAM)
        except aiodns.error.DNSError as error:
            raise OSError(str(error.args[-1])) from error
        addresses = {_text(node.addr[0]): float(node.ttl) for node in found.nodes}
        if not addresses:
            raise OSError("no address of that family")
        lowest = min(addresses, key=ipaddress.ip_address)
        return lowest, addresses[lowest]


def _text(address: bytes | str) -> str:
    return address.decode() if isinstance(address, bytes) else address


class Resolver:
    """One task per name, at most 32 look-ups at once; `on_address` and `on_failure` are told of changes."""

    def __init__(
        self,
        lookup: Lookup,
        on_address: Callable[[str, Family, str], None],
        on_failure: Callable[[str, Family, str], None],
    ) -> None:
        self._lookup = lookup
        self._on_address = on_address
        self._on_failure = on_failure
        self._tasks: dict[Name, asyncio.Task[None]] = {}
        self._last: dict[Name, str] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def follow(self, names: set[Name]) -> None:
        """Follow exactly those names from now on."""
        for name in self._tasks.keys() - names:
            self._tasks.pop(name).cancel()
            self._last.pop(name, None)
        for name in names - self._tasks.keys():
            self._tasks[name] = asyncio.create_task(self._follow(name), name=f"resolve {name[0]}")

    def address(self, host: str, family: Family) -> str | None:
        """The last address of a name, None if it never had one."""
        return self._last.get((host, family))

    async def _follow(self, name: Name) -> None:
        host, family = name
        failing = False
        while True:
            try:
                async with self._turn:
                    address, keep = await asyncio.wait_for(self._lookup(host, family), 2 * _TIMEOUT)
            except OSError as error:
                if not failing:
                    log.warning("%s does not resolve: %s", host, error)
                    self._on_failure(host, family, str(error))
                failing = True
                await asyncio.sleep(_RETRY)
                continue
            if failing:
                log.info("%s resolves again: %s", host, address)
                failing = False
            if self._last.get(name) != address:
                self._last[name] = address
                self._on_address(host, family, address)
            await asyncio.sleep(min(max(keep, MIN_REFRESH), MAX_REFRESH))

    async def close(self) -> None:
        """Stop following."""
        tasks = list(self._tasks.values())
        self.follow(set())
        await asyncio.gather(*tasks, return_exceptions=True)
