"""Deflated bytes of the store made plain, no more of them than what kstale writes could be."""

from __future__ import annotations

import zlib

_MOST = 256 * 2**20
"""Bytes: the largest of Linux 6.12, its snapshot, has 6 MB; a megabyte of a hand-made file could
ask for a gigabyte of memory."""


def inflated(data: bytes | memoryview) -> bytes:
    """The plain bytes. Raises ValueError if they are damaged, cut off or too many."""
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(data, _MOST)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("cut off, or too large")
    return plain
