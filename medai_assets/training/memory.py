"""The C library's memory: freed arrays stay with the process, so that the next step does not fault them in again.

On a CPU a training step allocates and frees arrays of tens of MiB a thousand times over. glibc gives such memory back
to the system at once and asks for it anew, page by page: seen were 90,000 page faults a step, 5 to 8 % of its time.
"""

from __future__ import annotations

import ctypes
import platform

# malloc.h: M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
_MMAP_MAX, _TRIM_THRESHOLD, _TOP_PAD = -4, -1, -2
_NEVER = 2**31 - 1  # the largest threshold that mallopt takes
_PAD = 64 << 20  # bytes asked of the system at a time


def keep_freed_memory() -> bool:
    """Keep what is freed until the process ends; returns whether this C library can be told so (glibc)."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all([mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, _NEVER), mallopt(_TOP_PAD, _PAD)])
