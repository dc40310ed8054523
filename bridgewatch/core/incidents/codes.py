"""The short word people answer with: four characters that cannot be misread or misheard for one another."""

from typing import Final

from bridgewatch.model.ids import IncidentId

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 and O, 1 and I
LENGTH: Final = 4
_PREFIX: Final = "INC-"
_COUNT: Final = len(ALPHABET) ** LENGTH
# Odd, so that the codes of as many numbers as there are codes all differ; and successive ones look different.
_STRIDE: Final = 0x9E375
_START: Final = 0x5A3C7


def code_of(number: int) -> str:
    """The code of the incident with this running number; every 1,048,576 numbers they begin anew."""
    value = (number * _STRIDE + _START) % _COUNT
    characters = []
    for _ in range(LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(characters)


def incident_id(number: int) -> IncidentId:
    """`INC-17`."""
    return IncidentId(f"{_PREFIX}{number}")


def number_of(incident: IncidentId) -> int:
    """The running number in an id. Raises ValueError for what is none."""
    return int(incident.removeprefix(_PREFIX))
