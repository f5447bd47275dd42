"""A reply to a patch as a mail draft: quoted, trimmed, inline. kstale never sends it."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, getaddresses, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reviewer.errors import KstaleError
from reviewer.finding import Finding
from reviewer.mail.decode import parse_date
from reviewer.mail.model import FileChange, Message, Patch
from reviewer.mail.series import strip_reply
from reviewer.report.quoting import CUT, Anchor, find_anchor, nested_attribution, quoted_part

WIDTH = 72
"""Columns of running text, as mailing lists like it."""

NOBODY = "unknown@archive.invalid"
"""Stands in for an address that an archive took away; .invalid never delivers (RFC 2606)."""

_IDENTITY = "Your Name <you@example.invalid>"
_MANY = 20


@dataclass(frozen=True, slots=True)
class ReplyFinding:
    """One remark of a reply, in words a list reader understands without knowing kstale."""

    path: str
    line: int
    """1-based in the post-image (or the tree, for a file the patch leaves alone)."""
    words: str
    """The words of the comment it rests on."""
    paragraphs: tuple[str, ...]
    """What is wrong and why; running text is wrapped, an indented paragraph is kept as it is."""
    drawing: str = ""
    """The race in CPU columns, drawn at most 78 columns wide."""
    rule: str = ""
    breaks: str = ""
    """``reason``, ``result`` or ''."""
    broken_on: tuple[str, ...] = ()
    """Machines on which it breaks."""
    holds_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Remark:
    text: str
    drawing: str
    verdict: str


@dataclass(frozen=True, slots=True)
class _Part:
    quoted: tuple[str, ...]
    remarks: tuple[_Remark, ...]


def reply_finding(finding: Finding) -> ReplyFinding:
    """What a reply says of a finding: the message, the facts behind it, the witness."""
    paragraphs = [finding.verdict.message]
    facts = [
        f"{place.path}:{place.line}: {place.note}" if place.line else f"{place.path}: {place.note}"
        for place in finding.evidence.locations
    ]
    if facts:
        paragraphs.append("\n".join(f"  {fact}" for fact in facts))
    witness = finding.evidence.witness
    if witness is not None:
        paragraphs.append(f"On {witness.machine} this can happen:")
    return ReplyFinding(
        path=finding.path,
        line=finding.line,
        words=finding.quote,
        paragraphs=tuple(paragraphs),
        drawing=witness.drawing if witness is not None else "",
        rule=finding.rule,
        breaks=finding.breaks.value,
        broken_on=finding.machines.broken,
        holds_on=finding.machines.holds,
    )


def draft_reply(
    message: Message,
    patch: Patch,
    findings: Sequence[ReplyFinding],
    *,
    identity: str = "",
    date: str = "",
    changes: Sequence[FileChange] = (),
    templates: Path | None = None,
) -> str:
    """A reply to ``message`` (which carries or quotes ``patch``) as RFC 5322 text, unsent.

    ``identity`` is the writer's ``Name <address>`` and is left out of Cc; ``date`` is an RFC 5322
    date or '' to leave the header to the mailer; ``changes`` from rebuild place remarks whose
    words the patch does not show. What an archive masked is listed in X-Kstale-Draft. Raises
    KstaleError when there is nothing to say.
    """
    if not findings:
        raise KstaleError(f"{message.source}: no findings, so there is nothing to reply")
    folder = templates or templates_folder()
    # plain text, no markup to escape
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    text = environment.get_template("reply.mail.j2").render(
        headers=_headers(message, identity or _IDENTITY, date),
        attribution=_attribution(message),
        parts=_parts(message, patch, findings, changes),
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def templates_folder() -> Path:
    """Where the templates are: inside the wheel, or at the top of a checkout."""
    packaged = Path(__file__).resolve().parent.parent / "_data" / "templates"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "templates"


def git_identity(folder: Path) -> str:
    """``Name <address>`` that git would commit with in a folder, '' when it has none."""
    try:
        done = subprocess.run(
            ["git", "var", "GIT_AUTHOR_IDENT"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.match(r"(.*<[^>]*>) \d+ [+-]\d{4}$", done.stdout.strip())
    return match.group(1) if match and done.returncode == 0 else ""


def _headers(message: Message, identity: str, date: str) -> list[tuple[str, str]]:
    missing: list[str] = []
    own = parseaddr(identity)[1].lower()
    to = _address(message.sender)
    if to is None:
        missing.append("To")
        name = " ".join(message.sender.split()) or "unknown"
        to = _formatted(name, NOBODY)
    seen = {own, parseaddr(to)[1].lower()}
    cc: list[str] = []
    for person in (*message.to, *message.cc):
        address = _address(person)
        if address is None or parseaddr(address)[1].lower() in seen:
            continue
        seen.add(parseaddr(address)[1].lower())
        cc.append(address)
    headers = [("From", _address(identity) or _IDENTITY), ("To", to)]
    if cc:
        headers.append(("Cc", ",\n ".join(cc)))
    elif not message.to and not message.cc:
        missing.append("Cc")
    headers.append(("Subject", _subject(message.subject)))
    if date:
        headers.append(("Date", _clean(date)))
    if message.message_id:
        headers.append(("In-Reply-To", _clean(message.message_id)))
        headers.append(("References", "\n ".join(_references(message))))
    else:
        missing.extend(("In-Reply-To", "References"))
    headers += [
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    note = "not sent"
    if missing:
        note += f"; the message does not show, fill in: {', '.join(missing)}"
    headers.append(("X-Kstale-Draft", note))
    return headers


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


def _attribution(message: Message) -> str:
    name = parseaddr(message.sender)[0] or _clean(message.sender) or "the author"
    when = _clean(parse_date(message.date)) if message.date else ""
    return f"On {when}, {_clean(name)} wrote:" if when else f"{_clean(name)} wrote:"


def _parts(
    message: Message, patch: Patch, findings: Sequence[ReplyFinding], changes: Sequence[FileChange]
) -> list[_Part]:
    """Quoted pieces in the order of the message, remarks under them; what is elsewhere last."""
    placed: list[tuple[Anchor, ReplyFinding]] = []
    elsewhere: list[ReplyFinding] = []
    for finding in findings:
        anchor = find_anchor(patch, finding.path, finding.line, finding.words, changes)
        if anchor is None:
            elsewhere.append(finding)
        else:
            placed.append((anchor, finding))
    placed.sort(key=lambda item: (item[0].key, item[1].line))
    parts: list[_Part] = []
    after = 0
    file = None
    lead = nested_attribution(message, patch)
    for anchor, finding in placed:
        lines, after = quoted_part(message, anchor, after, with_file=anchor.file is not file)
        remark = _remark(finding, shown=anchor.exact, inside=True)
        if not lines and parts:
            parts[-1] = _Part(parts[-1].quoted, (*parts[-1].remarks, remark))
        else:
            head = [*lead, CUT] if lead else []
            parts.append(_Part((*head, *lines), (remark,)))
        file, lead = anchor.file, []
    if elsewhere:
        remarks = tuple(_remark(finding, shown=False, inside=False) for finding in elsewhere)
        parts.append(_Part(tuple(lead), remarks))
    return parts


def _remark(finding: ReplyFinding, *, shown: bool, inside: bool) -> _Remark:
    paragraphs: list[str] = []
    if not shown:
        verb = "says" if inside else "which this patch does not touch, says"
        place = f"{finding.path}:{finding.line}"
        comma = "" if inside else ","
        paragraphs.append(f"The comment at {place}{comma} {verb}:")
        words = " ".join(finding.words.split())
        paragraphs.append(
            textwrap.fill(
                f'"{words}"',
                WIDTH,
                initial_indent="  ",
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    paragraphs.extend(finding.paragraphs)
    drawing = "\n".join(line.rstrip() for line in finding.drawing.strip("\n").split("\n"))
    return _Remark(
        "\n\n".join(_wrapped(text) for text in paragraphs if text.strip()),
        drawing,
        _wrapped(_verdict(finding)),
    )


def _wrapped(text: str) -> str:
    """Running text at WIDTH columns; indented paragraphs stay, but for trailing white space."""
    if text[:1] in (" ", "\t"):
        return "\n".join(line.rstrip() for line in text.split("\n"))
    return textwrap.fill(
        " ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False
    )


_CONSEQUENCE = {
    "reason": "The reason the comment gives is what breaks; the comment needs mending.",
    "result": "What breaks is the promise itself, so the code is at risk.",
}


def _verdict(finding: ReplyFinding) -> str:
    """The closing sentences: what breaks, on which machines, by which rule."""
    said: list[str] = []
    if finding.breaks in _CONSEQUENCE:
        said.append(_CONSEQUENCE[finding.breaks])
    if finding.broken_on:
        said.append(f"It breaks on {', '.join(finding.broken_on)}.")
    if finding.broken_on and finding.holds_on:
        said.append(f"It still holds on {', '.join(finding.holds_on)}.")
    if finding.rule:
        said.append(f"(Found by kstale, rule {finding.rule}.)")
    return " ".join(said)
