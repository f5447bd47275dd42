"""Bytes as they come (patch, mail, mailbox, archive page) become messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reviewer.errors import InputError
from reviewer.mail.archive import parse_archive
from reviewer.mail.decode import parse_mail
from reviewer.mail.letters import bytes_of_letters, decode_bytes
from reviewer.mail.limits import MAX_BYTES, MAX_MESSAGES
from reviewer.mail.model import Message
from reviewer.mail.undress import undressed
from reviewer.mail.unpack import unpacked

# "From <sender or commit> Wed Aug 31 10:30:00 2022": strict, since bodies hold "From here on"
_FROM_LINE = re.compile(
    rb"^From \S.*?\b\w{3} \w{3} [ \d]\d \d\d:\d\d(?::\d\d)?(?: \w+)? \d{4}.*\r?$", re.MULTILINE
)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_MAIL_HEADERS = frozenset(
    b"from subject date message-id to cc mime-version content-type received return-path "
    b"delivered-to reply-to in-reply-to references x-mailer user-agent list-id sender "
    b"content-transfer-encoding dkim-signature".split()
)


def read_messages(source_name: str, data: bytes) -> tuple[Message, ...]:
    """Every message in ``data``: mbox, mboxrd, one mail, an archive page's text or a bare diff;
    any of them may be compressed (gzip, xz, bzip2), or in UTF-16 with a mark of its byte order.

    ``source_name`` names the input in messages and errors. Raises InputError for empty, binary or
    oversized input.
    """
    if len(data) > MAX_BYTES:
        raise InputError(source_name, 0, f"larger than {MAX_BYTES // 2**20} MiB, not read")
    data, notes = unpacked(source_name, data)
    whole = data = bytes_of_letters(data)
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    first = 1 + whole.count(b"\n", 0, len(whole) - len(data))
    if not data.strip():
        raise InputError(source_name, 0, "empty: no mail and no patch in it")
    if b"\0" in data[:4096]:
        raise InputError(source_name, 0, "binary data, neither a mail nor a patch")
    pieces = list(_split(source_name, data, first))
    if len(pieces) == 1:
        found = _messages(source_name, *pieces[0])
    else:
        found = [
            message
            for number, (line, piece) in enumerate(pieces, 1)
            if piece.strip()
            for message in _messages(f"{source_name}#{number}", line, piece)
        ]
    return tuple(replace(one, notes=(*one.notes, *notes)) for one in found)


def _split(source: str, data: bytes, first: int) -> Iterator[tuple[int, bytes]]:
    """The mails of a mailbox without their From_ lines, ``>From`` unescaped; else the whole.

    Each with the line it starts at, counted from ``first`` for the start of ``data``.
    """
    if not data.startswith(b"From ") or not _FROM_LINE.match(data):
        yield first, data
        return
    starts = [
        match
        for match in _FROM_LINE.finditer(data)
        if match.start() == 0 or _begins_mail(data, match)
    ]
    if len(starts) > MAX_MESSAGES:
        raise InputError(source, 0, f"more than {MAX_MESSAGES} messages in one mailbox")
    ends = [match.start() for match in starts[1:]] + [len(data)]
    line, counted = first, 0
    for match, end in zip(starts, ends, strict=True):
        piece = data[match.end() : end]
        stripped = piece.lstrip(b"\r\n")
        start = end - len(stripped)
        line, counted = line + data.count(b"\n", counted, start), start
        yield line, _ESCAPED_FROM.sub(rb"\1", stripped)


def _begins_mail(data: bytes, match: re.Match[bytes]) -> bool:
    """A From_ line counts when a header follows it (patches in bodies hold such lines too)."""
    after = data[match.end() : match.end() + 200].lstrip(b"\r\n")
    return _HEADER.match(after) is not None


def _messages(source: str, line: int, data: bytes) -> list[Message]:
    """The message that starts at a line, and the mails attached to it."""
    if _is_mail(data):
        message, *attached = parse_mail(source, data)
    else:
        text = decode_bytes(data, "")
        attached = []
        message = parse_archive(source, text) or Message(
            source, "", "", "", "", "", (), (), (), text, body_start=1
        )
    start = message.body_start
    message = replace(message, body_start=line + start - 1 if start else 0)
    return [_undressed(one) for one in (message, *attached)]


def _undressed(message: Message) -> Message:
    body, notes = undressed(message.body)
    return replace(message, body=body, notes=(*message.notes, *notes))


def _is_mail(data: bytes) -> bool:
    """True when the first lines are headers of which mails have at least one."""
    known = False
    for line in data[:65536].split(b"\n"):
        line = line.rstrip(b"\r")
        if not line:
            return known
        if line[:1] in b" \t":
            continue
        match = _HEADER.match(line)
        if match is None:
            return False
        known = known or match.group(1).lower() in _MAIL_HEADERS
    return known
