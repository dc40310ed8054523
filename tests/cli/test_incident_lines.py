"""What the list of incidents says of their steps, their one link and what is only suspected."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridgewatch.model.ids import IncidentId
from bridgewatch.model.paging import FaultKind, PastIncident
from tests.answers.desk import NOW_NS, ONE
from tests.cli.daemon import bridgewatch, daemon

HOUR_NS = 3600 * 10**9


@pytest.mark.parametrize(
    ("language", "step", "again"),
    [("vi", "bước 4 lúc ", "gọi lại bước 4 lúc "), ("en", "step 4 at ", "step 4 again at ")],
)
def test_a_repeat_of_the_last_step_is_called_that(
    tmp_path: Path, language: str, step: str, again: str
) -> None:
    with daemon(tmp_path) as desk:
        for number, words in ((2, step), (3, again), (4, again)):
            desk.standings[ONE] = replace(desk.standings[ONE], step=number, steps=4)
            for command in (("incidents",), ("explain", "K7P")):
                text = " ".join(bridgewatch(tmp_path, *command, "--language", language)[1].split())
                assert words in text
                assert not any(f"{word} {n}" in text for word in ("bước", "step") for n in (5, 6))


@pytest.mark.parametrize(("language", "network"), [("vi", "TSLCD"), ("en", "WAN")])
def test_the_one_link_of_an_incident_is_named_with_its_carrier(
    tmp_path: Path, language: str, network: str
) -> None:
    line = f"{network} VNPT GLI-TSLCD-0650 (gialai-iape/wan)"
    with daemon(tmp_path) as desk:
        for command in (("incidents",), ("explain", "K7P")):
            assert line in bridgewatch(tmp_path, *command, "--language", language)[1]
        for name, standing in desk.standings.items():
            desk.standings[name] = replace(standing, told=replace(standing.told, links_total=7))
        assert line not in bridgewatch(tmp_path, "incidents", "--language", language)[1]


@pytest.mark.parametrize(("language", "word"), [("vi", "(nghi ngờ)"), ("en", "(suspected)")])
def test_an_outage_of_the_past_that_was_inferred_says_so(tmp_path: Path, language: str, word: str) -> None:
    began_ns = NOW_NS - 24 * HOUR_NS
    kinds = {FaultKind.AREA: "vnpt@gialai", FaultKind.LINK: "gialai-iape/wan"}
    with daemon(tmp_path) as desk:
        desk.log = [
            PastIncident(
                IncidentId(f"i-{kind}"), "C1", kind, subject, began_ns, began_ns, began_ns + 1, None, None
            )
            for kind, subject in kinds.items()
        ]
        text = bridgewatch(tmp_path, "incidents", "--since", "2026-11-01", "--language", language)[1]
    assert text.count(word) == 1
