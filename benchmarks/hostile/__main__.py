"""Inputs made hostile by chance: none may end in a traceback, hang, or reach a terminal raw.

    python -m benchmarks.hostile --mails 300000 --processes 20000 --seed 1

``--mails`` go through the mail reader and the applier in this process. ``--processes`` are whole
runs of the command line with pipes, a folder and limits of their own (process.py says how they
differ from cold ones): ``check``, ``reply``, ``scan``, ``claims``, ``simulate`` and more, on
mails, patches between C files, trees, settings, baselines, words (asked.py). ``--fresh`` starts a
cold interpreter for each, ``--both`` runs each either way and compares status and bytes. It prints
what was run and what went wrong, and ends with status 1 if anything did. Input N of a seed is the
same whatever else is run: ``--first N`` starts there, ``--keep DIR`` writes down those that failed.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.hostile.asked import FORMATS, draw
from benchmarks.hostile.faults import faults
from benchmarks.hostile.process import CPU_SECONDS, Asked, Done, Run, forked, own_cache, started
from benchmarks.hostile.samples import TREE, Samples, dressed, hostile, load
from benchmarks.seeds import seed
from reviewer.cli.main import main as command_line
from reviewer.errors import KstaleError
from reviewer.mail.apply import rebuild_most
from reviewer.mail.read import read_series


def mails(numbers: range, seed: int, samples: Samples) -> Iterator[tuple[int, str]]:
    """Read and apply inputs here; the number of each that failed, and how."""

    def read(path: str) -> bytes | None:
        file = TREE / path
        return file.read_bytes() if file.is_file() else None

    for number in numbers:
        chance = random.Random(f"{seed} mail {number}")
        data = dressed(hostile(samples.mails, chance), chance)
        start = time.process_time()
        try:
            for series in read_series("x", data):
                for patch in series.patches:
                    rebuild_most(patch, read)
        except KstaleError as error:
            if "\n" in str(error).strip():
                yield number, "an error of several lines"
        except Exception as error:  # noqa: BLE001 - what this script looks for
            yield number, f"{type(error).__name__}: {error}"
        if time.process_time() - start > CPU_SECONDS:
            yield number, f"over {CPU_SECONDS} s"


class Processes:
    """Runs of the command line on drawn inputs, in a folder that is empty for each."""

    def __init__(self, folder: Path, seed: int, samples: Samples) -> None:
        self._folder = folder / "run"
        self._seed = seed
        self._samples = samples
        self.ended: Counter[tuple[str, int]] = Counter()
        """How many of each kind ended with each status."""

    def wrong(self, number: int, run: Run) -> Iterator[str]:
        """What is wrong with how one ended."""
        asked, done = self._run(number, run)
        for fault in faults(asked, done):
            yield f"{' '.join(asked.argv[:3])!a}: {fault}"

    def different(self, number: int) -> Iterator[str]:
        """What a forked process and a cold one say differently."""
        asked, warm = self._run(number, forked)
        _, cold = self._run(number, started)
        if _said(warm) != _said(cold):
            yield f"{' '.join(asked.argv[:3])!a}: forked {_said(warm)!a}"
            yield f"{' '.join(asked.argv[:3])!a}: cold   {_said(cold)!a}"

    def keep(self, number: int, where: Path) -> None:
        """Write the input down, with what is asked of it."""
        asked = self._drawn(number)
        kept = where / f"{self._seed}-{number}"
        shutil.copytree(self._folder, kept, dirs_exist_ok=True)
        (kept / "asked").write_text(ascii(asked), encoding="ascii")

    def _drawn(self, number: int) -> Asked:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        return draw(self._folder, self._samples, random.Random(f"{self._seed} process {number}"))

    def _run(self, number: int, run: Run) -> tuple[Asked, Done]:
        asked = self._drawn(number)
        done = run(asked, self._folder)
        self.ended[asked.kind, done.status] += 1
        return asked, done


def _said(done: Done) -> tuple[int, bytes, bytes]:
    """Everything but the seconds that a simulation took."""
    return done.status, re.sub(rb'"seconds": [0-9.e-]+', b"", done.out), done.err


def _warm(samples: Samples, folder: Path) -> None:
    """Import, here and once, whatever the commands import when they run."""
    mail, program, test = folder / "mail", folder / "x.c", folder / "x.litmus"
    program.write_bytes(samples.programs[0])
    test.write_bytes(samples.litmus[0])
    commands = [["claims", str(program)], ["simulate", str(test)], ["scan", str(TREE)]]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        for command in commands:
            command_line(command)
        for data in samples.mails:
            mail.write_bytes(data)
            for name in FORMATS:
                command_line(["check", "--format", name, str(mail), "--tree", str(TREE)])
            command_line(["reply", str(mail), "--tree", str(TREE)])


def main() -> int:
    """Run what is asked for, print a line a fault and lines of counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument(
        "--first", type=int, default=0, metavar="N", help="the first input's number"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--fresh", action="store_true", help="an interpreter for each process")
    how.add_argument("--both", action="store_true", help="forked and fresh must say the same")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where inputs that failed go")
    asked = parser.parse_args()
    samples, found = load(), 0
    start = _spent()
    for number, fault in mails(range(asked.first, asked.first + asked.mails), asked.seed, samples):
        print(f"mail {number}: {fault}", flush=True)
        found += 1
    _sum(f"{asked.mails:,} mails", asked.seed, start)
    with own_cache() as folder:
        runs = Processes(folder, asked.seed, samples)
        if not asked.fresh:
            _warm(samples, folder)
            gc.collect()
            gc.freeze()  # or the first collection of each child copies all of its pages
        start = _spent()
        for number in range(asked.first, asked.first + asked.processes):
            run = started if asked.fresh else forked
            wrong = list(runs.different(number) if asked.both else runs.wrong(number, run))
            for fault in wrong:
                print(f"process {number}: {fault}", flush=True)
            if wrong and asked.keep:
                runs.keep(number, asked.keep)
            found += bool(wrong)
    _sum(f"{asked.processes:,} processes", asked.seed, start)
    for (kind, status), count in sorted(runs.ended.items()):
        print(f"  {kind} ended {count:,} times with {status}")
    print(f"{found} faults")
    return 1 if found else 0


def _spent() -> float:
    """Seconds of processor time, this process's and its children's."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _sum(what: str, seed: int, start: float) -> None:
    print(f"{what}, seed {seed}: {_spent() - start:.0f} CPU s", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
