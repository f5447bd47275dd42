"""What a process is asked to do with a hostile input: one entry a kind, drawn by weight."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.hostile.process import Asked
from benchmarks.hostile.samples import TREE, Samples, dressed, hostile, patch_between

Kind = Callable[[Path, Samples, random.Random], Asked]

FORMATS = ("text", "terse", "json", "sarif", "checkpatch", "b4", "b4-review", "github", "gitlab")
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
_BASELINE = b"""\
{"version": 1, "tree": "x", "findings": [{"fingerprint": "0123456789abcdef", "rule":
"caller-holds-lock", "path": "mm/ksm.c", "line": 3}], "missing": [], "notes": []}
"""
_WORDS = (
    "check", "scan", "claims", "simulate", "reply", "explain", "rules", "machines", "model",
    "suppress", "history", "index", "compare", "trend", "fix", "annotate", "hook", "completion",
    "--tree", "--format", "--only", "--machine", "--section", "--baseline", "--ledger", "--git",
    "--base", "-v", "--debug", "--pair", "--with", "status", "any", "mm/ksm.c:51", "mm", "@", "..",
    "HEAD", "-", "", "json", "nonsense", "\x1b[2J", "\udc80", "\u202e", "a\nb", "-1", "1e999",
)  # fmt: skip


def draw(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """Write one input below ``folder`` and say what is asked of it."""
    (kind,) = chance.choices(list(_KINDS), weights=list(_KINDS.values()))
    return kind(folder, samples, chance)


def _mail(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A mail is checked, in some format."""
    argv = [*_check(chance), _written(folder, "in.mail", _hostile_mail(samples, chance))]
    return Asked((*argv, "--tree", str(TREE)), kind="check")


def _piped(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A mail comes on standard input."""
    data = _hostile_mail(samples, chance)
    return Asked(("check", "-", "--tree", str(TREE)), stdin=data, kind="stdin")


def _closed(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """Nobody reads what is written."""
    asked = _mail(folder, samples, chance)
    return Asked(asked.argv, closed=True, kind="closed")


def _reply(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A reply is drafted."""
    file = _written(folder, "in.mail", _hostile_mail(samples, chance))
    return Asked(("reply", file, "--tree", str(TREE)), kind="reply")


def _change(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A patch that applies, between two contents of a file of which one is hostile."""
    good = chance.choice(samples.programs)
    bad = hostile((good,), chance)
    before, after = (good, bad) if chance.random() < 0.5 else (bad, good)
    tree = _tree(folder, before)
    file = _written(folder, "in.mail", patch_between(before, after, "mm/x.c"))
    return Asked((*_check(chance), file, "--tree", tree), kind="change")


def _scan(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A tree with a hostile C file is scanned."""
    tree = _tree(folder, hostile(samples.programs, chance))
    return Asked(("scan", tree, "mm/x.c", "--format", chance.choice(FORMATS[:4])), kind="scan")


def _claims(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """How the comments of a hostile C file are read."""
    file = _written(folder, "in.c", hostile(samples.programs, chance))
    return Asked(("claims", file, "--format", chance.choice(("text", "json"))), kind="claims")


def _simulate(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A hostile litmus test is run."""
    file = _written(folder, "in.litmus", hostile(samples.litmus, chance, most=2))
    return Asked(
        ("simulate", file, "--seconds", "2", "--format", chance.choice(("text", "json"))),
        kind="simulate",
    )


def _settings(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """The tree's settings are hostile, the mail is not."""
    tree = _tree(folder, samples.programs[0])
    (Path(tree) / ".kstale.toml").write_bytes(hostile((_SETTINGS,), chance, most=2))
    file = _written(folder, "in.mail", chance.choice(samples.mails))
    return Asked(("check", file, "--tree", tree), kind="settings")


def _baseline(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """The baseline is hostile, or the ledger cannot be written."""
    file = _written(folder, "in.mail", chance.choice(samples.mails))
    option = ("--ledger", str(folder / chance.choice(("none/x", "home", "\udc80", "x" * 300))))
    if chance.random() < 0.7:
        option = ("--baseline", _written(folder, "b", hostile((_BASELINE,), chance, most=2)))
    return Asked(("check", file, "--tree", str(TREE), *option), kind="baseline")


def _words(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A command line of words in any order."""
    argv = tuple(chance.choice(_WORDS) for _ in range(chance.randint(0, 6)))
    return Asked(argv, kind="words")


def _served(folder: Path, samples: Samples, chance: random.Random) -> Asked:
    """A server is given what is no message, or half of one."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
    framed = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    command = chance.choice(("lsp", "mcp"))
    data = hostile((framed if command == "lsp" else body + b"\n",), chance, most=3)
    return Asked((command, "--tree", str(TREE)), stdin=data, kind=command)


_KINDS: dict[Kind, int] = {
    _mail: 26,
    _change: 20,
    _scan: 12,
    _reply: 12,
    _claims: 7,
    _simulate: 7,
    _piped: 4,
    _settings: 4,
    _words: 4,
    _closed: 2,
    _baseline: 2,
    _served: 1,
}
"""The kinds and how many of a hundred processes each is."""


def _check(chance: random.Random) -> tuple[str, ...]:
    return ("check", "--format", chance.choice(FORMATS))


def _hostile_mail(samples: Samples, chance: random.Random) -> bytes:
    return dressed(hostile(samples.mails, chance), chance)


def _written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def _tree(folder: Path, program: bytes) -> str:
    """The sample tree with one more file."""
    tree = folder / "tree"
    shutil.copytree(TREE, tree)
    (tree / "mm" / "x.c").write_bytes(program)
    return str(tree)
