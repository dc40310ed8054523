"""How gaps and weak points of contacts and rosters read, and what to do about them, Vietnamese first."""

from enum import Enum
from typing import Final, NamedTuple

from bridgewatch.model.coverage import FlawKind, GapKind
from bridgewatch.model.words import Language


class _Text(NamedTuple):
    vi: str
    en: str


CoverageWord = GapKind | FlawKind

_GAP: Final[dict[str, _Text]] = {
    GapKind.NO_ROSTER: _Text("không có lịch trực nào cho vai trò này", "no roster has this role there"),
    GapKind.NOBODY: _Text("không có ai trực", "nobody is on duty"),
    GapKind.UNREACHABLE: _Text(
        "người trực không có kênh nào nhận được cảnh báo", "no channel of those on duty can carry a page"
    ),
    GapKind.NO_CONTACT: _Text("điểm cầu không có đầu mối liên hệ", "the room has no contact"),
    GapKind.ONE_PERSON: _Text("mọi bước đều gọi cùng một người", "every step calls the same person"),
}
_GAP_REMEDY: Final[dict[str, _Text]] = {
    GapKind.NO_ROSTER: _Text(
        "thêm vai trò vào rosters.yaml hoặc bỏ bước đó khỏi policies.yaml",
        "add the role in rosters.yaml, or take the step out of policies.yaml",
    ),
    GapKind.NOBODY: _Text(
        "thêm ca trực hoặc `overrides` cho thời gian này", "add a shift, or an override for that time"
    ),
    GapKind.UNREACHABLE: _Text(
        "thêm kênh nhận được tin tự do hoặc mẫu tin đã đăng ký",
        "give them a channel that takes free text, or the gateway a registered template",
    ),
    GapKind.NO_CONTACT: _Text("thêm `contacts` cho điểm cầu", "give the site `contacts`"),
    GapKind.ONE_PERSON: _Text(
        "thêm người khác vào một trong các vai trò", "put somebody else on one of the roles"
    ),
}
_FLAW: Final[dict[str, _Text]] = {
    FlawKind.NO_CATCH_ALL: _Text(
        "không có `catch_all`: không còn ai để gọi khi không tìm được người trực",
        "no catch-all can be reached: nobody is left to call when nobody else is found",
    ),
    FlawKind.NOT_INDEPENDENT: _Text(
        "{who} thuộc đơn vị vận hành, mọi kênh đều đi qua đường ra đang được giám sát",
        "{who} is our own staff, and all channels run over the egresses that are watched",
    ),
    FlawKind.NEEDS_TEMPLATE: _Text(
        "{who} không nhận được cảnh báo: các kênh chỉ nhận mẫu tin đã đăng ký và chưa khai `template`",
        "{who} cannot be reached: the gateways take registered templates only and name no `template`",
    ),
    FlawKind.NO_ANSWER: _Text("{who} không có cách nào để xác nhận", "{who} has no way to acknowledge"),
    FlawKind.IDLE_OVERRIDE: _Text(
        "{roster}: trực thay từ {at} không có tác dụng, {who} không có ca trực trong thời gian đó",
        "{roster}: the override from {at} changes nothing, {who} is not on duty then",
    ),
    FlawKind.UNWATCHED: _Text(
        "không ai trông chừng hệ thống giám sát: khi nó ngừng chạy thì không ai được báo",
        "nobody watches this daemon: when it stops running, nobody is told",
    ),
}
_FLAW_REMEDY: Final[dict[str, _Text]] = {
    FlawKind.NO_CATCH_ALL: _Text(
        "thêm đầu mối của đơn vị vào `catch_all` trong contacts.yaml",
        "name contacts of our own as `catch_all` in contacts.yaml",
    ),
    FlawKind.NOT_INDEPENDENT: _Text(
        "thêm kênh có cổng không khai `egress`, chẳng hạn tin nhắn hoặc cuộc gọi qua modem",
        "add a channel whose gateway needs no `egress`, such as SMS or voice by a modem",
    ),
    FlawKind.NEEDS_TEMPLATE: _Text(
        "khai `template` của cổng hoặc thêm kênh khác",
        "name the gateway's `template`, or add another channel",
    ),
    FlawKind.NO_ANSWER: _Text(
        "thêm kênh trả lời được (liên kết, phím bấm, tin nhắn), hoặc NOC xác nhận thay bằng "
        "`bridgewatch ack`",
        "add a channel that can answer (link, key, chat), or the NOC answers for them with `bridgewatch ack`",
    ),
    FlawKind.IDLE_OVERRIDE: _Text(
        "kiểm tra `instead_of` và thời gian; để trống `instead_of` nếu thay cho tất cả",
        "check `instead_of` and its times; without `instead_of` it is for everybody",
    ),
    FlawKind.UNWATCHED: _Text(
        "chạy `bridgewatch watchdog` trên máy ở nơi khác và khai máy đó ở `watchdog` trong bridgewatch.yaml",
        "run `bridgewatch watchdog` on a box elsewhere, and name it as `watchdog` in bridgewatch.yaml",
    ),
}
# Enumerations of different kinds compare equal by value, so the kind is looked up first.
_TEXTS: Final[dict[type[Enum], dict[str, _Text]]] = {GapKind: _GAP, FlawKind: _FLAW}
_REMEDIES: Final[dict[type[Enum], dict[str, _Text]]] = {GapKind: _GAP_REMEDY, FlawKind: _FLAW_REMEDY}


def tell_coverage(word: CoverageWord, language: Language = Language.VI) -> str:
    """What is wrong; of flaws with {who}, {roster} and {at} to be filled in by `str.format`."""
    return _in(_TEXTS[type(word)][word], language)


def remedy(word: CoverageWord, language: Language = Language.VI) -> str:
    """What to do about it."""
    return _in(_REMEDIES[type(word)][word], language)


def _in(text: _Text, language: Language) -> str:
    return text.vi if language is Language.VI else text.en
