"""One RFC 5322 mail: headers decoded, transfer encodings undone, text parts put together."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message as RawMail
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from itertools import islice

from reviewer.errors import InputError
from reviewer.mail.diff import parse_diff
from reviewer.mail.limits import MAX_HEADER, MAX_NAME, MAX_PARTS, MAX_PEOPLE
from reviewer.mail.model import Message
from reviewer.mail.quote import quote_level

_IDENTIFIER = re.compile(r"<[^<>\s]+>")
_PATCH_NAME = re.compile(r"\.(?:patch|diff|mbox|eml)$|^[^.]*$", re.IGNORECASE)
_PATCH_TYPES = ("text/x-patch", "text/x-diff", "application/x-patch", "text/x-csrc")


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


_BROKEN = (
    MessageError, TypeError, ValueError, LookupError, AttributeError, AssertionError,
)  # fmt: skip
"""What the email package raises on malformed headers, parameters and encodings."""


def parse_mail(source: str, data: bytes) -> list[Message]:
    """Decode one mail: itself, then the mails attached to it.

    Raises InputError when it is nested or broken beyond reading.
    """
    try:
        mail = message_from_bytes(data)
        found = [_message(source, data, mail, *_body(source, mail))]
        for number, inner in enumerate(_attached(mail), 1):
            name = f"{source}, attached mail {number}"
            found.append(_message(name, b"", inner, *_body(name, inner)))
    except (*_BROKEN, RecursionError) as error:
        raise InputError(source, 0, f"broken mail: {type(error).__name__}") from error
    return found


def _attached(mail: RawMail) -> Iterator[RawMail]:
    """Mails attached to a mail (forwarded whole, or a digest), up to the limit."""
    inner = (
        one
        for part in islice(mail.walk(), MAX_PARTS)
        if part.get_content_type() == "message/rfc822" and part.is_multipart()
        for one in part.get_payload()
    )
    return (one for one in inner if isinstance(one, RawMail))


def _own_parts(mail: RawMail) -> Iterator[RawMail]:
    """The parts of a mail that do not lie in a mail attached to it."""
    yield mail
    if mail.is_multipart() and mail.get_content_type() != "message/rfc822":
        for part in mail.get_payload():
            if isinstance(part, RawMail):
                yield from _own_parts(part)


def _file_name(part: RawMail) -> str:
    """The name an attachment goes by; '' where the mail garbles it."""
    try:
        return part.get_filename() or ""
    except _BROKEN:
        return ""


def _charset(part: RawMail) -> str:
    try:
        return part.get_content_charset() or ""
    except _BROKEN:
        return ""


def _parameter(part: RawMail, name: str) -> str:
    try:
        return str(part.get_param(name, "")).lower()
    except _BROKEN:
        return ""


def _message(source: str, data: bytes, mail: RawMail, body: str, notes: tuple[str, ...]) -> Message:
    identifiers = _IDENTIFIER.findall(_header(mail, "References"))
    return Message(
        source=source,
        subject=_header(mail, "Subject"),
        sender=_sender(mail),
        date=_header(mail, "Date")[:MAX_NAME],
        message_id=_first_identifier(_header(mail, "Message-ID")),
        in_reply_to=_first_identifier(_header(mail, "In-Reply-To")),
        references=tuple(identifiers),
        to=_addresses(mail, "To"),
        cc=_addresses(mail, "Cc"),
        body=body,
        notes=notes,
        reply_to=_addresses(mail, "Reply-To"),
        body_start=_body_start(data, body),
    )


def _body_start(data: bytes, body: str) -> int:
    """The 1-based line at which the body starts in the mail, 0 if it is not there as it is."""
    match = re.search(rb"\r?\n\r?\n", data) if data else None
    if match is None or decode_bytes(data[match.end() :], "") != body:
        return 0
    return data.count(b"\n", 0, match.end()) + 1


def _header(mail: RawMail, name: str) -> str:
    """A header decoded and unfolded, white space runs as one blank; '' when missing."""
    value = mail.get(name)
    return "" if value is None else _decoded(str(value)[:MAX_HEADER])


def _decoded(value: str) -> str:
    try:
        text = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        text = value
    return " ".join(text.split())


def _first_identifier(value: str) -> str:
    match = _IDENTIFIER.search(value)
    return match.group() if match else ""


def person(name: str, address: str) -> str:
    """``Name <address>``, the name quoted where a parser could take a part of it for more."""
    if re.search(r'[(),:;<>@\[\].\\"]', name):
        name = '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def _unmasked(value: str) -> str:
    """Undo marc.info's ``user () host ! tld``."""
    return value.replace(" () ", "@").replace(" ! ", ".") if " () " in value else value


def _sender(mail: RawMail) -> str:
    """The first person of From; what an archive masked stays as written, and is no address."""
    first = next(iter(_addresses(mail, "From")), "")
    if "@" in parseaddr(first)[1]:
        return first
    value = str(mail.get("From", ""))[:MAX_HEADER]
    text = _decoded(value)
    return (text.replace("@", " at ") if "=?" in value else text)[:MAX_NAME]


def _addresses(mail: RawMail, name: str) -> tuple[str, ...]:
    """The people of a header, parsed before encoded words are decoded (RFC 2047 section 6.2).

    An encoded word is a name and never an address, whatever it decodes to.
    """
    values = [_unmasked(str(value)[:MAX_HEADER]) for value in mail.get_all(name, [])]
    found: list[str] = []
    for display, address in getaddresses(values):
        display = _decoded(display)
        if not address and not display:
            continue
        found.append(person(display, address) if address and display else address or display)
    return tuple(person[:MAX_NAME] for person in found[:MAX_PEOPLE])


_BREAK = re.compile(r"<(?:br|p|div|tr|li)\b[^<>]*>", re.IGNORECASE)
_ELEMENT = re.compile(r"</?[A-Za-z!][^<>]*>")


def text_of_html(page: str) -> str:
    """The text of an HTML mail, good enough for patches: html.parser is quadratic on bad input."""
    return html.unescape(_ELEMENT.sub("", _BREAK.sub("\n", page)))


def _body(source: str, mail: RawMail) -> tuple[str, tuple[str, ...]]:
    """The text parts in order, attached patches behind them."""
    texts: list[str] = []
    pages: list[str] = []
    attached: list[str] = []
    notes: list[str] = []
    for number, part in enumerate(_own_parts(mail)):
        if number >= MAX_PARTS:
            notes.append(f"only the first {MAX_PARTS} MIME parts were read")
            break
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        name = _file_name(part)
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes) or b"\0" in payload[:4096]:
            continue
        text = decode_bytes(payload, _charset(part))
        if part.get_content_disposition() == "attachment" or name:
            if kind.startswith("text/") or kind in _PATCH_TYPES or _PATCH_NAME.search(name):
                attached.append(text)
                notes.append(f"attachment {name or kind} read")
        elif kind == "text/html":
            pages.append(text)
        elif kind.startswith("text/") or mail is part:
            if _parameter(part, "format") == "flowed":
                delsp = _parameter(part, "delsp") == "yes"
                text, unflowed = _flowed(source, text, delsp)
                notes.extend(["format=flowed was undone"] if unflowed else [])
            texts.append(text)
    if not texts and not attached and pages:
        notes.append("text taken out of HTML")
        texts = [text_of_html(page) for page in pages]
    return "\n".join(_unescaped(text, notes) for text in (*texts, *attached)), tuple(notes)


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


def parse_date(value: str) -> str:
    """A date in the form ``Wed, Aug 31, 2022 at 10:30:00AM +0200`` as attribution lines have it.

    Returns the value as written when it is not an RFC 5322 date (archives rewrite dates).
    """
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return value
    if when.tzinfo is None:  # "-0000": universal time, the sender's zone is not told
        when = when.replace(tzinfo=UTC)
    return when.strftime("%a, %b %d, %Y at %I:%M:%S%p %z")
