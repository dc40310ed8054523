"""What every document has: a closed set of keys."""

from typing import Final

from pydantic import BaseModel, ConfigDict

TAG_MARK: Final = "~"
"""Begins the union tags below, so that an error's path can be told from the file's own keys."""


class Document(BaseModel):
    """A mapping with a closed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)
