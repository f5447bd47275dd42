"""``make demo``: kstale's main job on the bundled patch and the bundled sample tree.

It checks the KSM message that started the project (a list reply that quotes a patch), prints the
finding with its witness and a reply draft, and then shows a code-only patch being stopped.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reviewer.cli.main import CLEAN, FINDINGS, main

ROOT = Path(__file__).resolve().parent.parent
TREE = str(ROOT / "fixtures" / "tree")
PATCHES = ROOT / "fixtures" / "patches"


def step(expected: int, *argv: str) -> bool:
    """Run one command as a user would; True if it exits as expected."""
    shown = [str(Path(word).relative_to(ROOT)) if word.startswith("/") else word for word in argv]
    print(f"$ kstale {' '.join(shown)}", flush=True)
    status = main(argv)
    print(f"(exit status {status})\n", flush=True)
    return status == expected


def demo() -> int:
    """0 if every step did what it is there to show."""
    message = str(PATCHES / "ksm-write-protect-page.reply.txt")
    dropped = str(PATCHES / "ksm-drop-flush.patch")
    done = [
        step(CLEAN, "check", message, "--tree", TREE),
        step(CLEAN, "reply", message, "--tree", TREE, "--from", "A Reviewer <you@example.org>"),
        step(FINDINGS, "check", dropped, "--tree", TREE),
    ]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(demo())
