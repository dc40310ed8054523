"""Enumerations as JSON has them: by name, in lower case, and back."""

from enum import IntEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer

from bridgewatch.model.bandwidth import AgentState, CapacityState, NeedState, UseState
from bridgewatch.model.paging import Phase, Urgency
from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState
from bridgewatch.views.shortfalls import Shortfall


def _by_name(*kinds: type[IntEnum]) -> BeforeValidator:
    """Of several kinds the first that has the name."""

    def read(value: object) -> object:
        named = value.upper() if isinstance(value, str) else ""
        return next((kind[named] for kind in kinds if named in kind.__members__), value)

    return BeforeValidator(read)


_NAME: Final = PlainSerializer(lambda value: value.name.lower(), return_type=str)
LinkStateField = Annotated[LinkState, _by_name(LinkState), _NAME]
SiteStateField = Annotated[SiteState, _by_name(SiteState), _NAME]
EgressStateField = Annotated[EgressState, _by_name(EgressState), _NAME]
ReasonField = Annotated[Reason, _by_name(Reason), _NAME]
AgentStateField = Annotated[AgentState, _by_name(AgentState), _NAME]
ShortfallField = Annotated[Shortfall, _by_name(UseState, CapacityState, NeedState), _NAME]
UrgencyField = Annotated[Urgency, _by_name(Urgency), _NAME]
PhaseField = Annotated[Phase, _by_name(Phase), _NAME]
