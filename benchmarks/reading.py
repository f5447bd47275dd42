"""Draw sentences about synchronization over a whole tree, and score the reader on judged ones.

    python -m benchmarks.reading draw TREE --seed N [--each N] [--words EXPRESSION] [--fresh]
    python -m benchmarks.reading score TREE [--set tune|kept] [--rows FILE] [--misses]
    python -m benchmarks.reading speed TREE --seed N [--files N]

``draw`` takes files at random below each folder and one sentence of each file (``--words``: one
that an expression matches; ``--fresh``: none that is judged); the person who judges writes what it
claims into docs/reading.tsv before looking at what is read. ``score`` compares. ``speed`` reads all
comments of random files with the reader that a review uses.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from benchmarks.claims import sources
from benchmarks.seeds import seed
from reviewer.claims.comments import readable
from reviewer.claims.extract import builtin_reader
from reviewer.claims.folding import Folded, Lines, lower_case
from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.reading import Unread
from reviewer.claims.sentences import sentences
from reviewer.claims.synchronization import has_word
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile

FOLDERS = ("mm", "kernel", "fs", "net", "block", "io_uring", "lib", "arch", "drivers", "sound")


def drawn(
    tree: Path, folder: str, each: int, seed: int, words: str = "", known: Container[str] = ()
) -> list[tuple[str, int, str]]:
    """``each`` sentences of a folder, one a file: path, line, words.

    Only those that the expression ``words`` matches, and none whose ``PATH:LINE`` is ``known``.
    """
    asked = re.compile(words, re.IGNORECASE)
    rng = random.Random(f"{seed} {folder}")
    paths = sources(tree, (folder,))
    rng.shuffle(paths)
    found: list[tuple[str, int, str]] = []
    rounds = 0
    while len(found) < each and rounds < 20:
        rounds += 1
        for path in paths:
            if len(found) == each:
                break
            here = [
                (line, said)
                for line, said in of_file(tree, path)
                if asked.search(said) and f"{path}:{line}" not in known
            ]
            if here:
                pick = (path, *rng.choice(here))
                if pick not in found:
                    found.append(pick)
    return found


def of_file(tree: Path, path: str) -> list[tuple[int, str]]:
    """Line and words of each sentence of a file that has a word of synchronization."""
    source = SourceFile.parse(path, (tree / path).read_bytes())
    found: list[tuple[int, str]] = []
    for raw in source.raw_comments:
        if not has_word(source.data[raw.start_byte : raw.end_byte].decode("latin-1").lower()):
            continue
        block = source.block(raw)
        lines = Lines(block)
        for sentence in sentences(block.text):
            words = Folded(block.text, sentence).text
            if not sentence.snippet and has_word(lower_case(words)):
                found.append((lines.line(sentence.start), words))
    return found


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of the judged file."""

    path: str
    line: int
    set: str
    said: str
    begins: str = ""
    """First words of the sentence, where others begin on its line too."""


def judged(rows: Path) -> list[Judged]:
    """The rows of a judged file."""
    lines = rows.read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Judged(row[0], int(row[1]), *row[2:]) for row in fields]


def outcome(tree: Path, row: Judged) -> tuple[str, str]:
    """What the reader made of a judged sentence, and the claims.

    ``right``, ``wrong`` (something read that the sentence does not say, or a part missed),
    ``unread`` (listed as not understood), ``told``, ``silent``; ``false`` and ``rest`` for
    sentences that claim nothing, or nothing that has to be read (``?``) and nothing else was.
    """
    source = SourceFile.parse(row.path, (tree / row.path).read_bytes())
    for raw in source.raw_comments:
        block = source.block(raw)
        if not block.start_line <= row.line <= block.end_line:
            continue
        lines = Lines(block)
        spans = [
            (one.start, one.end)
            for one in sentences(block.text)
            if lines.line(one.start) == row.line
            and has_word(lower_case(Folded(block.text, one).text))
            and Folded(block.text, one).text.startswith(row.begins)
        ]
        reading = builtin_reader().reading(block)
        claims = [
            claim
            for claim in reading.claims
            if claim.kind is not Kind.REFERS
            and any(start <= claim.start < end for start, end in spans)
        ]
        unread = [
            one for one in reading.unread if any(start <= one.start < end for start, end in spans)
        ]
        if spans:
            return _outcome(row.said, claims, unread)
    return "silent", ""


def _outcome(said: str, claims: Sequence[Claim], unread: Sequence[Unread]) -> tuple[str, str]:
    shown = "; ".join(_shown(claim) for claim in claims)
    asserted = [c for c in claims if c.modality in {Modality.ASSERTED, Modality.CONDITIONAL}]
    if said in {"none", "told"}:
        return ("false" if asserted else "rest"), shown
    parts = [part.removeprefix("?") for part in said.split("; ")]
    wanted = [part for part in said.split("; ") if not part.startswith("?")]
    if not claims:
        left = "told" if any(one.told for one in unread) else "unread" if unread else "silent"
        return (left if wanted else "rest"), shown
    answers = all(any(_answers(claim, part) for part in parts) for claim in claims)
    if not wanted and answers:
        return "rest", shown
    whole = all(any(_answers(claim, part) for claim in claims) for part in wanted)
    return ("right" if answers and whole else "wrong"), shown


def _answers(claim: Claim, said: str) -> bool:
    for one in said.split("|"):
        kind, _, concept = one.rstrip(")").partition("(")
        target = claim.object.concept if claim.object else ""
        named = {target, claim.subject.concept}
        if claim.kind == kind and (not concept or any(n.startswith(concept) for n in named)):
            return True
    return False


def _shown(claim: Claim) -> str:
    terms = ", ".join(term.concept for term in (claim.subject, claim.object) if term is not None)
    return f"{claim.kind}({terms}) {claim.modality} [{claim.pattern}]"


def score(tree: Path, rows: Path, which: str, *, misses: bool) -> None:
    """Print how many of the judged sentences are read, and how many of these rightly."""
    found: Counter[str] = Counter()
    kinds: Counter[tuple[str, bool]] = Counter()
    for row in judged(rows):
        if which not in {"", row.set}:
            continue
        result, shown = outcome(tree, row)
        found[result] += 1
        if result in {"right", "wrong", "unread", "told", "silent"}:
            kinds[re.split(r"\W", row.said.removeprefix("?"))[0], result in {"right", "wrong"}] += 1
        if misses and result not in {"right", "rest"}:
            print(f"{result}\t{row.path}:{row.line}\t{row.said}\t{shown}")
    claiming = sum(found[one] for one in ("right", "wrong", "unread", "told", "silent"))
    read = found["right"] + found["wrong"]
    every = sum(found.values())
    print(f"{every} sentences, {claiming} of them claim something")
    print(f"read   {read} of {claiming} ({read / max(claiming, 1):.0%})")
    print(f"right  {found['right']} of {read} ({found['right'] / max(read, 1):.0%})")
    print(f"silent {found['silent']} of {claiming} ({found['silent'] / max(claiming, 1):.0%})")
    print(f"false  {found['false']} of {every} ({found['false'] / max(every, 1):.1%})")
    for kind in sorted({kind for kind, _ in kinds}):
        have, lack = kinds[kind, True], kinds[kind, False]
        print(f"  {kind}: {have} of {have + lack} read")


def speed(tree: Path, files: int, seed: int) -> None:
    """Print MB of comments a second (CPU time), with the cost of finding their anchors apart.

    A fifth as many other files come first, since patterns are compiled when they are first tried.
    """
    reader = prepare(Selection()).reader
    first = files // 5
    size = 0
    anchors = reading = 0.0
    for number, path in enumerate(random.Random(seed).sample(sources(tree, ("",)), files + first)):
        if number == first:
            size, anchors, reading = 0, 0.0, 0.0
        source = SourceFile.parse(path, (tree / path).read_bytes())
        comments = source.raw_comments
        size += sum(raw.end_byte - raw.start_byte for raw in comments)
        begin = process_time()
        kept = list(readable(source, reader))
        sorted_out = process_time()
        blocks = [source.block(raw) for raw in kept]
        for block in blocks:
            _ = block.anchor  # worked out when first asked for
        anchored = process_time()
        for block in blocks:
            reader.reading(block)
        reading += sorted_out - begin + process_time() - anchored
        anchors += anchored - sorted_out
    print(
        f"{files} files, {size / 1e6:.2f} MB of comments: read at {size / 1e6 / reading:.2f} MB/s"
    )
    print(f"reading {reading:.2f} CPU s, anchors {anchors:.2f} CPU s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("draw", "score", "speed"))
    parser.add_argument("tree", type=Path)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--each", type=int, default=15)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--rows", type=Path, default=Path("docs/reading.tsv"))
    parser.add_argument("--set", dest="which", default="")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--words", default="")
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    if arguments.what == "score":
        score(arguments.tree, arguments.rows, arguments.which, misses=arguments.misses)
        return 0
    if arguments.what == "speed":
        speed(arguments.tree, arguments.files, arguments.seed)
        return 0
    fresh = arguments.fresh
    known = {f"{row.path}:{row.line}" for row in judged(arguments.rows)} if fresh else set[str]()
    asked = (arguments.each, arguments.seed, arguments.words, known)
    for folder in FOLDERS:
        for found in drawn(arguments.tree, folder, *asked):
            print(*found, sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
