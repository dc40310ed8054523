"""The words of `bridgewatch notify-test`, in both languages."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.delivery import Result
from bridgewatch.model.words import Language


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
    no_channels: str

    def of(self, result: Result) -> str:
        """What became of the test."""
        if result.delivered:
            return self.accepted
        return self.refused if result.permanent else self.failed


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
    no_channels="no channel",
)


def trial_words(language: Language) -> TrialWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
