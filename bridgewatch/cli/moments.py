"""Reads moments from the command line."""

import time

import typer


def moment_ns(text: str | None, timezone: str, option: str = "--at") -> int:
    """`2026-11-25T08:00`, `08:00` of today, or with an offset, in ns since 1970; None is now.

    A time without an offset is one of `timezone`. Raises BadParameter.
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
        raise typer.BadParameter(
            f"{text!r}: expected a time such as 2026-11-25T08:00 or 08:00", param_hint=option
        ) from None
