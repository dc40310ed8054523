"""Reads moments from the command line."""

import time

from bridgewatch.cli.failures import UnfitError
from bridgewatch.model.phrases import phrase


def moment_ns(text: str | None, timezone: str, option: str = "--at") -> int:
    """`2026-11-25T08:00`, `08:00` of today, or with an offset, in ns since 1970; None is now.

    A time without an offset is one of `timezone`. Raises UnfitError.
    """
    from pydantic_core import PydanticCustomError

    from bridgewatch.config.times import instant_ns, parse_moment
    from bridgewatch.texts.times import instant_of, zone_of

    now_ns = time.time_ns()
    if text is None:
        return now_ns
    today = instant_of(now_ns, zone_of(timezone)).date().isoformat()
    try:
        return instant_ns(parse_moment(f"{today}T{text}" if len(text) == len("08:00") else text), timezone)
    except PydanticCustomError:
        said = phrase("{text} is no time such as 2026-11-25T08:00 or 08:00", text=repr(text))
        raise UnfitError(said, option) from None
