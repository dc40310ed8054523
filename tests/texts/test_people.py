import pytest

from bridgewatch.model.paging import (
    AckWay,
    Audience,
    FaultKind,
    GatewayKind,
    MessageKind,
    Phase,
    Role,
    Urgency,
    Why,
)
from bridgewatch.model.words import Language
from bridgewatch.texts.people import PeopleWord, tell_people

_WORDS = [
    word
    for kind in (FaultKind, Urgency, Why, Phase, Role, Audience, AckWay, MessageKind, GatewayKind)
    for word in kind
]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("word", _WORDS, ids=lambda word: f"{type(word).__name__}.{word.name}")
def test_every_word_reads_in_every_language(word: PeopleWord, language: Language) -> None:
    said = tell_people(word, language)
    assert said == said.strip()
    assert said
    assert not said.endswith(".")


def test_words_that_share_a_value_are_told_apart() -> None:
    assert tell_people(Role.ROOM) != tell_people(Audience.ROOM)
    assert tell_people(Phase.WAVE) != tell_people(Urgency.OWN)
