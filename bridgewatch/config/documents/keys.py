"""keys.yaml: where the keys lie that two ends of a path share."""

from typing import Annotated

from pydantic import Field, PlainValidator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.reach import SecretField, parse_folder
from bridgewatch.config.scalars import Id, described
from bridgewatch.model.secret import Secret

Folder = Annotated[
    Secret,
    PlainValidator(parse_folder),
    described(["string", "object"], "a path that begins with /, or {credential: NAME}"),
]


class KeysDocument(Document):
    """keys.yaml. A key is 32 octets in hexadecimal or base64, as `openssl rand -hex 32` makes one."""

    directory: Folder | None = Field(
        default=None,
        description="a file for every key not named below; its name is the key's id",
    )
    keys: dict[Id, SecretField] = {}
