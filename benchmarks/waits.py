"""Waits for readers in a tree: how many a model decides, and what mutants of them do.

    python -m benchmarks.waits [--kept] TREE mm kernel …

Every claim about a wait for readers of RCU is judged by the rule ``wait-outlasts-readers``. Each
that holds is asked again, as of a patch, with its wait taken out or made immediate, with the wait
before the link goes, and without the reader's section. ``--kept`` leaves the mutants out.
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
from reviewer.verdict import Decision, Verdict
from reviewer.world import Library

_RULE = next(one for one in prepare(Selection()).rules if one.name == "wait-outlasts-readers")
_WORDS = re.compile(rb"synchronize_|call_rcu|kv?free_rcu")
_NOW = (
    (re.compile(rb"^(\s*)synchronize_\w+\(\);"), rb"\1;"),
    (re.compile(rb"\bcall_rcu\w*\((.*), (\w+)\);"), rb"\2(\1);"),
    (re.compile(rb"\bk(v?)free_rcu\w*\(([^,()]*)(?:, \w+)?\);"), rb"k\1free(\2);"),
    (re.compile(rb"\bqueue_rcu_work\((.*)\);"), rb"queue_work(\1.work);"),
)
"""A wait that is taken out, a callback that runs at once."""
_SECTION = re.compile(rb"^(\s*)rcu_read_lock\w*\(\);")
_STATEMENT = re.compile(rb"^\s*[^\s#{}][^{}]*;\s*$")


def _mutants(library: Library, verdict: Verdict) -> Iterator[tuple[str, str, bytes]]:
    """What is done to the code, the file, and what it is then."""
    wait, *sections = verdict.rests_on
    lines = (library.tree.read(wait.path) or b"").split(b"\n")
    at = wait.line - 1
    made = (pattern.sub(to, lines[at], count=1) for pattern, to in _NOW)
    changed = next((one for one in made if one != lines[at]), None)
    whole = b"\n".join([*lines[:at], changed or b"", *lines[wait.line :]])
    yield f"no wait at {wait.line}", wait.path if changed is not None else "", whole
    up = next(
        (n for n in range(at - 1, max(0, at - 29), -1)
         if re.search(rb"del\w*_rcu\(|rcu_assign_pointer\(|RCU_INIT_P", lines[n])
         and _STATEMENT.match(lines[n])), None,
    )  # fmt: skip
    if up is not None:
        done = [*lines]
        done[up], done[at] = lines[at], lines[up]
        yield f"wait before the link goes at {up + 1}", wait.path, b"\n".join(done)
    for one in sections:
        lines = (library.tree.read(one.path) or b"").split(b"\n")
        changed = _SECTION.sub(rb"\1;", lines[one.line - 1])
        if changed != lines[one.line - 1]:
            lines[one.line - 1] = changed
            yield f"no section at {one.path}:{one.line}", one.path, b"\n".join(lines)


def _asked(library: Library, path: str, post: bytes, claim: Claim, at: str) -> str:
    """What is said of the claim where a file is another."""
    for other, verdict in verdicts(_RULE, patched(library, path, post), at):
        if other.comment.text == claim.comment.text and other.line == claim.line:
            return f"{verdict.decision} ({verdict.message})"
    return "not judged any more"


def main() -> int:
    """Print a line for each claim, then the counts."""
    library, paths, kept = opened(sys.argv[1:])
    counts: Counter[str] = Counter()
    why: Counter[str] = Counter()
    spent: list[float] = []
    for path in paths:
        if not _WORDS.search(library.tree.read(path) or b""):
            continue
        start = time.process_time()
        for claim, verdict in verdicts(_RULE, library, path):
            spent.append(time.process_time() - start)
            counts[verdict.decision] += 1
            if verdict.decision is not Decision.HOLDS:
                why[re.sub(r"\S+\(\)|\S+:\d+|\S*\.\S+", "…", verdict.message)] += 1
            print(f"{path}:{claim.line}: {verdict.decision}: {verdict.message}; {spent[-1]:.2f} s")
            mutants = _mutants(library, verdict) if verdict.decision is Decision.HOLDS else ()
            for what, changed, post in mutants if not kept else ():
                said = _asked(library, changed, post, claim, path) if changed else "not made"
                print(f"    {what}: {said}", flush=True)
                counts[f"{what.partition(' at ')[0]}: {said.partition(' (')[0]}"] += 1
            start = time.process_time()
    say(counts, why, spent=spent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
