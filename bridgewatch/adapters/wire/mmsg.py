"""`recvmmsg` and `sendmmsg` over numpy buffers: one system call moves a batch of datagrams.

A buffer owns its memory for life; the kernel writes names, data and control octets into numpy rows and
nothing is copied or parsed per packet in Python. Layouts are those of 64-bit Linux (`struct mmsghdr`).
"""

import ctypes
import errno
import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

MSG_ERRQUEUE: Final = 0x2000
MSG_DONTWAIT: Final = 0x40
MSG_TRUNC: Final = 0x20
NAME_SIZE: Final = 32  # sockaddr_in6 is 28; rows stay aligned
_MMSGHDR = np.dtype(
    [
        ("name", "u8"),
        ("namelen", "u4"),
        ("_pad0", "u4"),
        ("iov", "u8"),
        ("iovlen", "u8"),
        ("control", "u8"),
        ("controllen", "u8"),
        ("flags", "i4"),
        ("_pad1", "u4"),
        ("length", "u4"),
        ("_pad2", "u4"),
    ]
)
_IOVEC = np.dtype([("base", "u8"), ("length", "u8")])

_libc = ctypes.CDLL(None, use_errno=True)
_recvmmsg = _libc.recvmmsg
_recvmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
_sendmmsg = _libc.sendmmsg
_sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]

Octets = NDArray[np.uint8]


class _Buffer:
    """`rows` message headers wired to rows of name, data and control memory."""

    def __init__(self, rows: int, width: int, control_size: int) -> None:
        self.rows = rows
        self.name: Octets = np.zeros((rows, NAME_SIZE), np.uint8)
        self.data: Octets = np.zeros((rows, width), np.uint8)
        self.control: Octets = np.zeros((rows, control_size), np.uint8)
        self._headers = np.zeros(rows, _MMSGHDR)
        self._iovecs = np.zeros(rows, _IOVEC)
        self._headers["name"] = _addresses(self.name)
        self._headers["control"] = _addresses(self.control)
        self._headers["iov"] = self._iovecs.ctypes.data + np.arange(rows, dtype=np.uint64) * _IOVEC.itemsize
        self._headers["iovlen"] = 1
        self._iovecs["base"] = _addresses(self.data)
        self._iovecs["length"] = width
        self._address = self._headers.ctypes.data
        # Field views are made once: a structured-array lookup in the hot path costs as much as the work.
        self._namelen = self._headers["namelen"]
        self._controllen = self._headers["controllen"]
        self._flags = self._headers["flags"]
        self._length = self._headers["length"]
        self._iov_length = self._iovecs["length"]


class Receiver(_Buffer):
    """Receives up to `rows` datagrams a call; the arrays hold the last batch until the next call."""

    def __init__(self, rows: int = 512, width: int = 2048, control_size: int = 256) -> None:
        super().__init__(rows, width, control_size)
        self._control_size = control_size
        self._used = rows

    @property
    def length(self) -> NDArray[np.uint32]:
        """Octets received per row."""
        return self._length

    @property
    def name_length(self) -> NDArray[np.uint32]:
        """Octets of the sender's address per row; 0 where the kernel gave none."""
        return self._namelen

    @property
    def control_length(self) -> NDArray[np.uint64]:
        """Octets of control messages per row."""
        return self._controllen

    @property
    def flags(self) -> NDArray[np.int32]:
        """Flags such as MSG_TRUNC per row."""
        return self._flags

    def receive(self, fd: int, flags: int = 0) -> int:
        """Fill the rows from `fd` without blocking; returns how many, 0 when it holds none.

        A pending asynchronous error of the socket counts as none: it is read from the error queue.
        Raises OSError for what is a fault of the call itself.
        """
        self._namelen[: self._used] = NAME_SIZE
        self._controllen[: self._used] = self._control_size
        got: int = _recvmmsg(fd, self._address, self.rows, flags | MSG_DONTWAIT, None)
        if got < 0:
            self._used = 0
            code = ctypes.get_errno()
            if code in {errno.EBADF, errno.EFAULT, errno.EINVAL, errno.ENOTSOCK}:
                raise OSError(code, os.strerror(code))
            return 0
        self._used = got
        return got


class Sender(_Buffer):
    """Sends up to `rows` datagrams a call from rows the caller has filled."""

    @property
    def length(self) -> NDArray[np.uint64]:
        """Octets to send per row."""
        return self._iov_length

    @property
    def name_length(self) -> NDArray[np.uint32]:
        """Octets of the destination address per row."""
        return self._namelen

    @property
    def control_length(self) -> NDArray[np.uint64]:
        """Octets of control messages per row; 0 for none."""
        return self._controllen

    def send(self, fd: int, start: int, stop: int) -> tuple[int, int]:
        """Send rows [start, stop) without blocking; returns (rows sent, errno of the first that was not).

        errno is 0 while anything was sent: the kernel reports the error of the row it stopped at only to a
        call that begins with that row.
        """
        sent: int = _sendmmsg(fd, self._address + start * _MMSGHDR.itemsize, stop - start, MSG_DONTWAIT)
        return (sent, 0) if sent > 0 else (0, ctypes.get_errno())


def _addresses(rows: Octets) -> NDArray[np.uint64]:
    base, stride = rows.ctypes.data, rows.strides[0]
    return np.uint64(base) + np.arange(len(rows), dtype=np.uint64) * np.uint64(stride)
