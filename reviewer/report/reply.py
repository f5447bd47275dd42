"""A reply to a patch as a mail draft: quoted, trimmed, inline. kstale never sends it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.mail.model import FileChange, Message, Patch
from reviewer.report.draft import Part, render
from reviewer.report.placing import Anchor, find_anchor
from reviewer.report.quoting import CUT, nested_attribution, patch_heads, quoted_part
from reviewer.report.remarks import ReplyFinding, remark, together


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
    rules = sorted({one.rule for one in findings if one.rule})
    return render(message, parts, rules, identity=identity, date=date, templates=templates)


def git_identity(folder: Path) -> str:
    """``Name <address>`` that git would commit with in a folder, '' when it has none."""
    try:
        done = subprocess.run(
            ["git", "var", "GIT_AUTHOR_IDENT"],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
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
    lead = nested_attribution(message, patch)
    for anchor, finding in placed:
        lines, after = quoted_part(message, anchor, after, with_file=anchor.file is not file)
        said = remark(finding, anchor, patch)
        if not lines and parts:
            parts[-1] = Part(parts[-1].quoted, (*parts[-1].remarks, said))
        else:
            head = [*lead, CUT] if lead else []
            parts.append(Part((*head, *lines), (said,)))
        file, lead = anchor.file, []
    if elsewhere:
        remarks = tuple(remark(finding, None, patch) for finding in elsewhere)
        names = [name for finding in elsewhere for name in finding.names]
        heads = [] if parts else [*lead, *patch_heads(message, patch, names)]
        parts.append(Part(tuple(heads), remarks))
    return parts
