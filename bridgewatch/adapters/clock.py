"""The clocks of this host."""

import time


class SystemClock:
    """Implements `Clock`."""

    @staticmethod
    def monotonic_ns() -> int:
        """Nanoseconds that never step."""
        return time.monotonic_ns()

    @staticmethod
    def wall_ns() -> int:
        """Nanoseconds since 1970 in UTC; may step."""
        return time.time_ns()
