"""Mails made hostile by chance: none may end in a traceback, hang, or reach a terminal raw.

    python -m benchmarks.hostile --mails 300000 --processes 20000 --seed 1

``--mails`` go through the mail reader and the applier in this process; ``--processes`` start
``kstale check`` or ``kstale reply`` anew, as a user does. It prints what was run and what went
wrong, and ends with status 1 if anything did. The same seed makes the same inputs.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.mail.apply import rebuild_most
from reviewer.mail.read import read_series

ROOT = Path(__file__).resolve().parents[1]
TREE = ROOT / "fixtures" / "tree"
_CPU_SECONDS = 5
"""Most processor time of one input; ten times what the slowest good one of the fixtures takes."""
_RAW_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_PIECES = (
    b"\x1b]0;x\x07", b"\x1b[2J", b"\0", b"\x80\xff", "\u202e".encode(), b"\r", b"\x1f\x8b",
    b"=?utf-8?q?", b"?=", b"> ", b"@@ -1,9 +1,9 @@", b"@@@ ", b"--- a/../x", b"+++ /dev/null",
    b"diff --git ", b"-- \n", b"GIT binary patch", b"--b\n", b"/*", b"*/", b"99999999999",
    b"Content-Type: multipart/mixed; boundary=b\n", b"From x Mon Sep 17 00:00:00 2001\n",
    b"rename from mm/ksm.c", b"index 0123456..89abcde 120000", b"\\ No newline",
)  # fmt: skip


def seeds() -> list[bytes]:
    """The sample mails that are made hostile."""
    folder = ROOT / "fixtures" / "patches"
    return [file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()]


def hostile(given: list[bytes], chance: random.Random) -> bytes:
    """One input: a sample with a few pieces of it cut, doubled, moved, changed or put in."""
    data = bytearray(chance.choice(given))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.randint(1, 200))
        what = chance.randrange(6)
        if what == 0:
            del data[at:end]
        elif what == 1:
            data[at:at] = data[at:end]
        elif what == 2:
            data[at:at] = chance.choice(_PIECES)
        elif what == 3 and at < len(data):
            data[at] = chance.randrange(256)
        elif what == 4:
            lines = bytes(data).split(b"\n")
            chance.shuffle(part := lines[: chance.randint(0, 8)])
            data = bytearray(b"\n".join([*part, *lines[len(part) :]]))
        else:
            other = chance.choice(given)
            data[at:at] = other[: chance.randint(0, 400)]
    return bytes(data)


def in_process(count: int, given: list[bytes], chance: random.Random) -> Iterator[str]:
    """Read and apply ``count`` inputs here; what went wrong, a line each."""

    def read(path: str) -> bytes | None:
        file = TREE / path
        return file.read_bytes() if file.is_file() else None

    for number in range(count):
        data = hostile(given, chance)
        start = time.process_time()
        try:
            for series in read_series("x", data):
                for patch in series.patches:
                    rebuild_most(patch, read)
        except KstaleError as error:
            if "\n" in str(error).strip():
                yield f"mail {number}: an error of several lines"
        except Exception as error:  # noqa: BLE001 - what this script looks for
            yield f"mail {number}: {type(error).__name__}: {error}"
        if time.process_time() - start > _CPU_SECONDS:
            yield f"mail {number}: over {_CPU_SECONDS} s"


def whole(count: int, given: list[bytes], chance: random.Random) -> Iterator[str]:
    """Start kstale ``count`` times; what went wrong, a line each."""
    limit = (_CPU_SECONDS + 1, _CPU_SECONDS + 1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mail"
        for number in range(count):
            file.write_bytes(hostile(given, chance))
            command = chance.choice((["check"], ["check", "--format", "terse"], ["reply"]))
            done = subprocess.run(
                [sys.executable, "-m", "reviewer", *command, str(file), "--tree", str(TREE)],
                cwd=ROOT,
                capture_output=True,
                check=False,
                env=os.environ | {"PYTHONWARNINGS": "ignore"},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit),
            )
            said = (done.stdout + done.stderr).decode("utf-8", "replace")
            # a draft is a file for a mailer: it quotes the mail as it is
            shown = done.stderr.decode("utf-8", "replace") if command == ["reply"] else said
            if done.returncode not in (0, 1, 2):
                yield f"process {number} ({command}): status {done.returncode}"
            if "Traceback" in said or "internal error" in said:
                yield f"process {number} ({command}): {said.strip().splitlines()[-1][:200]}"
            if _RAW_TEXT.search(shown):
                yield f"process {number} ({command}): a raw control character"
            if done.returncode == 2 and not done.stderr.strip():
                yield f"process {number} ({command}): status 2 in silence"


def main() -> int:
    """Run both, print a line a fault and one of counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    given = seeds()
    faults = 0
    for kind, run, count in (
        ("mails", in_process, arguments.mails),
        ("processes", whole, arguments.processes),
    ):
        chance = random.Random(f"{arguments.seed} {kind}")
        start = time.monotonic()
        for fault in run(count, given, chance):
            faults += 1
            print(fault, flush=True)
        print(
            f"{count:,} {kind}, seed {arguments.seed}: {time.monotonic() - start:.0f} s", flush=True
        )
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
