"""The words of `bridgewatch notify-test`, in both languages."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.delivery import Result
from bridgewatch.model.words import Language
from bridgewatch.texts.lapses import tell_lapse


@dataclass(frozen=True, slots=True)
class TrialWords:
    """One language."""

    gateway: str
    kind: str
    address: str
    outcome: str
    detail: str
    took: str
    accepted: str
    failed: str
    refused: str
    not_sent: str
    no_channels: str

    def of(self, result: Result) -> str:
        """What became of the test."""
        if result.delivered:
            return self.accepted
        if result.lapse is not None:
            return self.not_sent
        return self.refused if result.permanent else self.failed

    def detail_of(self, result: Result, language: Language) -> str:
        """What the gateway said, or what is wrong with us."""
        if result.lapse is not None:
            return tell_lapse(result.lapse, result.detail, language)
        return result.detail


_VI: Final = TrialWords(
    gateway="Cổng gửi",
    kind="Loại",
    address="Địa chỉ",
    outcome="Kết quả",
    detail="Cổng trả lời",
    took="Sau",
    accepted="đã nhận",
    failed="chưa được, có thể thử lại",
    refused="bị từ chối",
    not_sent="chưa gửi",
    no_channels="không có kênh nào",
)
_EN: Final = TrialWords(
    gateway="Gateway",
    kind="Kind",
    address="Address",
    outcome="Outcome",
    detail="What the gateway said",
    took="After",
    accepted="accepted",
    failed="failed, may work later",
    refused="refused",
    not_sent="not sent",
    no_channels="no channel",
)


def trial_words(language: Language) -> TrialWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
