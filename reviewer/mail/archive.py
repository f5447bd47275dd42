"""Messages saved from a web archive as text: headers that are no longer RFC 5322."""

from __future__ import annotations

import re

from reviewer.mail.limits import MAX_HEADER, MAX_NAME, MAX_PEOPLE
from reviewer.mail.model import Message

_FIELD = re.compile(
    r"\s*\+?(From|To|Cc|Date|Subject|Message-ID|In-Reply-To|References|Sent)\s*:\s*(.*)",
    re.IGNORECASE,
)
_PERMALINK = re.compile(r"\s*@\s*(\d{4}-\d\d-\d\d\s+\d?\d:\d\d(?: UTC)?)\s*\(permalink.*$")
_IDENTIFIER = re.compile(r"<?([^<>\s]+@[^<>\s]+)>?")
_THREAD = re.compile(r"\s*\[thread overview\]\s*$")
_TOP = 200
"""Lines in which the head must end; Cc lists are long."""


def parse_archive(source: str, text: str) -> Message | None:
    """Read a subject line and From/Date lines such as web archives print above a message.

    Known shapes: a subject alone, then ``From:`` and ``Date:`` (lkml.iu.edu); public-inbox's
    ``From: NAME @ DATE (permalink / raw)``; marc.info's padded fields. Returns None when the
    text has no such head.
    """
    lines = text.split("\n")
    fields: dict[str, str] = {}
    subject = ""
    last = ""
    body_at = 0
    for index, line in enumerate(lines[:_TOP]):
        match = _FIELD.fullmatch(line)
        if match is not None:
            last = match.group(1).lower()
            joined = f"{fields[last]}, {match.group(2)}" if last in fields else match.group(2)
            fields[last] = joined.strip()[:MAX_HEADER]
            body_at = index + 1
        elif not line.strip():
            if "from" in fields:
                body_at = index
                break
        elif last and (line[:1] in " \t" or _goes_on(fields[last], line)):
            fields[last] = f"{fields[last]} {line.strip()}"[:MAX_HEADER]
            body_at = index + 1
        elif not fields and not line.startswith(("diff ", "--- ", "@@ ")):
            # public-inbox prints the thread's outline between subject and From
            subject = subject or line.strip().removeprefix("* ")
        elif re.match(r"\[.*(?:RAW|thread|prev|next).*\]", line.strip(), re.IGNORECASE):
            continue
        else:
            break
    if "from" not in fields:
        return None
    sender = fields["from"][:MAX_NAME]
    date = _THREAD.sub("", fields.get("date", fields.get("sent", ""))[:MAX_NAME])
    permalink = _PERMALINK.search(sender)
    if permalink is not None:
        sender, date = sender[: permalink.start()], date or permalink.group(1)
    while body_at < len(lines) and not lines[body_at].strip():
        body_at += 1
    return Message(
        source=source,
        subject=fields.get("subject", subject.removeprefix("Subject:").strip()),
        sender=_plain(sender),
        date=date,
        message_id=_identifier(fields.get("message-id", "")),
        in_reply_to=_identifier(fields.get("in-reply-to", "")),
        references=tuple(
            f"<{name}>" for name in _IDENTIFIER.findall(fields.get("references", "")[:4000])
        ),
        to=_people(fields.get("to", "")),
        cc=_people(fields.get("cc", "")),
        body="\n".join(lines[body_at:]),
        notes=("headers are those of a web archive",),
        body_start=body_at + 1,
    )


def _goes_on(value: str, line: str) -> bool:
    """True for a further line of an address list that lost its leading white space."""
    return value.endswith(",") and "@" in line and not line.startswith(("diff ", "@@ "))


def _plain(value: str) -> str:
    """Undo marc.info's ``user () host ! tld``."""
    if " () " in value:
        return value.replace(" () ", "@").replace(" ! ", ".").strip()
    return value.strip()


def _identifier(value: str) -> str:
    match = _IDENTIFIER.search(_plain(value)[:MAX_NAME])
    return f"<{match.group(1)}>" if match else ""


def _people(value: str) -> tuple[str, ...]:
    people = re.split(r"[,;]\s*", value)[:MAX_PEOPLE]
    return tuple(_plain(person)[:MAX_NAME] for person in people if person.strip())
