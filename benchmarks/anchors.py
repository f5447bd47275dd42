"""Draw comment blocks of a kernel tree at random, and score the anchors judged by reading.

Usage: python -m benchmarks.anchors --draw 200 [--seed N] [--tree DIR]
       python -m benchmarks.anchors --score docs/anchors-judged.tsv [--tree DIR]

``--draw`` prints each block with the code around it and its anchor marked. ``--score`` prints
the score of a file of judgements (path, line, anchor, right or wrong, reason) and names those
whose anchor has changed since they were judged.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from benchmarks.seeds import seed
from reviewer.source.file import SourceFile
from reviewer.source.model import Anchor, CommentBlock
from tests.real.trees import folder

SEED = 4


def summary(anchor: Anchor) -> str:
    """An anchor in a few words, without any of the code: kind, name, function, lines."""
    place = f"{anchor.start_line}-{anchor.end_line}"
    inside = f" in {anchor.function}()" if anchor.function else ""
    return " ".join(filter(None, (anchor.kind.value, anchor.name))) + inside + f" @{place}"


def draw(tree: Path, count: int, seed: int) -> list[tuple[Path, int]]:
    """Paths and offsets of ``count`` blocks, each block of the tree equally likely."""
    pick = random.Random(seed)
    kept: list[tuple[Path, int]] = []
    seen = 0
    for path in sorted(tree.rglob("*.[ch]")):
        if not path.is_file() or path.is_symlink():
            continue
        for raw in SourceFile.parse(str(path), path.read_bytes()).raw_comments:
            seen += 1
            if len(kept) < count:
                kept.append((path, raw.start_byte))
            elif (slot := pick.randrange(seen)) < count:
                kept[slot] = (path, raw.start_byte)
    print(f"{seen} comment blocks", file=sys.stderr)
    return sorted(kept)


def show(tree: Path, path: Path, block: CommentBlock, lines: list[str]) -> None:
    """Print a block, its anchor, and the code around both."""
    anchor = block.anchor
    kind = "trailing" if block.trailing else "kernel-doc" if block.kernel_doc else ""
    print(f"== {path.relative_to(tree)}\t{block.start_line}\t{summary(anchor)}\t{kind}")
    if anchor.conditions:
        print(f"   under {anchor.conditions}")
    for number in range(max(1, block.start_line - 4), min(len(lines), block.end_line + 10) + 1):
        mark = "C" if block.start_line <= number <= block.end_line else " "
        held = "|" if anchor.start_line <= number <= anchor.end_line else " "
        print(f"{mark}{held}{number:6} {lines[number - 1][:120]}")


def score(tree: Path, judged: Path) -> int:
    """Print the share judged right, overall and by anchor kind; 1 if an anchor has changed."""
    right: dict[str, int] = {}
    total: dict[str, int] = {}
    changed = []
    for row in judged.read_text("utf-8").splitlines()[1:]:
        path, line, said, verdict, _ = row.split("\t")
        kind = said.split(" ")[0]
        total[kind] = total.get(kind, 0) + 1
        right[kind] = right.get(kind, 0) + (verdict == "right")
        file = SourceFile.parse(path, (tree / path).read_bytes())
        now = [summary(block.anchor) for block in file.comments if block.start_line == int(line)]
        if said not in now:
            changed.append(f"{path}:{line}: judged {said}, now {now}")
    for kind in sorted(total):
        print(f"{kind:12} {right[kind]:4} of {total[kind]:4}")
    print(f"{'all':12} {sum(right.values()):4} of {sum(total.values()):4}")
    print("\n".join(changed))
    return 1 if changed else 0


def main(argv: list[str] | None = None) -> int:
    """Draw or score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=folder("6.12"))
    parser.add_argument("--draw", type=int)
    parser.add_argument("--seed", type=seed, default=SEED)
    parser.add_argument("--score", type=Path)
    options = parser.parse_args(argv)
    if options.score:
        return score(options.tree, options.score)
    for path, start in draw(options.tree, options.draw or 200, options.seed):
        data = path.read_bytes()
        file = SourceFile.parse(str(path), data)
        block = next(b for b in file.comments if b.start_byte == start)
        show(options.tree, path, block, data.decode("latin-1").split("\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
