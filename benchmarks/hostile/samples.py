"""Good inputs, and how chance makes them hostile. The same random state makes the same bytes."""

from __future__ import annotations

import base64
import gzip
import quopri
import random
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from reviewer.rule import load_rules

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "fixtures" / "tree"
_PIECES = (
    b"\x1b]0;x\x07", b"\x1b[2J", b"\0", b"\x80\xff", "\u202e".encode(), b"\r", b"\x1f\x8b",
    b"=?utf-8?q?", b"?=", b"> ", b"@@ -1,9 +1,9 @@", b"@@@ ", b"--- a/../x", b"+++ /dev/null",
    b"diff --git ", b"-- \n", b"GIT binary patch", b"--b\n", b"/*", b"*/", b"99999999999",
    b"Content-Type: multipart/mixed; boundary=b\n", b"From x Mon Sep 17 00:00:00 2001\n",
    b"rename from mm/ksm.c", b"index 0123456..89abcde 120000", b"\\ No newline",
    b"#if 0\n", b"#define X(a) a X(a)\n", b"{", b"}", b"(", b"\"", b"\\\n", b"goto out;",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Samples:
    """Good inputs by kind."""

    mails: tuple[bytes, ...]
    programs: tuple[bytes, ...]
    """C files: those of the sample tree, and the examples of the rules."""
    litmus: tuple[bytes, ...]


def load() -> Samples:
    """The samples that are made hostile: fixtures, examples and scenarios of the rules."""
    patches = sorted((ROOT / "fixtures" / "patches").rglob("*"))
    examples = (one for rule in load_rules() for one in (*rule.stale, *rule.sound))
    return Samples(
        mails=tuple(file.read_bytes() for file in patches if file.is_file()),
        programs=(
            *(file.read_bytes() for file in sorted(TREE.rglob("*.[ch]"))),
            *(one.code.encode() for one in examples),
        ),
        litmus=tuple(file.read_bytes() for file in sorted((ROOT / "rules").rglob("*.litmus"))),
    )


def hostile(given: tuple[bytes, ...], chance: random.Random, most: int = 6) -> bytes:
    """One input: a sample with up to ``most`` pieces cut, doubled, moved, changed or put in."""
    data = bytearray(chance.choice(given))
    for _ in range(chance.randint(1, most)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.randint(1, 200))
        what = chance.randrange(7)
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
        elif what == 5:
            lines = bytes(data).split(b"\n")
            del lines[chance.randrange(len(lines))]
            data = bytearray(b"\n".join(lines))
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


def patch_between(before: bytes, after: bytes, path: str) -> bytes:
    """A mail whose patch applies, from one content of a file to the other."""
    old, new = (one.decode("utf-8", "surrogateescape").split("\n") for one in (before, after))
    lines = unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm="")
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return b"From: A <a@example.org>\nSubject: [PATCH] x\n\n" + text + b"\n"
