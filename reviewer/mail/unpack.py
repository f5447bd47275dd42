"""Compressed mailboxes, as archives offer them and people keep them: gzip, xz, bzip2."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable
from typing import Protocol

from reviewer.errors import InputError
from reviewer.mail.limits import MAX_BYTES

_MEMORY = 128 * 2**20
"""Bytes that xz may ask for; ``xz -9`` needs 65 MiB (xz(1), Presets)."""
_BLOCK = 16 * 2**10
_PADDING = re.compile(rb"\0*")


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_KINDS: tuple[tuple[str, bytes, Callable[[], _Unpacker]], ...] = (
    ("gzip", b"\x1f\x8b", lambda: zlib.decompressobj(zlib.MAX_WBITS | 16)),
    ("xz", b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)),
    ("bzip2", b"BZh", bz2.BZ2Decompressor),
)
"""Names, what their data begin with, and what unpacks one member."""


def unpacked(source: str, data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Data unpacked up to the size limit, and notes; as they are if they are not compressed.

    All members are read, as gunzip(1) does; what stands behind them and is none is noted. Raises
    InputError for data that are damaged, cut off or too large.
    """
    kind = next((one for one in _KINDS if data.startswith(one[1])), None)
    if kind is None:
        return data, ()
    name, magic, unpacker_of = kind
    text = bytearray()
    at = 0
    while data.startswith(magic, at):
        unpacker = unpacker_of()
        try:
            at = _member(unpacker, data, at, text)
        except (zlib.error, lzma.LZMAError, OSError) as error:
            raise InputError(source, 0, f"broken {name} data: {error}") from error
        if len(text) > MAX_BYTES:
            raise InputError(source, 0, f"larger than {MAX_BYTES // 2**20} MiB unpacked, not read")
        if not unpacker.eof:
            raise InputError(source, 0, "the compressed file is cut off: its end is missing")
    left = len(data) - at
    notes = (f"{left} bytes behind the compressed data were not read",) if left else ()
    return bytes(text), notes


def _member(unpacker: _Unpacker, data: bytes, at: int, text: bytearray) -> int:
    """Adds one member to the text, no more than a byte past the limit; where the next one begins.

    Block by block: what an unpacker leaves is a copy, of which a mailbox of many members would
    make as many.
    """
    while not unpacker.eof and at < len(data) and len(text) <= MAX_BYTES:
        block = data[at : at + _BLOCK]
        text += unpacker.decompress(block, MAX_BYTES + 1 - len(text))
        at += len(block)
    padding = _PADDING.match(data, at - len(unpacker.unused_data))
    return padding.end() if padding else at
