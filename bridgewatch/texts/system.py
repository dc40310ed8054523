"""What the system refuses, in words for people."""

import errno
import socket
from typing import Final

from bridgewatch.model.words import Language

_VI: Final = {
    errno.EACCES: "không có quyền",
    errno.EPERM: "không có quyền",
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EEXIST: "đã có một tệp ở đó",
    errno.EISDIR: "là một thư mục",
    errno.ENOTDIR: "không phải là thư mục",
    errno.ENOSPC: "ổ đĩa đã đầy",
    errno.EDQUOT: "đã hết hạn mức ổ đĩa",
    errno.EROFS: "chỉ đọc được, không ghi được",
    errno.ENAMETOOLONG: "đường dẫn quá dài",
    errno.EADDRINUSE: "địa chỉ này đang có chương trình khác dùng",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ đó",
    errno.EIO: "ổ đĩa báo lỗi",
    socket.EAI_NONAME: "không có máy nào tên như vậy",
}


def tell_os_error(error: OSError, language: Language) -> str:
    """`/etc/x: không có quyền`. Rare ones are told in the system's own English."""
    reason = error.strerror or str(error)
    if language is Language.VI:
        reason = _VI.get(error.errno or 0, reason)
    return f"{error.filename}: {reason}" if error.filename is not None else reason
