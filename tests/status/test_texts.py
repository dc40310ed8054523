"""Every state and reason can be told in both languages, and told apart without colours."""

import dataclasses
import unicodedata

import pytest
from rich.cells import cell_len

from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteState
from bridgewatch.texts.labels import labels
from bridgewatch.texts.story import story_words
from bridgewatch.texts.symbols import symbol
from bridgewatch.texts.words import tell

STATES = (LinkState, SiteState, EgressState)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", [*STATES, Reason])
def test_every_code_has_a_text_of_its_own_in_each_language(kind, language: Language) -> None:
    texts = [tell(code, language) for code in kind]
    assert len(set(texts)) == len(texts)
    assert all(text or code == Reason.NONE for text, code in zip(texts, kind, strict=True))
    assert all(unicodedata.is_normalized("NFC", text) for text in texts)


def test_codes_of_different_kinds_with_one_number_are_told_apart() -> None:
    assert tell(LinkState.UP) == "up"
    assert tell(SiteState.OK) == "ok"
    assert tell(Reason.ANSWERED) == "it answers"


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("kind", STATES)
def test_states_differ_in_shape_and_take_one_column(kind, plain: bool) -> None:
    shapes = [symbol(state, plain=plain) for state in kind]
    assert len(set(shapes)) == len(shapes)
    assert all(cell_len(shape) == 1 for shape in shapes)
    assert all(shape.isascii() for shape in shapes) or not plain


@pytest.mark.parametrize("words", [labels, story_words])
def test_both_languages_fill_in_the_same_things(words) -> None:
    vi, en = (dataclasses.asdict(words(language)) for language in Language)
    for key in vi:
        assert vi[key], key
        assert _braces(vi[key]) == _braces(en[key]), key


def _braces(text: str) -> list[str]:
    return sorted(part.split("}")[0] for part in text.split("{")[1:])
