"""The lines of one hunk out of a mail that may have damaged them.

A mailer or an archive may take the blank in front of context lines, fold long lines, or drop
blank lines at the end; a person quoting a patch cuts it. The header's counts say which reading of
the lines is the right one, so damage is mended only where the counts then agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reviewer.mail.quote import QuotedLine, is_cut

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_HALF_HUNK = re.compile(r"@@(?: -\d+(?:,\d+)?(?: \+\d+(?:,\d+)?)?)? ?")
_NO_NEWLINE = re.compile(r"\\ (?:No newline at end of file|.*)$")
LOST = "white space in front of context lines was lost"
"""The note on a mail whose lines no longer start as diff wrote them."""

FOLD_FROM = 50
"""Mailers fold at 65 columns or more; a line shorter than this was not folded at its end."""


@dataclass(frozen=True, slots=True)
class HunkLines:
    """What was read for one hunk: each line starts with ' ', '-', '+' or ``\\``."""

    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    cuts: tuple[int, ...]
    partial: bool
    folded_section: str
    """A piece of the section text that was folded onto a line of its own, or ''."""
    end: int
    """Index of the first line behind the hunk."""
    notes: tuple[str, ...]
    missing: tuple[int, int] = (0, 0)
    """Old and new lines that the header counts and the mail does not have."""
    surplus: int = 0
    """Lines behind the counted ones that look like more of the hunk."""


@dataclass(slots=True)
class _Attempt:
    """One way to read a block; ``left`` is what the counts still ask for."""

    lines: list[str]
    numbers: list[int]
    cuts: list[int]
    left: list[int]
    end: int
    mended: int = 0
    ok: bool = False


def unwrapped(lines: Sequence[QuotedLine]) -> list[QuotedLine]:
    """The lines with hunk headers whole that a mailer had folded before their second ``@@``."""
    found: list[QuotedLine] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and line.text and _HALF_HUNK.fullmatch(last.text):
            joined = f"{last.text.rstrip()} {line.text.lstrip()}"
            if _HUNK.match(joined):
                found[-1] = replace(last, text=joined)
                continue
        found.append(line)
    return found


def starts_header(lines: Sequence[QuotedLine], index: int) -> bool:
    """True where a new file or hunk begins, or the mail's signature or next mail does."""
    text = lines[index].text
    if text.startswith(("diff --git ", "Index: ")) or _HUNK.match(text):
        return True
    following = lines[index + 1].text if index + 1 < len(lines) else ""
    if text.startswith("--- ") and following.startswith("+++ "):
        return True
    return text == "-- " or (text == "--" and re.match(r"$|\d+\.\d+", following) is not None)


def read_hunk(lines: Sequence[QuotedLine], start: int, old_count: int, new_count: int) -> HunkLines:
    """Read the hunk whose body starts at ``lines[start]``, mending what can be mended.

    Never raises: a body shorter than the counts comes back ``partial`` with ``missing`` set.
    """
    strict = _attempt(lines, start, old_count, new_count, _strict)
    if strict.ok:
        return replace(_result(strict, ()), surplus=_surplus(lines, strict.end))
    block = _block(lines, start, old_count + new_count)
    folded_section = ""
    bare = [line for line in block if line.text and line.text[0] not in " +-\\"]
    intact = any(line.text.startswith((" \t", "  ")) for line in block)
    tries: list[tuple[Callable[[str], str], str]] = [
        (_lenient, LOST),
        (_doubled, LOST),
    ]
    joined = _join_folded(block) if bare else block
    order = [(block, attempt, note) for attempt, note in tries]
    if len(joined) != len(block):
        join = (joined, _strict, "folded lines were joined")
        order.insert(0 if intact else len(order), join)
        order.append((joined, _lenient, "folded lines were joined, white space was lost"))
        if joined and joined[0].number != block[0].number:
            folded_section = block[0].text
    best: _Attempt | None = None
    for candidate, classify, note in order:
        attempt = _attempt(candidate, 0, old_count, new_count, classify)
        if attempt.ok and not _overrun(candidate, attempt):
            end = start + _consumed(block, candidate, attempt)
            kept = folded_section if candidate is joined else ""
            return _result(attempt, (note,), end=end, folded_section=kept)
        if best is None or sum(attempt.left) < sum(best.left):
            best = attempt
    return _short(lines, start, block, old_count, new_count)


def _short(
    lines: Sequence[QuotedLine], start: int, block: list[QuotedLine], old_count: int, new_count: int
) -> HunkLines:
    """The block has fewer lines than counted: blank ends were dropped, or the quote was cut."""
    kept = [line for line in block if not is_cut(line.text)]
    cut_before = {block[i + 1].number for i in range(len(block) - 1) if is_cut(block[i].text)}
    attempt = _attempt(kept, 0, old_count, new_count, _lenient, tolerate=True)
    while attempt.lines and attempt.lines[-1] == " ":
        attempt.lines.pop()
        attempt.numbers.pop()
        attempt.left = [attempt.left[0] + 1, attempt.left[1] + 1]
    end = start + (attempt.end if len(kept) == len(block) else len(block))
    at_end = end >= len(lines) or all(not line.text.strip() for line in lines[end : end + 2])
    old_left, new_left = attempt.left
    uncut = (
        len(kept) == len(block)
        and not attempt.mended
        and not any(line.interrupted for line in block[1:])
    )
    if old_left == new_left and 0 < old_left <= 3 and at_end and uncut and attempt.lines:
        last = attempt.numbers[-1]
        attempt.lines.extend([" "] * old_left)
        attempt.numbers.extend([last] * old_left)
        return _result(attempt, ("blank lines at the end were put back",), end=end)
    cuts = tuple(
        sorted(
            {*attempt.cuts, *(i for i, n in enumerate(attempt.numbers) if n in cut_before)} - {0}
        )
    )
    notes = (LOST,) if attempt.mended else ()
    # every line reads as one of a hunk, and still the counts are met on one side alone
    whole = all(not line.text or line.text[0] in " +-\\" for line in block)
    surplus = len(block) - attempt.end if whole and attempt.end < len(kept) else 0
    return HunkLines(
        tuple(attempt.lines), tuple(attempt.numbers), cuts, True, "",
        start + len(block) if surplus else end, notes,
        (max(old_left, 0), max(new_left, 0)), surplus,
    )  # fmt: skip


_MORE = re.compile(r"[+-](?![+-]{2} )(?:\s*$|[\t #/{}*]|\w+[(\[ ;=]|--\w)")
"""A changed line, and not a bullet of a list or a mail's signature."""


def _surplus(lines: Sequence[QuotedLine], end: int) -> int:
    """How many lines go on as a hunk does right behind the last counted one."""
    if end >= len(lines) or lines[end].interrupted or not _MORE.match(lines[end].text):
        return 0
    if starts_header(lines, end):
        return 0
    count = 0
    for index in range(end, len(lines)):
        text = lines[index].text
        if not text or text[0] not in " +-\t" or starts_header(lines, index):
            break
        count += 1
    return count


def _strict(text: str) -> str:
    """A line as diff writes it; '' refuses it."""
    if not text:
        return " "
    return text if text[0] in " +-" else ""


def _lenient(text: str) -> str:
    """A line that starts with neither sign is context that lost its blank."""
    return text if text and text[0] in " +-" else " " + text


def _doubled(text: str) -> str:
    """As lenient, and ``--x`` or ``++x`` is context too: code that starts with an operator."""
    return " " + text if text.startswith(("--", "++")) else _lenient(text)


def _attempt(
    lines: Sequence[QuotedLine],
    start: int,
    old_count: int,
    new_count: int,
    classify: Callable[[str], str],
    *,
    tolerate: bool = False,
) -> _Attempt:
    """Consume lines until the counts are met; ``tolerate`` skips what they do not allow."""
    result = _Attempt([], [], [], [old_count, new_count], start)
    while result.end < len(lines):
        line = lines[result.end]
        if _NO_NEWLINE.match(line.text) and result.lines and result.lines[-1][0] != "\\":
            result.lines.append(line.text)
            result.numbers.append(line.number)
            result.end += 1
            continue
        if result.left == [0, 0]:
            break
        text = classify(line.text)
        if not text:
            return result
        old, new = result.left[0] - (text[0] != "+"), result.left[1] - (text[0] != "-")
        if old < 0 or new < 0:
            if not tolerate:
                return result
            break
        if line.interrupted and result.lines:
            result.cuts.append(len(result.lines))
        result.mended += text != line.text and bool(line.text)
        result.left = [old, new]
        result.lines.append(text)
        result.numbers.append(line.number)
        result.end += 1
    result.ok = result.left == [0, 0]
    return result


def _block(lines: Sequence[QuotedLine], start: int, count: int) -> list[QuotedLine]:
    """The lines up to the next header or signature, at most twice what the counts ask for."""
    end = start
    limit = min(len(lines), start + 2 * count + 8)
    while end < limit and not starts_header(lines, end):
        end += 1
    return list(lines[start:end])


def _join_folded(block: list[QuotedLine]) -> list[QuotedLine]:
    """Put lines without a sign back onto the long line before them."""
    joined: list[QuotedLine] = []
    length = 0
    for position, line in enumerate(block):
        folded = bool(line.text) and line.text[0] not in " +-\\"
        if folded and position == 0:
            continue
        if folded and joined and length >= FOLD_FROM:
            previous = joined[-1]
            glue = "" if previous.text.endswith((" ", "\t")) else " "
            joined[-1] = QuotedLine(
                previous.number, previous.text + glue + line.text, previous.interrupted
            )
        else:
            joined.append(line)
        length = len(line.text.expandtabs())
    return joined


def _overrun(lines: Sequence[QuotedLine], attempt: _Attempt) -> bool:
    """True if what follows still looks like part of the hunk, so that the reading was wrong."""
    if attempt.end >= len(lines):
        return False
    text = lines[attempt.end].text
    return bool(text) and text[0] in "+-\t" and not text.startswith("--")


def _consumed(block: list[QuotedLine], candidate: Sequence[QuotedLine], attempt: _Attempt) -> int:
    """How many lines of the block as it stood the attempt has used."""
    if attempt.end >= len(candidate):
        return len(block)
    number = candidate[attempt.end].number
    return next(i for i, line in enumerate(block) if line.number == number)


def _result(
    attempt: _Attempt,
    notes: tuple[str, ...],
    *,
    end: int | None = None,
    folded_section: str = "",
) -> HunkLines:
    return HunkLines(
        tuple(attempt.lines), tuple(attempt.numbers), tuple(attempt.cuts), False,
        folded_section, attempt.end if end is None else end, notes,
    )  # fmt: skip
