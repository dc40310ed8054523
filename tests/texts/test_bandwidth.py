"""The words of bandwidth are complete in both languages, and figures read as people write them."""

import pytest

from bridgewatch.model.bandwidth import (
    CapacityState,
    Direction,
    Hindrance,
    Method,
    NeedState,
    ThroughputEnd,
    UseState,
)
from bridgewatch.model.words import Language
from bridgewatch.texts.bandwidth import rate, size, tell_bandwidth

KINDS = (Hindrance, ThroughputEnd, Method, Direction, UseState, CapacityState, NeedState)
WORDS = [word for kind in KINDS for word in kind]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("word", WORDS, ids=str)
def test_every_word_reads_in_every_language(word, language):
    assert tell_bandwidth(word, language).strip()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", KINDS)
def test_no_two_words_of_a_kind_read_alike(kind, language):
    assert len({tell_bandwidth(word, language) for word in kind}) == len(kind)


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (19_120_000, "19,1 Mbit/s", "19.1 Mbit/s"),
        (512_000, "512 kbit/s", "512 kbit/s"),
        (1_000_000_000, "1 Gbit/s", "1 Gbit/s"),
        (2_345_000, "2,35 Mbit/s", "2.35 Mbit/s"),
        (0, "0 bit/s", "0 bit/s"),
        (999, "999 bit/s", "999 bit/s"),
    ],
)
def test_rates_keep_three_digits(value, vietnamese, english):
    assert rate(value, Language.VI) == vietnamese
    assert rate(value, Language.EN) == english


def test_sizes_are_powers_of_a_thousand():
    assert size(1_600_000_000, Language.VI) == "1,6 GB"
    assert size(25_000, Language.EN) == "25 kB"
