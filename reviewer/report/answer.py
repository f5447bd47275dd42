"""An answer to a mail without a patch, each remark below the words that it is about."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from reviewer.claims.sentences import around
from reviewer.errors import KstaleError
from reviewer.finding import Finding
from reviewer.mail.model import Message
from reviewer.mail.quote import quote_level, strip_quote
from reviewer.mail.talk import Passage, attributes, passages
from reviewer.report.draft import WIDTH, Part, Remark, item, render, sentence, wrapped
from reviewer.report.ordering import lead, machines, needed, reversed_order, rows
from reviewer.report.quoting import CUT, quote
from reviewer.review.premises import Told
from reviewer.review.talk import Ordering, Talk

_Lines = tuple[int, ...]
"""Lines of the body that a remark answers, ascending."""
_Make = Callable[[set[str]], Remark]
"""Makes the remark; it is given the races that were drawn before, and adds its own."""


def draft_answer(
    talk: Talk, *, identity: str = "", date: str = "", templates: Path | None = None
) -> str:
    """A reply to the mail, inline, as RFC 5322 text, unsent; see ``draft.render``.

    Raises KstaleError when there is nothing to say.
    """
    found = passages(talk.message)
    # what answers no line of the mail stands last; a race is drawn where it comes first
    answers = sorted(_answers(talk, found), key=lambda one: (not one[0], one[0][-1:]))
    if not answers:
        raise KstaleError(f"{talk.message.source}: no findings, so there is nothing to reply")
    drawn: set[str] = set()
    parts = _parts(talk.message, [(lines, make(drawn)) for lines, make in answers])
    rules = {one.finding.rule for one in (*talk.premises, *talk.comments)}
    by = [*sorted(rules), *(["its simulator"] if talk.orderings else [])]
    return render(talk.message, parts, by, identity=identity, date=date, templates=templates)


def premise_parts(message: Message, premises: Sequence[Told]) -> list[Part]:
    """Quotations of false premises of a mail, in its order, with what is said below them."""
    found = passages(message)
    answers = [(_quoted(one.passage, found), one.finding) for one in premises]
    drawn: set[str] = set()
    return _parts(
        message,
        [(lines, _remark(one, "", (), drawn)) for lines, one in sorted(answers, key=_first)],
    )


def _first(answer: tuple[_Lines, Finding]) -> _Lines:
    return answer[0]


def _answers(talk: Talk, found: Sequence[Passage]) -> Iterator[tuple[_Lines, _Make]]:
    said = {_fact(one) for one in talk.premises}
    for told in talk.premises:
        also = _also([one for one in talk.comments if _fact(one) == _fact(told)])
        yield _quoted(told.passage, found), partial(_remark, told.finding, also, ())
    for told in talk.comments:
        if _fact(told) not in said:
            yield _quoted(told.passage, found), partial(_remark, told.finding, "", _says(told))
    for one in talk.orderings:
        yield _listed(one, found), partial(_order, one)


def _fact(told: Told) -> tuple[str, str]:
    return told.finding.rule, told.finding.verdict.message


def _says(told: Told) -> list[str]:
    """The comment of the tree that a remark is about, quoted."""
    one = told.finding
    words = around(one.claim.comment.text, one.claim.start, one.claim.end)
    quoted = textwrap.fill(
        f'"{words}"',
        WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"The comment at {told.topic.name}(), {one.path}:{one.line}, says:", quoted]


def _also(same: Sequence[Told]) -> str:
    places = [f"{one.finding.path}:{one.finding.line}" for one in same]
    if not places:
        return ""
    return f"The comment at {same[0].topic.name}() ({', '.join(places)}) says so too."


def _remark(one: Finding, also: str, before: Sequence[str], drawn: set[str]) -> Remark:
    """What is said of a premise or a comment: the fact, its places, the race, where, a question."""
    paragraphs = [*before, sentence(one.verdict.message)]
    facts = [
        f"{place.path}:{place.line}: {place.note}" if place.line else f"{place.path}: {place.note}"
        for place in one.evidence.locations
    ]
    if facts:
        paragraphs.append("\n".join(item(fact) for fact in facts))
    witness = one.evidence.witness
    drawing = ""
    if witness is not None and witness.drawing in drawn:
        paragraphs.append(f"The race above, on {witness.machine}, shows it.")
    elif witness is not None:
        drawn.add(witness.drawing)
        drawing = "\n".join(line.rstrip() for line in witness.drawing.strip("\n").split("\n"))
        paragraphs.append(f"On {witness.machine} this can happen:")
    end = []
    if one.machines.broken:
        end.append(f"It fails on {', '.join(one.machines.broken)}.")
    if one.machines.broken and one.machines.holds:
        end.append(f"It holds on {', '.join(one.machines.holds)}.")
    end += [also] if also else []
    end.append("Does it rest on anything else there?")
    text = "\n\n".join(wrapped(paragraph) for paragraph in paragraphs)
    return Remark(text, drawing, wrapped(" ".join(end)))


def _order(one: Ordering, drawn: set[str]) -> Remark:
    """What an ordering argument comes to."""
    end = [wrapped(machines(one.table))]
    if barriers := list(needed(one)):
        end.append("What keeps the others out, with one barrier taken away at a time:")
        end.append("\n".join(item(f"- {line}") for line in barriers))
    if more := reversed_order(one):
        end.append(wrapped(more))
        end.append("\n".join(item(f"{at.path}:{at.line}: {at.note}") for at in one.reversed_at))
    if one.table.again:
        end.append(
            wrapped(
                "All values are taken to differ: one that comes back passes for the one before."
            )
        )
    table = "\n".join(f"  {line}" for line in rows(one.table))
    return Remark(wrapped(lead(one)), table, "\n\n".join(end))


def _quoted(passage: Passage | None, found: Sequence[Passage]) -> tuple[int, ...]:
    """The lines of a passage, with a line above that leads to it ("…because:")."""
    if passage is None:
        return ()
    lines = list(range(passage.first, passage.last + 1))
    return (*_leading(passage, found), *lines)


def _leading(passage: Passage, found: Sequence[Passage]) -> list[int]:
    at = found.index(passage)
    above = found[at - 1] if at else None
    if above is None or above.depth != passage.depth or not above.text.endswith(":"):
        return []
    return list(range(above.first, above.last + 1))


def _listed(one: Ordering, found: Sequence[Passage]) -> tuple[int, ...]:
    """The lines of an ordering's lists, each with what leads to it."""
    numbers: set[int] = set()
    for listing in (*one.argument.writers, one.argument.reader):
        numbers.update(range(listing.first, listing.last + 1))
        holding = next(p for p in found if p.first <= listing.first <= p.last)
        numbers.update(_leading(holding, found))
    return tuple(sorted(numbers))


def _parts(message: Message, answers: Sequence[tuple[_Lines, Remark]]) -> list[Part]:
    """Quotations with what is said below them."""
    body = message.body.split("\n")
    parts: list[Part] = []
    after = 0
    for lines, remark in answers:
        wanted = {*lines, *_attributions(body, lines)}
        numbers = sorted(number for number in wanted if number > after)
        quoted: list[str] = []
        for number in numbers:
            if after and number > after + 1:
                gap = body[after : number - 1]
                blank = not any(re.sub(r"[>\s]", "", line) for line in gap)
                quoted += [quote(line) for line in gap] if blank else [CUT]
            quoted.append(quote(body[number - 1]))
            after = number
        if not quoted and parts:
            parts[-1] = Part(parts[-1].quoted, (*parts[-1].remarks, remark))
        else:
            parts.append(Part(tuple(quoted), (remark,)))
    return parts


def _attributions(body: Sequence[str], lines: Sequence[int]) -> Iterator[int]:
    """Lines that say who wrote what is quoted, one for each level below."""
    if not lines:
        return
    for depth in range(quote_level(body[lines[0] - 1])):
        for number in range(lines[0] - 1, 0, -1):
            line = body[number - 1]
            if quote_level(line) == depth and attributes(strip_quote(line, depth)):
                yield number
                break
