"""Whether the address of a channel can be one at its gateway."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bridgewatch.config.errors import Finding, KeyPath, Problem, describe
from bridgewatch.config.named import Named
from bridgewatch.config.parse import Parsed, file_of, files_of
from bridgewatch.config.survey import mapping_of
from bridgewatch.config.tree import Node
from bridgewatch.model.paging import GatewayKind
from bridgewatch.model.phrases import Phrase, phrase

_NUMBER: Final = (re.compile(r"\+?\d{3,15}", re.ASCII), phrase("a phone number of digits alone"))
FORMS: Final = {
    GatewayKind.MAIL: (re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,253}"), phrase("a mail address")),
    GatewayKind.TELEGRAM: (
        re.compile(r"-?\d{1,20}|@\w{3,64}", re.ASCII),
        phrase("a chat id of digits, or @CHANNEL"),
    ),
    GatewayKind.ZALO_ZNS: (
        re.compile(r"(\+?84|0)\d{9,10}", re.ASCII),
        phrase("a phone number such as 0900000001"),
    ),
    GatewayKind.ESMS: _NUMBER,
    GatewayKind.STRINGEE: _NUMBER,
}
"""What the addresses look like at the kinds of gateways that have a form of their own, and its name."""

_WHOLE_URL: Final = (re.compile(r"https?://\S+"), phrase("a URL: the gateway has none of its own"))


def check_addresses(files: Mapping[str, Parsed]) -> Iterator[Finding]:
    """Findings for addresses that their gateway cannot have, as far as its kind is known."""
    declaring = file_of(files, "gateways")
    gateways = mapping_of(mapping_of(declaring.root).get("gateways"))
    unclear = declaring.unclear("gateways")
    forms = {
        name: form
        for name, gateway in gateways.items()
        if name not in unclear and (form := _form(mapping_of(gateway)))
    }
    for file, parsed in files_of(files, "contacts").items():
        for path, named, gateway in parsed.mentions:
            if named is not Named.GATEWAY or gateway not in forms:
                continue
            pattern, meaning = forms[gateway]
            address = _at(parsed.root, path[:-1]).get("to")
            if isinstance(address, str) and not pattern.fullmatch(address):
                yield Finding(file, Problem((*path[:-1], "to"), describe(address), meaning))


def _form(gateway: dict[str, Any]) -> tuple[re.Pattern[str], Phrase] | None:
    kind = gateway.get("kind")
    if kind == GatewayKind.WEBHOOK and gateway.get("url") is None:
        return _WHOLE_URL
    return next((form for known, form in FORMS.items() if known == kind), None)


def _at(root: Node, path: KeyPath) -> dict[str, Any]:
    for step in path:
        root = root[step]
    return mapping_of(root)
