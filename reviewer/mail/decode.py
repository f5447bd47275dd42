"""One RFC 5322 mail and the mails attached to it: headers decoded, addresses parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as RawMail
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from itertools import islice

from reviewer.errors import InputError
from reviewer.mail.body import BROKEN, read_body
from reviewer.mail.letters import decode_bytes
from reviewer.mail.limits import MAX_HEADER, MAX_NAME, MAX_PARTS, MAX_PEOPLE
from reviewer.mail.model import Message

_IDENTIFIER = re.compile(r"<[^<>\s]+>")


def parse_mail(source: str, data: bytes) -> list[Message]:
    """Decode one mail: itself, then the mails attached to it.

    Raises InputError when it is nested or broken beyond reading.
    """
    try:
        mail = message_from_bytes(data)
        found = [_message(source, data, mail)]
        for number, inner in enumerate(_attached(mail), 1):
            name = f"{source}, attached mail {number}"
            found.append(_message(name, b"", inner))
    except RecursionError as error:
        raise InputError(source, 0, "parts are nested too deeply in this mail") from error
    except BROKEN as error:
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


def _message(source: str, data: bytes, mail: RawMail) -> Message:
    body = read_body(source, mail)
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
        body=body.text,
        notes=body.notes,
        omitted=body.omitted,
        reply_to=_addresses(mail, "Reply-To"),
        body_start=_body_start(data, body.text),
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
