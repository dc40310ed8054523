"""What the two networks are called: TSLCD, the leased network of the state, is the WAN in English."""

from typing import Final

from bridgewatch.model.words import Language, Network

_NETWORKS: Final[dict[str, tuple[str, str]]] = {
    Network.WAN: ("TSLCD", "WAN"),
    Network.INTERNET: ("Internet", "Internet"),
}


def tell_network(network: str, language: Language) -> str:
    """The name of a network."""
    vietnamese, english = _NETWORKS.get(network, (network, network))
    return vietnamese if language is Language.VI else english


def tell_line(network: str, carrier: str, circuit: str | None, language: Language) -> str:
    """A link without its site: `TSLCD VNPT GLI-TSLCD-0650`."""
    return " ".join(part for part in (tell_network(network, language), carrier, circuit) if part)
