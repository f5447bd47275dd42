"""Bytes that came with a mail become text with one kind of line end."""

from __future__ import annotations

_UTF16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
"""Marks of byte order, with which editors of other systems begin what they save."""


def decode_bytes(data: bytes, charset: str) -> str:
    """Text with LF line ends; bytes that are not text in the charset survive as surrogates."""
    try:
        text = data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError, ValueError):
        text = data.decode("utf-8", "surrogateescape")
    return unify_line_ends(text)


def unify_line_ends(text: str) -> str:
    """CRLF to LF when nearly every line has it; a lone CR in a line is content and stays."""
    crlf = text.count("\r\n")
    if crlf and crlf >= 0.9 * text.count("\n"):
        return text.replace("\r\n", "\n")
    return text


def decode_part(data: bytes, charset: str) -> str:
    """As ``decode_bytes``; a mark of byte order outweighs what the mail says of its letters."""
    plain = bytes_of_letters(data)
    return decode_bytes(plain, charset if plain is data else "")


def bytes_of_letters(data: bytes) -> bytes:
    """UTF-16 as UTF-8, and lines that end in CR alone with LF; anything else as it is."""
    for mark, encoding in _UTF16:
        if data.startswith(mark):
            data = data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
            break
    return data if b"\n" in data else data.replace(b"\r", b"\n")
