"""What benchmarks of models share: a tree, the same with a file changed, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.claims.comments import read_file
from reviewer.claims.model import Claim, Modality
from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.review.scan import sources
from reviewer.rule import Rule
from reviewer.tree.opening import open_tree
from reviewer.tree.overlay import Overlay
from reviewer.verdict import Verdict
from reviewer.world import Library, World


def opened(arguments: Sequence[str]) -> tuple[Library, Iterator[str], bool]:
    """The tree that is named first, the files of the folders behind it, and whether ``--kept``."""
    root, *folders = (one for one in arguments if one != "--kept")
    tree = open_tree(root)
    return Library(tree, open_program(tree)), iter(sources(tree, folders)), "--kept" in arguments


def patched(library: Library, path: str, data: bytes) -> Library:
    """The tree as a patch leaves it that makes ``data`` of a file."""
    tree = Overlay(library.tree, {path: data})  # type: ignore[arg-type]
    return Library(tree, library.index.over(tree), before=library)  # type: ignore[union-attr]


def verdicts(rule: Rule, library: Library, path: str) -> Iterator[tuple[Claim, Verdict]]:
    """What a rule says of each claim of a file that it reads."""
    source = library.source(path)
    if source is None:
        return
    world = World(source, library)
    for reading in read_file(source, prepare(Selection()).reader):
        for claim in reading.claims:
            if claim.modality is Modality.ASSERTED and rule.wants(claim):
                verdict = rule.judge(claim, world)
                if verdict is not None:
                    yield claim, verdict


def say(
    counts: Counter[str], why: Counter[str], kind: str = "", spent: Sequence[float] = ()
) -> None:
    """Prints the counts by name, then the commonest reasons, ``kind`` before each.

    And what the claims cost, if ``spent`` says of each.
    """
    for name, count in sorted(counts.items()):
        print(f"{count:5} {name}")
    for name, count in why.most_common(12):
        print(f"{count:5} {kind}{name}")
    if spent:
        by_cost = sorted(spent)
        print(f"CPU s a claim: median {by_cost[len(by_cost) // 2]:.2f}, most {by_cost[-1]:.2f}")
