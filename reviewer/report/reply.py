"""A reply to a patch as a mail draft: quoted, trimmed, inline. kstale never sends it."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewer.claims.sentences import around
from reviewer.errors import KstaleError
from reviewer.finding import Finding, Origin
from reviewer.mail.model import FileChange, Message, Patch
from reviewer.report.draft import WIDTH, Part, Remark, item, render, sentence, wrapped
from reviewer.report.quoting import (
    CUT,
    Anchor,
    find_anchor,
    nested_attribution,
    patch_heads,
    quoted_part,
)


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
    said: str = ""
    """The whole sentence that the words stand in; '' if that is they."""
    plain: bool = False
    """True for a name that went: one sentence says it all."""


def reply_finding(finding: Finding) -> ReplyFinding:
    """What a reply says of a finding: the message, the facts behind it, the witness."""
    plain = _gone_name(finding)
    # the reader's tree may well have what the tree with the patch has not
    message = finding.verdict.message.replace("this tree", "the tree with this patch")
    paragraphs = [plain or sentence(message)]
    facts = [
        f"{place.path}:{place.line}: {place.note}" if place.line else f"{place.path}: {place.note}"
        for place in finding.evidence.locations
    ]
    if facts:
        paragraphs.append("\n".join(item(fact) for fact in facts))
    witness = finding.evidence.witness
    if witness is not None:
        paragraphs.append(f"On {witness.machine} this can happen:")
    return ReplyFinding(
        path=finding.path,
        line=finding.line,
        words=finding.quote,
        said=around(finding.claim.comment.text, finding.claim.start, finding.claim.end),
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
    parts = _parts(message, patch, findings, changes)
    return render(message, parts, identity=identity, date=date, templates=templates)


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
) -> list[Part]:
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
    parts: list[Part] = []
    after = 0
    file = None
    lead = nested_attribution(message, patch)
    for anchor, finding in placed:
        lines, after = quoted_part(message, anchor, after, with_file=anchor.file is not file)
        remark = _remark(finding, anchor)
        if not lines and parts:
            parts[-1] = Part(parts[-1].quoted, (*parts[-1].remarks, remark))
        else:
            head = [*lead, CUT] if lead else []
            parts.append(Part((*head, *lines), (remark,)))
        file, lead = anchor.file, []
    if elsewhere:
        remarks = tuple(_remark(finding, None) for finding in elsewhere)
        heads = [] if parts else [*lead, *patch_heads(message, patch)]
        parts.append(Part(tuple(heads), remarks))
    return parts


def _remark(finding: ReplyFinding, anchor: Anchor | None) -> Remark:
    """What is said under an anchor; words that the patch does not show are quoted first."""
    paragraphs: list[str] = []
    if anchor is None or not anchor.exact:
        place = f"{finding.path}:{finding.line}"
        apart = ", which this patch does not touch," if anchor is None else ""
        paragraphs.append(f"The comment at {place}{apart} says:")
        words = " ".join((finding.said or finding.words).split())
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
    return Remark(
        "\n\n".join(wrapped(text) for text in paragraphs if text.strip()),
        drawing,
        wrapped(_verdict(finding, anchor is not None and anchor.removed)),
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
