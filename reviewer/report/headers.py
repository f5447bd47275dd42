"""The headers of a reply: recipients, subject and threading out of the message replied to."""

from __future__ import annotations

import re
from email.header import Header
from email.utils import formataddr, getaddresses, parseaddr

from reviewer.mail.decode import parse_date
from reviewer.mail.model import Message
from reviewer.mail.subject import strip_reply

NOBODY = "unknown@archive.invalid"
"""Stands in for an address that an archive took away; .invalid never delivers (RFC 2606)."""

_IDENTITY = "Your Name <you@example.invalid>"
_MANY = 20
"""References kept, the first and the last ones."""


def reply_headers(message: Message, identity: str, date: str) -> list[tuple[str, str]]:
    """Names and folded values for a reply by ``identity`` (``Name <address>``, or '').

    To is the author, Cc whoever got the message but the writer, threading follows RFC 5322; Date
    is left out when ''. A Reply-To is where the author wants answers. No header of our own is
    added: it would travel to the list.
    """
    identity = identity or _IDENTITY
    own = parseaddr(identity)[1].lower()
    to = _answered(message)
    if not to:
        name = " ".join(message.sender.split()) or "unknown"
        to = [_formatted(name, NOBODY)]
    seen = {own, *(parseaddr(one)[1].lower() for one in to)}
    cc: list[str] = []
    for person in (*message.to, *message.cc):
        address = _address(person)
        if address is None or parseaddr(address)[1].lower() in seen:
            continue
        seen.add(parseaddr(address)[1].lower())
        cc.append(address)
    headers = [("From", _address(identity) or _IDENTITY), ("To", ",\n ".join(to))]
    if cc:
        headers.append(("Cc", ",\n ".join(cc)))
    headers.append(("Subject", _subject(message.subject)))
    if date:
        headers.append(("Date", _clean(date)))
    if message.message_id:
        headers.append(("In-Reply-To", _clean(message.message_id)))
        headers.append(("References", "\n ".join(_references(message))))
    headers += [
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    return headers


def missing_headers(message: Message) -> tuple[str, ...]:
    """The headers of a reply that the message does not show, for its writer to fill in."""
    shown = (
        ("To", bool(_answered(message))),
        ("Cc", bool(message.to or message.cc)),
        ("In-Reply-To", bool(message.message_id)),
        ("References", bool(message.message_id)),
    )
    return tuple(name for name, there in shown if not there)


def _answered(message: Message) -> list[str]:
    """Where a reply goes: to all of Reply-To (RFC 5322, section 3.6.2), else to the sender."""
    wanted = [found for found in map(_address, message.reply_to) if found is not None]
    sender = _address(message.sender)
    return [*dict.fromkeys(wanted)] or ([sender] if sender is not None else [])


def _references(message: Message) -> list[str]:
    """RFC 5322 section 3.6.4: the parent's references and its own; long lists lose the middle."""
    parents = list(message.references)
    if not parents and message.in_reply_to:
        parents = [message.in_reply_to]
    chain = [_clean(name) for name in (*parents, message.message_id)]
    chain = list(dict.fromkeys(chain))
    return chain if len(chain) <= _MANY else [chain[0], *chain[-_MANY + 1 :]]


def _subject(subject: str) -> str:
    bare = strip_reply(_clean(subject)) or "(no subject)"
    return _encoded(f"Re: {bare}", len("Subject: "))


def _address(person: str) -> str | None:
    """``Name <address>`` safe for a header; None when there is no address in it."""
    found = [pair for pair in getaddresses([_clean(person)]) if "@" in pair[1]]
    if not found:
        return None
    name, address = found[0]
    if not re.fullmatch(r"[\x21-\x7e]+", address):
        return None
    return _formatted(name, address)


def _formatted(name: str, address: str) -> str:
    if not name:
        return address
    return formataddr((name, address)) if name.isascii() else f"{_encoded(name, 4)} <{address}>"


def _encoded(text: str, used: int) -> str:
    """RFC 2047 where needed, folded to 76 columns."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return Header(safe, charset, maxlinelen=76, header_name="x" * max(used - 2, 1)).encode()


def _clean(value: str) -> str:
    """One line without control characters, so that no header can be smuggled in."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def attribution(message: Message) -> str:
    """``On DATE, NAME wrote:`` as mailers put it above a quotation."""
    name = parseaddr(message.sender)[0] or _clean(message.sender) or "the author"
    when = _clean(parse_date(message.date)) if message.date else ""
    return f"On {when}, {_clean(name)} wrote:" if when else f"{_clean(name)} wrote:"
