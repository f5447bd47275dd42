"""A reply to a patch as a mail draft: quoted, trimmed, inline. kstale never sends it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.mail.model import FileChange, Message, Patch
from reviewer.report.answer import premise_parts
from reviewer.report.draft import Part, render
from reviewer.report.placing import Anchor, find_anchor
from reviewer.report.quoting import CUT, nested_attribution, patch_heads, quoted_part
from reviewer.report.remarks import ReplyFinding, remark, together
from reviewer.repository import GitError, ask_text
from reviewer.review.premises import Told

_SECONDS = 10.0
"""What git may take to say who the user is."""


def draft_reply(
    message: Message,
    patch: Patch,
    findings: Sequence[ReplyFinding],
    *,
    identity: str = "",
    date: str = "",
    changes: Sequence[FileChange] = (),
    premises: Sequence[Told] = (),
    templates: Path | None = None,
) -> str:
    """A reply to ``message`` (which carries or quotes ``patch``) as RFC 5322 text, unsent.

    ``identity`` is the writer's ``Name <address>`` and is left out of Cc; ``date`` is an RFC 5322
    date or '' to leave the header to the mailer; ``changes`` from rebuild place remarks whose
    words the patch does not show; ``premises`` are what the mail itself says beside the patch.
    ``missing_headers`` says what an archive masked. Raises
    KstaleError when there is nothing to say.
    """
    if not (findings or premises):
        raise KstaleError(f"{message.source}: no findings, so there is nothing to reply")
    said = premise_parts(message, premises)
    parts = [
        *said,
        *(_parts(message, patch, findings, changes, above=said) if findings else []),
    ]
    told = [*(one.rule for one in findings), *(one.finding.rule for one in premises)]
    rules = sorted({rule for rule in told if rule})
    return render(message, parts, rules, identity=identity, date=date, templates=templates)


def git_identity(folder: Path) -> str:
    """``Name <address>`` that git would commit with in a folder, '' when it has none."""
    try:
        said = ask_text(folder, "var", "GIT_AUTHOR_IDENT", seconds=_SECONDS)
    except GitError:
        return ""
    match = re.match(r"(.*<[^>]*>) \d+ [+-]\d{4}$", said.strip())
    return match.group(1) if match else ""


def _parts(
    message: Message,
    patch: Patch,
    findings: Sequence[ReplyFinding],
    changes: Sequence[FileChange],
    *,
    above: Sequence[Part],
) -> list[Part]:
    """Quoted pieces in the order of the message, remarks under them; what is elsewhere last.

    ``above`` is what was quoted of the message before.
    """
    placed: list[tuple[Anchor, ReplyFinding]] = []
    elsewhere: list[ReplyFinding] = []
    for finding in together(findings):
        anchor = find_anchor(patch, finding.wanted, changes)
        if anchor is None:
            elsewhere.append(finding)
        else:
            placed.append((anchor, finding))
    placed.sort(key=lambda item: (item[0].key, item[1].line))
    parts: list[Part] = []
    after = 0
    file = None
    quoted = {line for part in above for line in part.quoted}
    lead = [line for line in nested_attribution(message, patch) if line not in quoted]
    for anchor, finding in placed:
        lines, after = quoted_part(message, anchor, after, with_file=anchor.file is not file)
        said = remark(finding, anchor, patch)
        if not lines and parts:
            parts[-1] = Part(parts[-1].quoted, (*parts[-1].remarks, said))
        else:
            head = [*lead, CUT] if lead or (above and not parts) else []
            parts.append(Part((*head, *lines), (said,)))
        file, lead = anchor.file, []
    if elsewhere:
        remarks = tuple(remark(finding, None, patch) for finding in elsewhere)
        names = [name for finding in elsewhere for name in finding.names]
        heads = [] if parts else [*lead, *patch_heads(message, patch, names)]
        parts.append(Part(tuple(heads), remarks))
    return parts
