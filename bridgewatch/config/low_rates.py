"""Rates that are so low that a letter is probably missing: `20` is 20 bit/s, and hardly what was sold."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bridgewatch.config.documents.bandwidth import BandwidthDocument
from bridgewatch.config.errors import KeyPath, Remark
from bridgewatch.config.parse import Parsed, files_of
from bridgewatch.config.plan import Segment
from bridgewatch.config.repeats import first_of_many
from bridgewatch.config.survey import Survey
from bridgewatch.model.bandwidth import Contract
from bridgewatch.model.phrases import Phrase, phrase

LOWEST: Final = 64_000
"""bit/s that no link sold is below: one voice channel."""

_THOUSAND: Final = 1_000


def low_rate_warnings(
    files: Mapping[str, Parsed], segments: Iterable[Segment], surveys: Mapping[str, Survey]
) -> Iterator[Remark]:
    """Of contracts, and of the rates in the file of bandwidth. `files` and `surveys` by name."""
    low = {
        str(link.id): link.contract
        for segment in segments
        for link in segment.links
        if link.contract is not None and min(link.contract.down, link.contract.up) < LOWEST
    }
    found = []
    for file, survey in surveys.items() if low else ():
        for link in survey.links:
            contract = low.get(link.id)
            if contract is not None:
                key, rate = _lower(contract)
                found.append(Remark(file, (*link.path, "contract", key), _told(rate)))
    yield from first_of_many(found)
    for file, parsed in files_of(files, "bandwidth").items():
        if isinstance(parsed.document, BandwidthDocument):
            for path, rate in _rates(parsed.document):
                if rate < LOWEST:
                    yield Remark(file, path, _told(rate))


def meant_by(rate: int) -> str:
    """What somebody meant who wrote `rate` without a letter or in kbit/s: `20M` by 20 and by 20000."""
    return f"{rate}M" if rate < _THOUSAND else f"{rate / _THOUSAND:g}M"


def _lower(contract: Contract) -> tuple[str, int]:
    return ("down", contract.down) if contract.down < LOWEST else ("up", contract.up)


def _rates(document: BandwidthDocument) -> Iterator[tuple[KeyPath, int]]:
    for key in ("sd", "hd", "fullhd"):
        rate = getattr(document.rooms, key)
        if rate is not None:
            yield ("rooms", key), rate
    if document.tests.rate is not None:
        yield ("tests", "rate"), document.tests.rate
    for egress, rate in document.egress_rate.items():
        yield ("egress_rate", egress), rate


def _told(rate: int) -> Phrase:
    return phrase(
        "{rate} bit/s is less than one call needs: was {meant} meant?", rate=rate, meant=meant_by(rate)
    )
