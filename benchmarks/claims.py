"""Measure the claim reader: throughput on a tree, and samples of claims to judge by reading.

    python -m benchmarks.claims speed TREE [--files N]
    python -m benchmarks.claims sample TREE [--each N] [--seed S] [--text]

``sample`` prints one row a claim (path, line, kind, subject, object, modality, role, pattern), the
same number of each kind, drawn with a fixed seed from mm/, kernel/ and include/linux; ``--text``
adds the words, for the person who judges.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from benchmarks.seeds import seed
from reviewer.claims.comments import read_file
from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Claim, Kind
from reviewer.source.file import SourceFile

FOLDERS = ("mm", "kernel", "include/linux")


def sources(tree: Path, folders: tuple[str, ...]) -> list[str]:
    """Paths of C files below the folders, sorted."""
    found: set[str] = set()
    for folder in folders:
        for file in (tree / folder).rglob("*.[ch]"):
            found.add(str(file.relative_to(tree)))
    return sorted(found)


def claims(tree: Path, paths: list[str]) -> Iterator[tuple[str, Claim]]:
    """All claims of the files, references left out."""
    for path in paths:
        for reading in read_file(SourceFile.parse(path, (tree / path).read_bytes())):
            for claim in reading.claims:
                if claim.kind is not Kind.REFERS:
                    yield path, claim


def speed(tree: Path, files: int) -> None:
    """Print MB of source a second for reading comments and claims, on random files."""
    paths = random.Random(5).sample(sources(tree, ("",)), files)
    builtin_reader()
    size = count = 0
    begin = process_time()
    for path in paths:
        data = (tree / path).read_bytes()
        size += len(data)
        count += sum(len(r.claims) for r in read_file(SourceFile.parse(path, data)))
    seconds = process_time() - begin
    print(f"{files} files, {size / 1e6:.1f} MB, {count} claims, {size / 1e6 / seconds:.1f} MB/s")


def sample(tree: Path, each: int, seed: int, text: bool) -> None:
    """Print ``each`` random claims of every kind."""
    by_kind: dict[Kind, list[tuple[str, Claim]]] = defaultdict(list)
    for path, claim in claims(tree, sources(tree, FOLDERS)):
        by_kind[claim.kind].append((path, claim))
    draw = random.Random(seed)
    for kind in sorted(by_kind):
        found = by_kind[kind]
        for path, claim in draw.sample(found, min(each, len(found))):
            row = [path, str(claim.line), kind.value, claim.subject.concept]
            row += [claim.object.concept if claim.object else "-", claim.modality.value]
            row += [claim.role.value, claim.pattern]
            print("\t".join(row))
            if text:
                at = max(0, claim.start - 160)
                words = " ".join(claim.comment.text[at : claim.end + 100].split())
                own = claim.comment.anchor.name or claim.comment.anchor.function
                print(f"    [{own}] {claim.subject.text!r} {dict(claim.detail)}")
                print(f"    …{words}…")
                print(f"    « {' '.join(claim.quote.split())} »")


def main(argv: list[str]) -> int:
    """Run one of the two measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "sample"))
    parser.add_argument("tree", type=Path)
    parser.add_argument("--files", type=int, default=700)
    parser.add_argument("--each", type=int, default=15)
    parser.add_argument("--seed", type=seed, default=612)
    parser.add_argument("--text", action="store_true")
    given = parser.parse_args(argv)
    if given.what == "speed":
        speed(given.tree, given.files)
    else:
        sample(given.tree, given.each, given.seed, given.text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
