"""A reply to a patch as a mail draft: quoted, trimmed, inline. kstale never sends it."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reviewer.errors import KstaleError
from reviewer.finding import Finding, Origin
from reviewer.mail.model import FileChange, Message, Patch
from reviewer.report.headers import attribution, reply_headers
from reviewer.report.quoting import (
    CUT,
    Anchor,
    find_anchor,
    nested_attribution,
    patch_heads,
    quoted_part,
)

WIDTH = 72
"""Columns of running text, as mailing lists like it."""


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
    plain: bool = False
    """True for a name that went: one sentence says it all."""


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
    plain = _gone_name(finding)
    # the reader's tree may well have what the tree with the patch has not
    message = finding.verdict.message.replace("this tree", "the tree with this patch")
    paragraphs = [plain or _sentence(message)]
    facts = [
        f"{place.path}:{place.line}: {place.note}" if place.line else f"{place.path}: {place.note}"
        for place in finding.evidence.locations
    ]
    if facts:
        paragraphs.append("\n".join(_item(fact) for fact in facts))
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
        plain=bool(plain),
    )


_NAMED = {"vanished-function": "()", "vanished-macro": "", "vanished-struct-or-field": ""}


def _gone_name(finding: Finding) -> str:
    """The one sentence about a name that the patch itself took away, else ''."""
    if finding.rule not in _NAMED:
        return ""
    named = finding.claim.object or finding.claim.subject
    if not named.name:
        return ""
    if finding.origin not in (Origin.EXPOSED, Origin.LEFT_BEHIND):
        return ""
    return f"nit: this names {named.name}{_NAMED[finding.rule]}, which this patch removes."


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
    words the patch does not show. ``missing_headers`` says what an archive masked. Raises
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
        headers=reply_headers(message, identity, date),
        attribution=attribution(message),
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
        remark = _remark(finding, anchor)
        if not lines and parts:
            parts[-1] = _Part(parts[-1].quoted, (*parts[-1].remarks, remark))
        else:
            head = [*lead, CUT] if lead else []
            parts.append(_Part((*head, *lines), (remark,)))
        file, lead = anchor.file, []
    if elsewhere:
        remarks = tuple(_remark(finding, None) for finding in elsewhere)
        heads = [] if parts else [*lead, *patch_heads(message, patch)]
        parts.append(_Part(tuple(heads), remarks))
    return parts


def _remark(finding: ReplyFinding, anchor: Anchor | None) -> _Remark:
    """What is said under an anchor; words that the patch does not show are quoted first."""
    paragraphs: list[str] = []
    if anchor is None or not anchor.exact:
        place = f"{finding.path}:{finding.line}"
        apart = ", which this patch does not touch," if anchor is None else ""
        paragraphs.append(f"The comment at {place}{apart} says:")
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
        _wrapped(_verdict(finding, anchor is not None and anchor.removed)),
    )


def _sentence(text: str) -> str:
    """With a capital and a full stop; names of the code stay as they are."""
    text = text.strip()
    if re.match(r"[a-z]+[ ,]", text):
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def _item(text: str) -> str:
    """A fact on lines of its own, indented."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
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


_REMOVED = "The patch takes these words out."


def _verdict(finding: ReplyFinding, removed: bool) -> str:
    """The closing sentences: what breaks, on which machines, by which rule."""
    said: list[str] = []
    if removed:
        said.append(_REMOVED)
    elif finding.breaks in _CONSEQUENCE and not finding.plain:
        said.append(_CONSEQUENCE[finding.breaks])
    if finding.broken_on:
        said.append(f"It breaks on {', '.join(finding.broken_on)}.")
    if finding.broken_on and finding.holds_on:
        said.append(f"It still holds on {', '.join(finding.holds_on)}.")
    if finding.rule:
        said.append(f"(Found by kstale, rule {finding.rule}.)")
    return " ".join(said)
