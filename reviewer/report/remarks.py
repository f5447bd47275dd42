"""What a reply says of a finding, in words that a reader of the list knows without kstale."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.claims.model import Kind, Term
from reviewer.claims.sentences import around
from reviewer.finding import Finding, Origin
from reviewer.mail.model import Patch
from reviewer.report.draft import WIDTH, Remark, item, sentence, wrapped
from reviewer.report.placing import Anchor, Wanted
from reviewer.report.renamed import renamed_to


@dataclass(frozen=True, slots=True)
class ReplyFinding:
    """One remark of a reply."""

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
    named: str = ""
    """As it is written, the name that went: one sentence says it all. '' for other claims."""
    names: tuple[str, ...] = ()
    """The names that the words speak of."""
    end_line: int = 0
    """Last line of the words; 0: the same."""
    facts: tuple[tuple[str, int], ...] = ()
    """Places that show the words to be false."""
    origin: Origin = Origin.EXPOSED
    corrected: bool = False
    """True if the patch puts it right."""
    also: tuple[ReplyFinding, ...] = ()
    """Others that name the same."""

    @property
    def wanted(self) -> Wanted:
        """What the place of the remark is found by."""
        end = max(self.line, self.end_line)
        return Wanted(self.path, self.line, end, self.words, self.names, self.facts, self.corrected)

    @property
    def place(self) -> str:
        """``path:line``."""
        return f"{self.path}:{self.line}"


def reply_finding(finding: Finding, *, corrected: bool = False) -> ReplyFinding:
    """What a reply says of a finding: the message, the facts behind it, the witness."""
    claim = finding.claim
    # the reader's tree may well have what the tree with the patch has not
    tree = "the tree without this patch" if corrected else "the tree with this patch"
    paragraphs = [sentence(finding.verdict.message.replace("this tree", tree))]
    named = _written(claim.object or claim.subject) if claim.kind is Kind.REFERS else ""
    facts = [
        f"{place.path}:{place.line}: {place.note}" if place.line else f"{place.path}: {place.note}"
        for place in finding.evidence.locations
    ]
    if facts and not named:
        paragraphs.append("\n".join(item(fact) for fact in facts))
    witness = finding.evidence.witness
    if witness is not None:
        paragraphs.append(f"On {witness.machine} this can happen:")
    terms = (claim.subject, claim.object) if claim.object else (claim.subject,)
    return ReplyFinding(
        path=finding.path,
        line=finding.line,
        end_line=finding.end_line,
        words=finding.quote,
        said=around(claim.comment.text, claim.start, claim.end),
        paragraphs=tuple(paragraphs),
        drawing=witness.drawing if witness is not None else "",
        rule=finding.rule,
        breaks=finding.verdict.breaks.value if finding.verdict.breaks else "",
        broken_on=finding.machines.broken,
        holds_on=finding.machines.holds,
        named=named,
        names=tuple(_plain(term.name) for term in terms if term.name),
        facts=tuple((place.path, place.line) for place in finding.evidence.locations),
        origin=finding.origin,
        corrected=corrected,
    )


def _plain(name: str) -> str:
    """A member without what it is a member of; a path as it is."""
    return name if "/" in name else re.split(r"->|\.|::", name)[-1]


def _written(term: Term) -> str:
    name = _plain(term.name)
    if term.concept == "function":
        return f"{name}()"
    return f"struct {name}" if term.concept == "struct" else name


def together(findings: Sequence[ReplyFinding]) -> list[ReplyFinding]:
    """Those that the patch makes name the same gone thing as one, the others as they are."""
    heads: dict[tuple[str, bool], int] = {}
    kept: list[ReplyFinding] = []
    for one in findings:
        key = (one.named, one.corrected)
        if one.named and _went(one) and key in heads:
            head = kept[heads[key]]
            kept[heads[key]] = replace(head, also=(*head.also, one))
            continue
        if one.named and _went(one):
            heads[key] = len(kept)
        kept.append(one)
    return kept


def _went(one: ReplyFinding) -> bool:
    """True if this patch took the name away."""
    return one.origin in (Origin.EXPOSED, Origin.LEFT_BEHIND) and not one.corrected


def remark(one: ReplyFinding, anchor: Anchor | None, patch: Patch) -> Remark:
    """What is said under an anchor; words that the patch does not show are quoted first."""
    shown = anchor is not None and anchor.exact
    if one.named and _went(one):
        return Remark(_nit(one, shown, patch))
    paragraphs: list[str] = []
    if not shown:
        touched = any(one.path in (file.new_path, file.old_path) for file in patch.files)
        apart = "" if touched else ", which this patch does not touch,"
        paragraphs.append(f"The comment at {one.place}{apart} says:")
        paragraphs.append(_quoted(one.said or one.words))
    paragraphs.extend(one.paragraphs)
    drawing = "\n".join(line.rstrip() for line in one.drawing.strip("\n").split("\n"))
    return Remark(
        "\n\n".join(wrapped(text) for text in paragraphs if text.strip()),
        drawing,
        wrapped(_end(one, anchor is not None and anchor.removed)),
    )


def _nit(one: ReplyFinding, shown: bool, patch: Patch) -> str:
    """One sentence about a name that the patch itself takes away, and where else it is named."""
    name = one.named
    renamed = [(plain, new) for plain in one.names if (new := renamed_to(patch, plain))]
    now = f"; {name.replace(*renamed[0])} now?" if renamed else "."
    others = [*(() if shown else (one,)), *one.also]
    if shown:
        text = [wrapped(f"nit: this names {name}, which this patch removes{now}")]
        if others:
            text.append(f"So {_is(others)}:")
    else:
        text = [wrapped(f"nit: this patch removes {name}, which is still named here{now}")]
    for other in others:
        text.append(_quoted(other.said or other.words, f"{other.place}: "))
    return "\n\n".join(text)


def _is(others: Sequence[ReplyFinding]) -> str:
    return "does this comment" if len(others) == 1 else "do these comments"


def _quoted(words: str, before: str = "") -> str:
    return textwrap.fill(
        f'{before}"{" ".join(words.split())}"',
        WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


_QUESTION = {
    "reason": "Should the comment be corrected with this patch?",
    "result": "Can this go wrong, or does something else keep it right?",
    "": "Should the comment be corrected with this patch?",
}


def _end(one: ReplyFinding, removed: bool) -> str:
    """The closing sentences: on which machines, what the patch does with it, or what is asked."""
    said: list[str] = []
    if one.broken_on:
        said.append(f"It breaks on {', '.join(one.broken_on)}.")
    if one.broken_on and one.holds_on:
        said.append(f"It still holds on {', '.join(one.holds_on)}.")
    if one.corrected:
        said.append("The patch takes these words out." if removed else "The patch puts this right.")
    elif one.origin is Origin.EXISTING:
        said.append("It was so before this patch.")
    elif one.origin is Origin.INTRODUCED:
        said.append("Is something else meant?")
    else:
        said.append(_QUESTION[one.breaks])
    return " ".join(said)
