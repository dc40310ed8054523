"""carriers.yaml: whose circuits are watched."""

from bridgewatch.config.documents.base import Document
from bridgewatch.config.scalars import Id, Text


class CarrierDocument(Document):
    """A telecom company."""

    name: Text


class CarriersDocument(Document):
    """carriers.yaml."""

    carriers: dict[Id, CarrierDocument] = {}
