"""The registry and the configuration's documents speak of the same keys."""

import pytest

from bridgewatch.adapters.notify.kinds import KINDS
from bridgewatch.config.documents.gateways import GatewayDocument
from bridgewatch.model.paging import GatewayKind

_COMMON = {*GatewayDocument.model_fields, "kind"}
_DOCUMENTS = {
    document.model_fields["kind"].annotation.__args__[0]: document
    for document in GatewayDocument.__subclasses__()
}


@pytest.mark.parametrize("kind", GatewayKind)
def test_what_an_operator_can_write_is_what_the_gateway_reads(kind: GatewayKind) -> None:
    fields = {
        field.alias or name: field
        for name, field in _DOCUMENTS[kind].model_fields.items()
        if name not in _COMMON and not name.startswith(("inbound", "keyword"))
    }
    if KINDS[kind].any_secrets:
        del fields["secrets"]
    secrets = {name for name, field in fields.items() if "Secret" in f"{field.annotation}{field.metadata}"}
    required = {name: field.is_required() for name, field in fields.items()}
    assert KINDS[kind].secrets == {name: required[name] for name in secrets}
    assert KINDS[kind].settings == {name: required[name] for name in fields.keys() - secrets}
