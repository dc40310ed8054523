"""Asks the kernel how well the wall clock is kept (adjtimex(2)); setting it is never attempted."""

import ctypes
from typing import Final, NamedTuple

_TIME_ERROR: Final = 5  # what adjtimex returns while the clock is not synchronised
_MICROSECOND: Final = 1e-6
_UNKNOWN: Final = 16.0  # seconds; where the kernel's own estimate ends


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("rest", ctypes.c_char * 256),  # nothing we read; larger than any kernel's
    )


class Discipline(NamedTuple):
    """Whether a time service keeps the clock, and the most it can be wrong in seconds."""

    synchronised: bool
    error: float


_adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
_adjtimex.argtypes = [ctypes.POINTER(_Timex)]


def read_discipline() -> Discipline:
    """The clock's discipline now; a kernel that refuses to tell counts as not synchronised."""
    timex = _Timex(modes=0)
    state: int = _adjtimex(ctypes.byref(timex))
    if state < 0:
        return Discipline(synchronised=False, error=_UNKNOWN)
    return Discipline(state != _TIME_ERROR, timex.maxerror * _MICROSECOND)
