"""JSON Schema of every kind of file, for editors and for naming the keys a mapping may have."""

import functools
from typing import Any, Final

from bridgewatch.config.documents.bandwidth import BandwidthDocument
from bridgewatch.config.documents.base import TAG_MARK, Document
from bridgewatch.config.documents.carriers import CarriersDocument
from bridgewatch.config.documents.contacts import ContactsDocument
from bridgewatch.config.documents.daemon import DaemonDocument
from bridgewatch.config.documents.events import EventsDocument
from bridgewatch.config.documents.gateways import GatewaysDocument
from bridgewatch.config.documents.keys import KeysDocument
from bridgewatch.config.documents.policies import PoliciesDocument
from bridgewatch.config.documents.profiles import ProfilesDocument
from bridgewatch.config.documents.rosters import RostersDocument
from bridgewatch.config.documents.sites import SitesDocument
from bridgewatch.config.documents.watchdog import WatchdogDocument
from bridgewatch.config.errors import KeyPath

KINDS: Final[dict[str, type[Document]]] = {
    "bridgewatch": DaemonDocument,
    "carriers": CarriersDocument,
    "profiles": ProfilesDocument,
    "sites": SitesDocument,
    "gateways": GatewaysDocument,
    "contacts": ContactsDocument,
    "rosters": RostersDocument,
    "policies": PoliciesDocument,
    "events": EventsDocument,
    "watchdog": WatchdogDocument,
    "bandwidth": BandwidthDocument,
    "keys": KeysDocument,
}
"""What each kind of file contains."""


@functools.cache
def schema(kind: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of file. Raises KeyError for a kind not in KINDS."""
    document = KINDS[kind].model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | document


def known_keys(kind: str, path: KeyPath) -> tuple[str, ...]:
    """The keys that the mapping at `path` may have. `path` may contain union tags, as pydantic reports it."""
    whole = schema(kind)
    node: dict[str, Any] = whole
    for part in path:
        node = _step(_resolve(node, whole), part, whole)
    return tuple(_resolve(node, whole).get("properties", ()))


def _resolve(node: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and the way past "or null"."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = whole["$defs"][node["$ref"].rpartition("/")[2]]
        else:
            node = next(branch for branch in node["anyOf"] if branch.get("type") != "null")
    return node


def _step(node: dict[str, Any], part: str | int, whole: dict[str, Any]) -> dict[str, Any]:
    if isinstance(part, int):
        return dict(node.get("items", {}))
    if part.startswith(TAG_MARK):
        branches = [_resolve(branch, whole) for branch in node.get("oneOf", ())]
        tag = part.removeprefix(TAG_MARK)
        return next((branch for branch in branches if _is_tagged(branch, tag)), {})
    if part in node.get("properties", {}):
        return dict(node["properties"][part])
    values = node.get("additionalProperties")
    patterns = node.get("patternProperties", {}).values()
    return dict(values if isinstance(values, dict) else next(iter(patterns), {}))


def _is_tagged(branch: dict[str, Any], tag: str) -> bool:
    """Whether `tag` means this branch: by a key, by its `kind`, or by the name of its type."""
    properties = branch.get("properties", {})
    kind = properties.get("kind", {}).get("const")
    return (
        tag in properties
        or kind == tag
        or branch.get("title") == f"{tag.capitalize()}Document"
        or (tag == "list" and branch.get("type") == "array")
    )
