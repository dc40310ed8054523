"""What happens in the province, and when: a pure function of how long the demo lasts.

Some times do not scale. Loss and jitter are raised on evidence of three windows of 5 s and cleared on five,
so they begin at once and, if there is time to see them clear, end early. An outage leaves time for a page, a
step without an answer and an acknowledgement, and stays below 9 s: the losses of a longer one would be
evidence, and the link would rightly come back as degraded first.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bridgewatch.app.demo.cast import VIETTEL_STEPS, VNPT_STEPS
from bridgewatch.app.demo.lines import Weather
from bridgewatch.app.demo.province import HANDOVER, Province
from bridgewatch.model.ids import ContactId
from bridgewatch.model.paging import FaultKind
from bridgewatch.model.words import Language, LinkState, Reason

SHORTEST: Final = 20.0
DEFAULT: Final = 60.0
_QUALITY_RAISED: Final = 19.0  # seconds in which loss or jitter is certainly raised
_QUALITY_CLEARED: Final = 38.0  # and cleared
_OUTAGE_CLEARED: Final = 3.0
_UNHURRIED: Final = 30.0
_LONGEST_OUTAGE: Final = 7.5
_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Paged:
    """The incident that an act must become, and who is called for it step by step until somebody has it."""

    kind: FaultKind
    subject: str
    steps: tuple[frozenset[ContactId], ...]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that goes wrong, from `start` to `end` seconds of the script.

    `states` are those a link may enter because of it, `verdict` the one it must; `reasons` the right ones.
    It must be over `clears` seconds after its end. `paged` None: nobody is paged for it.
    """

    key: str
    links: tuple[str, ...]
    start: float
    end: float
    verdict: LinkState
    reasons: frozenset[Reason]
    clears: float
    begins: Mapping[Language, str]
    ends: Mapping[Language, str]
    change: Mapping[str, int | bool] = field(default_factory=dict)
    paged: Paged | None = None

    def weather(self, usual: Weather) -> Weather:
        """A line's weather while this lasts."""
        return Weather(**(asdict(usual) | dict(self.change)))


@dataclass(frozen=True, slots=True)
class Script:
    """All acts of a demo of `duration` seconds over a province of `usual` weather by address."""

    duration: float
    acts: tuple[Act, ...]
    usual: Mapping[str, Weather]


def make_script(province: Province, duration: float) -> Script:
    """The script for at least SHORTEST seconds."""
    start = 0.5 if duration < _UNHURRIED else 2.0
    quality_end = start + _QUALITY_RAISED
    if quality_end + _QUALITY_CLEARED > duration:
        quality_end = duration  # no time to see it clear: it lasts to the end
    outage = min(0.375 * duration, _LONGEST_OUTAGE)
    return Script(
        duration,
        (
            _lossy(province, start, quality_end),
            _jittery(province, start, quality_end),
            _cut(province, 0.08 * duration, outage),
            _handover(province, 0.46 * duration, outage),
        ),
        _usual_weather(province),
    )


def plan(script: Script, province: Province, start_ns: int) -> dict[str, Any]:
    """The script as the far end follows it: spells by address, in monotonic ns of this host."""
    spells = [
        {
            "address": address,
            "from_ns": start_ns + round(act.start * 1e9),
            "to_ns": start_ns + round(act.end * 1e9),
            "weather": asdict(act.weather(script.usual[address])),
        }
        for act in script.acts
        for address in (province.links[link].address for link in act.links)
    ]
    return {"spells": spells}


def _usual_weather(province: Province) -> dict[str, Weather]:
    """Between 2 and 20 ms there and back, the same in every demo."""
    usual = {address: Weather(200_000, 200_000) for address in province.references}
    for number, link in enumerate(province.links.values()):
        one_way = (1 + number * 7 % 10) * _MS
        usual[link.address] = Weather(one_way, one_way)
    return usual


def _lossy(province: Province, start: float, end: float) -> Act:
    link, name = _link(province, "song-may-na-sen/internet")
    return Act(
        "loss",
        (link,),
        start,
        end,
        LinkState.DEGRADED,
        frozenset({Reason.LOSS}),
        _QUALITY_CLEARED,
        {
            Language.VI: f"{name}: đường Internet mất một trong sáu gói",
            Language.EN: f"{name}: the Internet link loses every sixth packet",
        },
        {Language.VI: f"{name}: hết mất gói", Language.EN: f"{name}: no more loss"},
        {"lose_every": 6},
    )


def _jittery(province: Province, start: float, end: float) -> Act:
    link, name = _link(province, "song-may-thac-bac/wan")
    return Act(
        "jitter",
        (link,),
        start,
        end,
        LinkState.DEGRADED,
        frozenset({Reason.JITTER}),
        _QUALITY_CLEARED,
        {
            Language.VI: f"{name}: cứ hai gói trên đường TSLCD có một gói chờ thêm 40 ms",
            Language.EN: f"{name}: on the WAN link every other packet waits 40 ms longer",
        },
        {Language.VI: f"{name}: hết biến động trễ", Language.EN: f"{name}: no more jitter"},
        {"queue_ns": 40 * _MS},
    )


def _cut(province: Province, start: float, length: float) -> Act:
    link, name = _link(province, "song-may-kim-thach/wan")
    return Act(
        "cut",
        (link,),
        start,
        start + length,
        LinkState.DOWN,
        frozenset({Reason.SILENT_WITH_WITNESS}),
        _OUTAGE_CLEARED,
        {
            Language.VI: f"{name}: đường TSLCD, đường duy nhất mang cuộc họp, bị đứt",
            Language.EN: f"{name}: the WAN link, the one that carries its meetings, is cut",
        },
        {Language.VI: f"{name}: đã nối lại", Language.EN: f"{name}: mended"},
        {"cut": True},
        Paged(FaultKind.LINK, link, VIETTEL_STEPS),
    )


def _handover(province: Province, start: float, length: float) -> Act:
    count = len(province.behind_handover)
    return Act(
        "handover",
        province.behind_handover,
        start,
        start + length,
        LinkState.DOWN,
        frozenset({Reason.SILENT_WITH_WITNESS}),
        _OUTAGE_CLEARED,
        {
            Language.VI: f"VNPT: điểm kết nối {HANDOVER} mất, kéo theo {count} đường TSLCD",
            Language.EN: f"VNPT: the handover {HANDOVER} fails and takes {count} WAN links with it",
        },
        {
            Language.VI: f"VNPT: {HANDOVER} hoạt động trở lại",
            Language.EN: f"VNPT: {HANDOVER} works again",
        },
        {"cut": True},
        Paged(FaultKind.HANDOVER, f"vnpt/{HANDOVER}", VNPT_STEPS),
    )


def _link(province: Province, link: str) -> tuple[str, str]:
    return link, province.links[link].site_name
