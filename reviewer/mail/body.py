"""The text of a mail's own MIME parts, transfer encodings undone, patches attached behind it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message as RawMail

from reviewer.errors import InputError
from reviewer.mail.diff import parse_diff
from reviewer.mail.letters import decode_part
from reviewer.mail.limits import MAX_BYTES, MAX_NAME, MAX_PARTS
from reviewer.mail.quote import patch_depths, quote_level
from reviewer.mail.unpack import unpacked

BROKEN = (
    MessageError, TypeError, ValueError, LookupError, AttributeError, AssertionError,
)  # fmt: skip
"""What the email package raises on malformed headers, parameters and encodings."""
_PATCH_NAME = re.compile(r"\.(?:patch|diff|mbox|eml)$|^[^.]*$", re.IGNORECASE)
_PATCH_TYPES = ("text/x-patch", "text/x-diff", "application/x-patch", "text/x-csrc")
_PACKED = re.compile(r"\.(?:gz|xz|bz2)$", re.IGNORECASE)
_NEVER_PATCHES = ("image/", "audio/", "video/", "application/pgp-", "application/pkcs7-")
"""Types of pictures, sounds and signatures, of which nobody misses a word."""
_LOOKED_AT = 4096
"""Characters that tell text from other data."""


def _own_parts(mail: RawMail) -> Iterator[RawMail]:
    """The parts of a mail that do not lie in a mail attached to it."""
    yield mail
    if mail.is_multipart() and mail.get_content_type() != "message/rfc822":
        for part in mail.get_payload():
            if isinstance(part, RawMail):
                yield from _own_parts(part)


def _file_name(part: RawMail) -> str:
    """The name an attachment goes by, in one line; '' where the mail garbles it."""
    try:
        return " ".join((part.get_filename() or "").split())
    except BROKEN:
        return ""


def _charset(part: RawMail) -> str:
    try:
        return part.get_content_charset() or ""
    except BROKEN:
        return ""


def _parameter(part: RawMail, name: str) -> str:
    try:
        return str(part.get_param(name, "")).lower()
    except BROKEN:
        return ""


_BREAK = re.compile(r"<(?:br|p|div|tr|li)\b[^<>]*>", re.IGNORECASE)
_ELEMENT = re.compile(r"</?[A-Za-z!][^<>]*>")


def text_of_html(page: str) -> str:
    """The text of an HTML mail, good enough for patches: html.parser is quadratic on bad input."""
    return html.unescape(_ELEMENT.sub("", _BREAK.sub("\n", page)))


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail, what was mended while reading it, and what of it could not be read."""

    text: str
    notes: tuple[str, ...]
    omitted: tuple[str, ...]


def read_body(source: str, mail: RawMail) -> Body:
    """The text parts in order, attached patches behind them."""
    return _Parts(source).read(mail)


class _Parts:
    """Goes through the parts of one mail."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.texts: list[str] = []
        self.pages: list[str] = []
        self.attached: list[str] = []
        self.notes: list[str] = []
        self.omitted: list[str] = []
        self.unpacked = 0
        """Bytes that compressed attachments came to so far."""

    def read(self, mail: RawMail) -> Body:
        for number, part in enumerate(_own_parts(mail)):
            if number >= MAX_PARTS:
                what = f"parts after the first {MAX_PARTS} were not read"
                self.omitted.append(str(InputError(self.source, 0, what)))
                break
            if part.is_multipart():
                continue
            payload = part.get_payload(decode=True)
            if not isinstance(payload, bytes):
                continue
            name = _file_name(part)[:MAX_NAME]
            if part.get_content_disposition() == "attachment" or name:
                self.attachment(part, name, payload)
            else:
                self.inline(part, payload, whole=part is mail)
        if self.pages and not self.attached and not any(map(_has_diff, self.texts)):
            pages = [text_of_html(page) for page in self.pages]
            if not self.texts or any(map(_has_diff, pages)):
                self.notes.append("text taken out of HTML")
                self.texts = pages
        pieces = (_unescaped(text, self.notes) for text in (*self.texts, *self.attached))
        return Body("\n".join(pieces), tuple(self.notes), tuple(self.omitted))

    def inline(self, part: RawMail, payload: bytes, *, whole: bool) -> None:
        kind = part.get_content_type()
        text = decode_part(payload, _charset(part))
        if not (kind.startswith("text/") or whole):
            self.unread("a part", kind)
        elif "\0" in text[:_LOOKED_AT]:
            self.notes.append(f"a part ({kind}) holds binary data and was not read")
        elif kind == "text/html":
            self.pages.append(text)
        else:
            if _parameter(part, "format") == "flowed":
                delsp = _parameter(part, "delsp") == "yes"
                text, unflowed = _flowed(self.source, text, delsp)
                self.notes.extend(["format=flowed was undone"] if unflowed else [])
            self.texts.append(text)

    def attachment(self, part: RawMail, name: str, payload: bytes) -> None:
        """Reads what is a patch by its type or name, or holds one; else says that it was not."""
        kind = part.get_content_type()
        if kind.startswith(_NEVER_PATCHES) and "." not in name:
            return  # a signature; a patch sent as one of these types has a suffix
        bare = _PACKED.sub("", name)
        is_patch = kind in _PATCH_TYPES or _PATCH_NAME.search(bare) is not None
        if bare != name and is_patch:
            try:
                payload = self.unpack(name, payload)
            except InputError as error:
                self.omitted.append(str(error))
                return
        text = decode_part(payload, _charset(part))
        if "\0" in text[:_LOOKED_AT]:
            self.unread(f"attachment {name}", kind)
        elif is_patch or kind.startswith("text/") or _has_diff(text):
            self.attached.append(text)
            self.notes.append(f"attachment {name or kind} read")
        else:
            self.unread(f"attachment {name}", kind)

    def unpack(self, name: str, payload: bytes) -> bytes:
        place = f"{self.source}: attachment {name}"
        if self.unpacked > MAX_BYTES:
            raise InputError(place, 0, "too much was attached compressed, not read")
        self.unpacked += MAX_BYTES  # what cannot be unpacked may have cost as much
        data, more = unpacked(place, payload)
        self.unpacked += len(data) - MAX_BYTES
        self.notes.extend(more)
        return data

    def unread(self, what: str, kind: str) -> None:
        if not kind.startswith(_NEVER_PATCHES):
            self.notes.append(f"{what.strip()} ({kind}) was not read")


def _has_diff(text: str) -> bool:
    return bool(patch_depths(text.split("\n")))


def _unescaped(text: str, notes: list[str]) -> str:
    """Undo HTML escapes when an archive left them: text with ``&lt;`` has no ``<`` then."""
    if re.search(r"&(?:lt|gt|amp);", text) and "<" not in text and "->" not in text:
        notes.append("HTML escapes were undone")
        return html.unescape(text)
    return text


def _flowed(source: str, text: str, delsp: bool) -> tuple[str, bool]:
    """Undo RFC 3676 where that makes the diff readable; many mailers only claim to flow."""
    undone = unflow(text, delsp)
    if undone == text:
        return text, False
    return (undone, True) if _damage(source, undone) < _damage(source, text) else (text, False)


def _damage(source: str, text: str) -> int:
    """How badly a body's diff reads: 0 for a clean one."""
    try:
        diff = parse_diff(source, text)
    except InputError:
        return 1_000
    # without a diff to tell, flowed text is as RFC 3676 says
    return (
        len(diff.notes)
        + 2
        * sum(
            line[1:2] == " " and line[:1] == " "
            for file in diff.files
            for hunk in file.hunks
            for line in hunk.lines
        )
        + (0 if diff.files else text.count(" \n"))
    )


def unflow(text: str, delsp: bool = False) -> str:
    """RFC 3676: join lines that end in a blank to the next of the same depth, unstuff the rest."""
    result: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = quote_level(line) if line.startswith(">") else 0
        marks = line[: _marks_end(line)] if depth else ""
        content = line[len(marks) :]
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- " and not content.isspace()
        kept = content[:-1] if soft and delsp else content
        if open_depth == depth and result:
            result[-1] += kept
        else:
            result.append(f"{'>' * depth} {kept}" if depth else kept)
        open_depth = depth if soft else -1
    return "\n".join(result)


def _marks_end(line: str) -> int:
    match = re.match(r">+", line)
    return match.end() if match else 0
