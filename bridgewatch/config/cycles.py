"""Chains from site to site or link to link that must end somewhere."""

from collections.abc import Mapping
from typing import Final

from bridgewatch.config.errors import KeyPath, Problem, shorten
from bridgewatch.model.phrases import phrase

_SHOWN_CHAIN: Final = 8
_CHAIN_CHARACTERS: Final = 400


def find_cycles(next_of: Mapping[str, str | None]) -> list[tuple[str, ...]]:
    """The cycles in a graph where every node points to one other at most; each from its first member on."""
    finished: set[str] = set()
    cycles = []
    for start, following in next_of.items():
        if following is None or start in finished:
            continue
        chain: dict[str, int] = {}
        node: str | None = start
        while node is not None and node not in finished and node not in chain:
            chain[node] = len(chain)
            node = next_of.get(node)
        if node is not None and node in chain:
            cycles.append(tuple(chain)[chain[node] :])
        finished.update(chain)
    return cycles


def cycle_problem(path: KeyPath, cycle: tuple[str, ...]) -> Problem:
    """`path` is where the cycle's first member points on."""
    shown = cycle if len(cycle) <= _SHOWN_CHAIN else (*cycle[: _SHOWN_CHAIN - 1], "…")
    chain = " → ".join((*shown, cycle[0]))
    found = phrase("a cycle: {chain}", chain=shorten(chain, _CHAIN_CHARACTERS))
    return Problem(path, found, phrase("a {key} that ends", key=str(path[-1])))
