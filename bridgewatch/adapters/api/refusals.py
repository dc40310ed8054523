"""What was refused, in words."""

import asyncio
from collections.abc import Collection, Sequence

from bridgewatch.adapters.api.forms import RefusedTold
from bridgewatch.core.nearest import suggesting
from bridgewatch.model.commands import Refusal
from bridgewatch.model.phrases import Words
from bridgewatch.model.words import Language
from bridgewatch.texts.answers import tell_refusal
from bridgewatch.texts.phrases.tell import tell_phrase


class RefusedError(Exception):
    """Nothing was done; `refused` says of what and why."""

    def __init__(self, refused: Sequence[RefusedTold]) -> None:
        super().__init__("; ".join(f"{one.subject}: {one.why}" for one in refused))
        self.refused = list(refused)


async def refused_told(
    subject: str,
    refusal: Refusal,
    language: Language,
    known: Collection[str] = (),
    taken_by: str | None = None,
    why: Words | None = None,
) -> RefusedTold:
    """A refusal, in words of its own or as `why`; of a name not `known`, with what may have been meant."""
    why = why or tell_refusal(refusal, language)
    if known:
        why = await asyncio.to_thread(suggesting, why, subject, known)  # the prober waits for nobody's typing
    return RefusedTold(subject=subject, code=refusal, why=tell_phrase(why, language), taken_by=taken_by)
