"""Phrases are said in either language, with what their braces stand for."""

import ast
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import bridgewatch
from bridgewatch.model.mistakes import ConfigError, ConfigWarning
from bridgewatch.model.phrases import Phrase, packed, phrase, unpacked
from bridgewatch.model.words import Language, Level
from bridgewatch.texts.phrases.tell import tell_mistake, tell_phrase

_SOURCE = Path(bridgewatch.__file__).parent


def test_a_phrase_is_a_literal_where_it_is_made_and_fills_all_its_braces():
    """What is put together first is in no catalogue and stays English."""
    for call, where in _calls({"phrase"}):
        (message,) = call.args
        assert isinstance(message, ast.Constant), where
        assert _braces(message.value) == {value.arg for value in call.keywords}, where


def test_what_is_told_of_a_configuration_is_a_phrase():
    """One word may be a key or a value that reads the same in all languages; several are a sentence."""
    for call, where in _calls({"mistake", "Problem", "Remark", "ConfigError", "_Refused"}):
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
            texts = [part.value for part in parts if isinstance(part, ast.Constant)]
            assert not any(" " in text for text in texts if isinstance(text, str)), where


def _calls(names: set[str]) -> Iterator[tuple[ast.Call, str]]:
    """Every call of these functions, and where it is."""
    for file in _SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names:
                yield call, f"{file}:{call.lineno}"


def test_a_phrase_in_a_phrase_is_said_in_the_same_language():
    said = phrase("found {found}, expected {expected}", found=phrase("a list"), expected="commune")
    assert str(said) == tell_phrase(said, Language.EN) == "found a list, expected commune"
    assert tell_phrase(said, Language.VI) == "thấy một danh sách, cần commune"


def test_counts_are_grouped_as_the_language_does_and_braces_in_a_value_stay():
    said = phrase("{count} mistakes in one file", count=12_345)
    assert (tell_phrase(said, Language.EN), tell_phrase(said, Language.VI)) == (
        "12,345 mistakes in one file",
        "12.345 lỗi trong một tệp",
    )
    assert str(phrase("the key {key}", key="{key}")) == "the key {key}"
    assert tell_phrase("commune", Language.VI) == "commune"


def test_equal_phrases_are_one_whatever_their_texts_are_made_of():
    """An error of the loading child is the same to its parent, which knows nothing of the child's classes."""
    one, other = phrase("the key {key}", key=Level.COMMUNE), phrase("the key {key}", key="commune")
    assert one == other
    assert hash(one) == hash(other)
    assert type(one.values[0][1]) is str
    again = pickle.loads(pickle.dumps(one))
    assert isinstance(again, Phrase)
    assert again == one


_SENTENCES = [phrase("a list"), phrase("{count} mistakes in one file", count=3)]
_PHRASES = st.recursive(
    st.sampled_from(_SENTENCES) | st.text().map(lambda text: phrase("the key {key}", key=text)),
    lambda inner: st.builds(lambda found: phrase("the key {key}", key=found), inner),
    max_leaves=5,
)


@given(_PHRASES)
def test_a_packed_phrase_is_said_in_any_language_when_it_is_unpacked(said: Phrase) -> None:
    assert unpacked(packed(said)) == said


HOSTILE = '["{a:>99999999999}", {"a": 1}]'


@given(
    st.text()
    | st.sampled_from(["", "[]", "{}", '["a"]', '["{x}", {}]', '["{0}", {}]', '["a", {}]', "null", HOSTILE])
)
def test_text_of_others_is_unpacked_as_what_it_said_whatever_it_looks_like(text: str) -> None:
    assert str(unpacked(packed(text))) == text


@given(st.text() | st.sampled_from(["[]", '["a"]', '["{x}", {}]', '["{0}", {}]', '["a", []]']))
def test_text_that_a_log_has_and_is_no_phrase_is_said_as_it_is(text: str) -> None:
    assert unpacked(text) == text


def test_a_mistake_is_told_with_its_place():
    error = ConfigError("sites.d/a.yaml", 3, 7, "sites[0].level", "'village'", phrase("nothing"))
    assert str(error) == "sites.d/a.yaml:3:7: sites[0].level: found 'village', expected nothing"
    assert tell_mistake(error, Language.VI) == (
        "sites.d/a.yaml:3:7: sites[0].level: thấy 'village', cần bỏ trống"
    )
    warning = ConfigWarning("a.yaml", 1, 1, "", phrase("nobody"))
    assert tell_mistake(warning, Language.EN) == str(warning) == "a.yaml:1:1: nobody"
    assert tell_mistake(warning, Language.VI) == "a.yaml:1:1: không có ai"


def _braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
