"""How mistakes of our own read for which a message was never sent, in both languages."""

from typing import Final

from bridgewatch.model.paging import Lapse
from bridgewatch.model.words import Language

_LAPSES: Final[dict[Lapse, tuple[str, str]]] = {
    Lapse.VARIABLE_EMPTY: (
        "biến môi trường {} chưa được đặt",
        "the environment variable {} is not set",
    ),
    Lapse.FILE_MISSING: (
        "không có tệp khóa bí mật {}",
        "there is no file {} with the secret",
    ),
    Lapse.FILE_UNREADABLE: (
        "không có quyền đọc tệp khóa bí mật {}",
        "the file {} with the secret may not be read",
    ),
    Lapse.FILE_UNFIT: (
        "tệp khóa bí mật {} rỗng, quá lớn hoặc không phải văn bản",
        "the file {} with the secret is empty, too large or no text",
    ),
    Lapse.NO_CREDENTIALS: (
        "systemd không giao khóa bí mật {}",
        "systemd passed on no credential {}",
    ),
    Lapse.MISCONFIGURED: (
        "cổng gửi hoặc địa chỉ cấu hình sai: {}",
        "the gateway or the address is configured wrongly: {}",
    ),
}


def tell_lapse(lapse: Lapse, thing: str, language: Language) -> str:
    """What is wrong with `thing`: the variable, file or credential; a clause without a full stop."""
    vietnamese, english = _LAPSES[lapse]
    return (vietnamese if language is Language.VI else english).format(thing)
