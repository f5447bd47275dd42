"""A rule that judges by models: what it decides in a tree, and what mutants of that do.

    python -m benchmarks.properties [--kept] RULE TREE mm arch/x86 …

Every claim that the rule reads is judged. Each that holds is asked again, as of a patch, with each
operation that it rests on taken out or weakened: it must not hold any more. Edits that change
nothing (a line of comment above, a call of barrier() behind) must leave it as it is. ``--kept``
leaves the mutants out.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator

from benchmarks.patched import opened, patched, say, verdicts
from reviewer.claims.model import Claim
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.rule import Rule
from reviewer.verdict import Decision, Location, Verdict
from reviewer.world import Library

_EDITS = (
    (re.compile(r"\bpte_offset_map_lock\([^,]+, ([^,]+, [^,]+), [^;]+"), r"pte_offset_map(\1)"),
    (re.compile(r"\bpte_same\(ptep_get\([^()]+\), [^()]+\)"), "1"),
    (re.compile(r"= p(te|md)p?_\w*(?:clear|flush)\w*\((?:[^,]+, )*([^,]+)\);"), r"= p\1p_get(\2);"),
    (re.compile(r"\bp(?:te|md)_val\(\w+\) != p(?:te|md)_val\([^()]*(?:\(\w+\))?\)"), "0"),
    (re.compile(r"\b(?:folio_ref_count|page_count)\((\w+)\)"), "1"),
    (re.compile(r"!?\bfolio_ref_freeze\((\w+), [^()]*(?:\(\w+\))?\)"), "1"),
    (re.compile(r"^(\s*)\w+\([^;{}]*\);$"), r"\1;"),
)  # fmt: skip
"""What is done to a line that a claim rests on; the first that changes it."""


def _mutants(library: Library, place: Location) -> Iterator[tuple[str, bytes]]:
    """What is done to the code, and what the file is then."""
    lines = (library.tree.read(place.path) or b"").decode("latin-1").split("\n")
    here = lines[place.line - 1]
    for pattern, to in _EDITS:
        changed = pattern.sub(to, here)
        if changed != here:
            done = [*lines[: place.line - 1], changed, *lines[place.line :]]
            yield f"without {place.note}", "\n".join(done).encode("latin-1")
            return
    yield "not made", b""


def _neutral(library: Library, place: Location) -> Iterator[tuple[str, bytes]]:
    lines = (library.tree.read(place.path) or b"").decode("latin-1").split("\n")
    indent = re.match(r"\s*", lines[place.line - 1])
    if place.line < 2 or not lines[place.line - 2].rstrip().endswith((";", "{", "}", "*/")):
        return
    tabs = indent[0] if indent else ""
    for added in ("/* As ever. */", "barrier();"):
        done = [*lines[: place.line - 1], tabs + added, *lines[place.line - 1 :]]
        yield f"neutral: {added}", "\n".join(done).encode("latin-1")


def _asked(
    rule: Rule, library: Library, path: str, post: bytes, claim: Claim, at: str
) -> Verdict | None:
    """What is said of the claim where a file is another."""
    for other, verdict in verdicts(rule, patched(library, path, post), at):
        if other.comment.text == claim.comment.text and other.quote == claim.quote:
            return verdict
    return None


def main() -> int:
    """Print a line for each claim, then the counts."""
    arguments = sys.argv[1:]
    name = arguments.pop(1 if arguments[:1] == ["--kept"] else 0)
    rule = next(one for one in prepare(Selection(only=(name,))).rules if one.name == name)
    library, paths, kept = opened(arguments)
    counts: Counter[str] = Counter()
    why: Counter[str] = Counter()
    spent: list[float] = []
    for path in paths:
        start = time.process_time()
        for claim, verdict in verdicts(rule, library, path):
            spent.append(time.process_time() - start)
            counts[verdict.decision] += 1
            if verdict.decision is not Decision.HOLDS:
                why[verdict.message] += 1
            quote = " ".join(claim.quote.split())
            print(
                f"{path}:{claim.line}: {verdict.decision}: {verdict.message}; {spent[-1]:.2f} s "
                f'"{quote}"',
                flush=True,
            )
            places = verdict.rests_on if verdict.decision is Decision.HOLDS and not kept else ()
            for place in places:
                edits = (*_mutants(library, place), *_neutral(library, place))
                for what, post in edits:
                    said = _asked(rule, library, place.path, post, claim, path) if post else None
                    told = f"{said.decision} ({said.message})" if said is not None else "not judged"
                    print(f"    {place.path}:{place.line} {what}: {told}", flush=True)
                    counts[f"{what.partition(':')[0]}: {told.partition(' (')[0]}"] += 1
            start = time.process_time()
    say(counts, why, spent=spent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
