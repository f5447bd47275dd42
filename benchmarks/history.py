"""How long ``kstale history PATH:LINE`` takes on a long history, and whether its answer is right.

    python -m benchmarks.history [--commits N] [--files N] [--runs N] [--seed S]

Makes a repository of N commits over some made-up files, every second of them a change of the file
whose comment is asked about. One commit, drawn by the seed, moves a call out from under the lock
that the comment asks for, and says no word of it. Each run is a new repository with another such
commit. Prints seconds, commits judged, and whether the commit named is the one drawn.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.seeds import seed
from reviewer.review.ageing import age
from reviewer.review.model import Selection
from reviewer.tree.revision import RevisionTree

_POND = """\
static DEFINE_MUTEX(pond_lock);
static int fish;

/* Called with pond_lock held. */
static void fill(void)
{{
	fish += {number};
}}

void pond_go(void)
{{
	{calls}
}}
"""
_HELD = "mutex_lock(&pond_lock);\n\tfill();\n\tmutex_unlock(&pond_lock);"
_BARE = "fill();\n\tmutex_lock(&pond_lock);\n\tmutex_unlock(&pond_lock);"
_OTHER = "int other_{file}(int by)\n{{\n\treturn by + {number};\n}}\n"
_LINE = 4
"""Where the comment stands."""


def stream(commits: int, files: int, turn: int) -> Iterator[str]:
    """The history in the form of git fast-import; commit ``turn`` makes the comment false."""
    for number in range(commits):
        pond = number % 2 == 0 or number == turn
        calls = _BARE if number >= turn else _HELD
        text = _POND.format(number=number, calls=calls)
        name = "mm/pond.c"
        if not pond:
            name = f"lib/other_{number % files}.c"
            text = _OTHER.format(file=number % files, number=number)
        message = f"commit number {number}"
        yield (
            f"commit refs/heads/main\nmark :{number + 1}\n"
            f"committer Ann <ann@b.invalid> {1700000000 + number * 60} +0000\n"
            f"data {len(message)}\n{message}\nM 644 inline {name}\ndata {len(text)}\n{text}\n"
        )


def made(folder: Path, commits: int, files: int, turn: int) -> None:
    """The repository."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet"],
        input="".join(stream(commits, files, turn)).encode(),
        check=True,
    )


def main() -> int:
    """Make, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=seed, default=1)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    wrong = 0
    for _ in range(asked.runs):
        turn = rng.randrange(1, asked.commits)
        with tempfile.TemporaryDirectory() as folder:
            made(Path(folder), asked.commits, asked.files, turn)
            start, cpu = time.monotonic(), time.process_time()
            found = age(RevisionTree(folder, "main"), "mm/pond.c", _LINE, Selection())
            wall, used = time.monotonic() - start, time.process_time() - cpu
        told = [one.commit.subject if one.commit else "none" for one in found]
        right = told == [f"commit number {turn}"]
        wrong += not right
        print(
            f"commit {turn} of {asked.commits}: {wall:.1f} s, {used:.1f} CPU s, "
            f"{found[0].judged} of {found[0].commits} judged, {'right' if right else told}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
