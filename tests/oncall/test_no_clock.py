"""Time is an argument: no room of the core asks what time it is."""

import re
from pathlib import Path

import pytest

import bridgewatch.core

CORE = Path(bridgewatch.core.__path__[0])
ASKS = re.compile(
    r"\b(?:datetime|date)\s*\.\s*(?:now|today|utcnow)\b|\.(?:now|today|utcnow|localtime|gmtime)\s*\(|\btime\.time"
    r"|\bmonotonic\s*\(|\.fromtimestamp\([^,()]*\)|\.astimezone\(\s*\)"
)


def test_the_pattern_finds_those_who_ask() -> None:
    for text in (
        "datetime.now(UTC)",
        "date.today()",
        "dt.datetime.utcnow()",
        "time.time_ns()",
        "d.fromtimestamp(x)",
        "moment.astimezone()",
    ):
        assert ASKS.search(text), text


@pytest.mark.parametrize("file", sorted(CORE.rglob("*.py")), ids=lambda file: str(file.relative_to(CORE)))
def test_nobody_in_the_core_asks(file: Path) -> None:
    assert ASKS.findall(file.read_text(encoding="utf-8")) == []
