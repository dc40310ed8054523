"""The short word people answer with: four characters that cannot be misread or misheard for one another."""

from typing import Final

from bridgewatch.model.ids import IncidentId

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 and O, 1 and I
LENGTH: Final = 4
_PREFIX: Final = "INC-"
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
_COUNT: Final = len(ALPHABET) ** LENGTH
# Odd, so that the codes of as many numbers as there are codes all differ; and successive ones look different.
_STRIDE: Final = 0x9E375
_START: Final = 0x5A3C7


def code_of(number: int) -> str:
    """The code of the incident with this running number; every 1,048,576 numbers they begin anew."""
    high, low = divmod((number * _STRIDE + _START) % _COUNT, len(_PAIRS))
    return _PAIRS[low] + _PAIRS[high]


def incident_id(number: int) -> IncidentId:
    """`INC-17`."""
    return IncidentId(f"{_PREFIX}{number}")


def number_of(incident: IncidentId) -> int:
    """The running number in an id. Raises ValueError for what is none."""
    return int(incident.removeprefix(_PREFIX))
