"""Inputs made hostile by chance: none may end in a traceback, hang, or reach a terminal raw.

    python -m benchmarks.hostile --mails 300000 --processes 20000 --seed 1

``--mails`` go through the mail reader and the applier in this process. ``--processes`` are whole
runs of the command line, each in a process of its own with pipes and a limit of processor time:
``check`` and ``reply`` on mails, ``claims`` on C files, ``simulate`` on litmus tests, ``check`` in
a tree with a broken ``.kstale.toml``. They are forked from one that has imported kstale, which
saves half a second each; ``--fresh`` starts an interpreter for each instead. It prints what was
run and what went wrong, and ends with status 1 if anything did. The same seed makes the same
inputs.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import os
import quopri
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

from reviewer.cli.main import main as command_line
from reviewer.errors import KstaleError
from reviewer.mail.apply import rebuild_most
from reviewer.mail.read import read_series

ROOT = Path(__file__).resolve().parents[1]
TREE = ROOT / "fixtures" / "tree"
_CPU_SECONDS = 5
"""Most processor time of one input; ten times what the slowest good one of the fixtures takes."""
_RAW_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_FORMATS = ("terse", "json", "sarif", "checkpatch", "b4", "b4-review", "github", "gitlab")
_SETTINGS = b"""\
minimum-tier = "strong"
machines = ["arm64"]
[rules]
disable = ["references"]
[severity]
caller-holds-lock = "high"
[[suppress]]
fingerprint = "0123456789abcdef"
reason = "known"
expires = 2030-01-01
"""
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


def programs() -> list[bytes]:
    """The sample C files."""
    return [file.read_bytes() for file in sorted(TREE.rglob("*.[ch]"))]


def litmus() -> list[bytes]:
    """The sample litmus tests: those of the rules."""
    return [file.read_bytes() for file in sorted((ROOT / "rules").rglob("*.litmus"))]


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


def dressed(data: bytes, chance: random.Random) -> bytes:
    """A mail as some mailer, list or archive would hand it on, now and then."""
    what = chance.randrange(12)
    head = b"From: A <a@example.org>\nSubject: [PATCH] x\nMIME-Version: 1.0\n"
    if what == 0:
        return gzip.compress(data)[: chance.randint(1, len(data) + 200)]
    if what == 1:
        return b"".join(b"> " + line + b"\n" for line in data.split(b"\n"))
    if what == 2:
        coded = base64.encodebytes(data)
        return head + b"Content-Transfer-Encoding: base64\n\n" + coded
    if what == 3:
        coded = quopri.encodestring(data)
        return head + b"Content-Transfer-Encoding: quoted-printable\n\n" + coded
    if what == 4:
        charset = chance.choice((b"utf-16", b"iso-2022-jp", b"x-none", b"utf-7", b"idna", b"rot13"))
        return head + b"Content-Type: text/plain; charset=" + charset + b"\n\n" + data
    if what == 5:
        part = b"\n--b\nContent-Type: text/x-patch; name=" + data[:30] + b"\n\n" + data
        return head + b"Content-Type: multipart/mixed; boundary=b\n" + part * 2 + b"\n--b--\n"
    if what == 6:
        return b"".join(b"From x Mon Sep 17 00:00:00 2001\n" + data + b"\n\n" for _ in range(3))
    return data


def in_process(count: int, given: list[bytes], chance: random.Random) -> Iterator[str]:
    """Read and apply ``count`` inputs here; what went wrong, a line each."""

    def read(path: str) -> bytes | None:
        file = TREE / path
        return file.read_bytes() if file.is_file() else None

    for number in range(count):
        data = dressed(hostile(given, chance), chance)
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


@dataclass(frozen=True, slots=True)
class Done:
    """How one run of the command line ended."""

    status: int
    """Exit status, or minus the number of the signal."""
    out: bytes
    err: bytes


def whole(count: int, given: list[bytes], chance: random.Random, *, fresh: bool) -> Iterator[str]:
    """Run kstale ``count`` times; what went wrong, a line each."""
    run = _started if fresh else _forked
    if not fresh:
        _warm(given)
    c_files, tests = programs(), litmus()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count):
            argv = _input(folder, given, c_files, tests, chance)
            done = run(argv, folder)
            for fault in _faults(argv, done):
                yield f"process {number} ({' '.join(argv[:3])}): {fault}"


def _input(
    folder: Path,
    given: list[bytes],
    c_files: list[bytes],
    tests: list[bytes],
    chance: random.Random,
) -> list[str]:
    """Write one input and choose what is asked of it."""
    what = chance.randrange(10)
    if what == 0:
        (folder / "in.c").write_bytes(hostile(c_files, chance))
        return ["claims", str(folder / "in.c")]
    if what == 1:
        (folder / "in.litmus").write_bytes(hostile(tests, chance))
        return ["simulate", str(folder / "in.litmus"), "--seconds", "2"]
    if what == 2:
        tree = folder / "tree"
        tree.mkdir(exist_ok=True)
        (tree / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
        (tree / "Kbuild").touch()
        (tree / ".kstale.toml").write_bytes(hostile([_SETTINGS], chance))
        (folder / "in.mail").write_bytes(chance.choice(given))
        return ["check", str(folder / "in.mail"), "--tree", str(tree)]
    (folder / "in.mail").write_bytes(dressed(hostile(given, chance), chance))
    command = chance.choice((["check"], ["check", "--format", chance.choice(_FORMATS)], ["reply"]))
    return [*command, str(folder / "in.mail"), "--tree", str(TREE)]


def _warm(given: list[bytes]) -> None:
    """Import, here and once, whatever the commands import when they run."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        for number, data in enumerate(given):
            file = Path(folder) / str(number)
            file.write_bytes(data)
            for command in (["check", "--format", "json"], ["reply"]):
                with redirect_stderr(StringIO()):
                    command_line([*command, str(file), "--tree", str(TREE)])


def _started(argv: list[str], folder: Path) -> Done:
    """An interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "reviewer", *argv],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        preexec_fn=_limited,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _forked(argv: list[str], folder: Path) -> Done:
    """A process of its own that has kstale imported already."""
    out, err = folder / "out", folder / "err"
    child = os.fork()
    if not child:
        status = 70
        try:
            _limited()
            for file, number in ((out, 1), (err, 2)):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.stdout = os.fdopen(1, "w", encoding="utf-8")
            sys.stderr = os.fdopen(2, "w", encoding="utf-8")
            status = command_line(argv)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Done(ended, out.read_bytes(), err.read_bytes())


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS + 1, _CPU_SECONDS + 1))


def _faults(argv: list[str], done: Done) -> Iterator[str]:
    said = (done.out + done.err).decode("utf-8", "replace")
    # a draft is a file for a mailer: it quotes the mail as it is
    shown = done.err.decode("utf-8", "replace") if argv[0] == "reply" else said
    if done.status not in (0, 1, 2):
        yield f"status {done.status}"
    if "Traceback" in said or "internal error" in said:
        yield said.strip().splitlines()[-1][:200]
    if _RAW_TEXT.search(shown):
        yield "a raw control character"
    if done.status == 2 and not done.err.strip():
        yield "status 2 in silence"


def main() -> int:
    """Run both, print a line a fault and one of counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="an interpreter for each process")
    arguments = parser.parse_args()
    given = seeds()
    faults = 0
    for kind, run, count in (
        ("mails", in_process, arguments.mails),
        ("processes", partial(whole, fresh=arguments.fresh), arguments.processes),
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
