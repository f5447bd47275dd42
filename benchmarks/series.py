"""What the send-email hook costs for real series, as people sent them to a list.

Usage: ``python -m benchmarks.series TREE FOLDER…``: each folder is a series, its files the mails in
order of their names. The hook is called as git has called it since 2.41, a mail each time, and
judges the series with the last; first by itself, then with a daemon. Mails that do not apply to the
tree are left out by the hook, which costs less: choose series that do (``kstale check``
says). The tree's contents should be in the store (``kstale index TREE``).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.hook import environment_of, kstale, series

AIM = 2.0
"""Seconds of the clock."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a row for each series, and what they have in common."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("series", type=Path, nargs="+")
    given = parser.parse_args(arguments)
    tree = given.tree.expanduser().resolve()
    runs = [sorted(one.resolve().iterdir()) for one in given.series]
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(tree, Path(folder))
        os.chdir(tree)
        alone = {**environment, "KSTALE_DAEMON": "0"}
        series(runs[0][:1], alone, counted=False)  # what the system reads from disk, it keeps
        print("| series | mails | CPU s | wall s | with a daemon, wall s |")
        print("| --- | --- | --- | --- | --- |")
        served = {**environment, "XDG_RUNTIME_DIR": folder}
        kstale("daemon", "start", environment=served)
        try:
            walls = [_row(mails, alone, served) for mails in runs]
        finally:
            kstale("daemon", "stop", environment=served)
    for how, every in zip(("by itself", "with a daemon"), zip(*walls, strict=True), strict=True):
        fast = sum(one < AIM for one in every)
        print(f"{how}: median {median(every):.1f} s, {fast} of {len(every)} under {AIM:g} s")
    return 0


def _row(
    mails: Sequence[Path], alone: Mapping[str, str], served: Mapping[str, str]
) -> tuple[float, float]:
    own, with_daemon = (series(mails, one, counted=True) for one in (alone, served))
    columns = (f"{one:.1f}" for one in (own.processor, own.wall, with_daemon.wall))
    print(f"| {mails[0].parent.name} | {len(mails)} | {' | '.join(columns)} |", flush=True)
    return own.wall, with_daemon.wall


if __name__ == "__main__":
    sys.exit(main())
