"""The words around a command's help and usage errors, in both languages; `str.format` fills in braces."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class UsageWords:
    """One language."""

    usage: str
    arguments: str
    options: str
    commands: str
    some_options: str
    some_command: str
    some_argument: str
    default: str
    required: str
    show_help: str
    error: str
    see: str


_VI: Final = UsageWords(
    usage="Cách dùng",
    arguments="Tham số",
    options="Tùy chọn",
    commands="Các lệnh",
    some_options="[TÙY CHỌN]",
    some_command="LỆNH ...",
    some_argument="GIÁ TRỊ",
    default="mặc định: {}",
    required="bắt buộc",
    show_help="Hiện hướng dẫn này.",
    error="Lỗi",
    see="Xem hướng dẫn: {}",
)
_EN: Final = UsageWords(
    usage="Usage",
    arguments="Arguments",
    options="Options",
    commands="Commands",
    some_options="[OPTIONS]",
    some_command="COMMAND ...",
    some_argument="VALUE",
    default="default: {}",
    required="required",
    show_help="Show this help.",
    error="Error",
    see="Help: {}",
)


def usage_words(language: Language) -> UsageWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN


class _Message(NamedTuple):
    """What the library that reads the command line says, and how that reads; groups fill the braces."""

    said: re.Pattern[str]
    vi: str
    en: str


_MESSAGES: Final = tuple(
    _Message(re.compile(said, re.DOTALL), vi, en)
    for said, vi, en in (
        (r"Invalid value for '?(.+?)'?: (.+)", "{0}: {1}", "{0}: {1}"),
        (r"Missing option '(.+?)'\..*", "thiếu tùy chọn {0}", "the option {0} is missing"),
        (r"Missing argument '(.+?)'\..*", "thiếu tham số {0}", "the argument {0} is missing"),
        (
            r"No such option: (.+?) \(Possible options: (.+)\)",
            "không có tùy chọn {0}; có phải là {1}?",
            "there is no option {0}; did you mean {1}?",
        ),
        (r"No such option: (.+)", "không có tùy chọn {0}", "there is no option {0}"),
        (
            r"No such command '(.+)'\. Did you mean (.+)\?",
            "không có lệnh {0}; có phải là {1}?",
            "there is no command {0}; did you mean {1}?",
        ),
        (r"No such command '(.+)'\.", "không có lệnh {0}", "there is no command {0}"),
        (r"Missing command\.", "thiếu lệnh", "a command is missing"),
        (r"Got unexpected extra argument\(s\) \((.+)\)", "thừa tham số: {0}", "too many arguments: {0}"),
        (
            r"Option '(.+)' requires an argument\.",
            "tùy chọn {0} cần một giá trị",
            "the option {0} needs a value",
        ),
        (
            r"Option '(.+)' does not take a value\.",
            "tùy chọn {0} không nhận giá trị",
            "the option {0} takes no value",
        ),
        (
            r"(?:Value error, )?(.+) is not one of (.+?)\.?",
            "{0} không phải là một trong {1}",
            "{0} is none of {1}",
        ),
        (r"Input should be a valid integer.*", "cần một số nguyên", "expected a whole number"),
        (r"Input should be a valid number.*", "cần một số", "expected a number"),
        (r"Input should be less than or equal to (.+)", "tối đa là {0}", "expected {0} at most"),
        (r"Input should be greater than or equal to (.+)", "tối thiểu là {0}", "expected {0} at least"),
    )
)


def tell_usage(said: str, language: Language) -> str:
    """What the library says, in a language; what is not known is left as it is."""
    for message in _MESSAGES:
        if found := message.said.fullmatch(said):
            template = message.vi if language is Language.VI else message.en
            return template.format(*(tell_usage(part, language) for part in found.groups()))
    return said
