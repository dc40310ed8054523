"""Enumerations as JSON has them: by name, in lower case, and back."""

from enum import IntEnum
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, PlainSerializer

from bridgewatch.model.paging import Urgency
from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState

_Enum = TypeVar("_Enum", bound=IntEnum)


def _by_name(kind: type[_Enum]) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, str) and value.upper() in kind.__members__:
            return kind[value.upper()]
        return value

    return BeforeValidator(read)


_NAME: Final = PlainSerializer(lambda value: value.name.lower(), return_type=str)
LinkStateField = Annotated[LinkState, _by_name(LinkState), _NAME]
SiteStateField = Annotated[SiteState, _by_name(SiteState), _NAME]
EgressStateField = Annotated[EgressState, _by_name(EgressState), _NAME]
ReasonField = Annotated[Reason, _by_name(Reason), _NAME]
UrgencyField = Annotated[Urgency, _by_name(Urgency), _NAME]
