"""What the braces of a struct, union or enum hold: members and enumerators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from reviewer.tree.model import NameKind

LOCK_WORDS = re.compile(
    rb"\b(?:(?:raw_)?spinlock_t|local_lock_t|rwlock_t|seqlock_t|seqcount_\w*t|struct\s++(?:rt_)?mutex"
    rb"|struct\s++(?:percpu_)?rw_semaphore|struct\s++semaphore|struct\s++ww_mutex|struct\s++srcu_struct"
    rb"|struct\s++percpu_rw_semaphore|arch_spinlock_t)\b"
)
POINTER_NAME = re.compile(rb"\(\s*+\*+\s*+(?:const\s++)?(\w++)")
ARRAY = re.compile(rb"\[[^\]]*+\]")
NAMES = re.compile(rb"[A-Za-z_]\w*+")
LAST_NAME = re.compile(rb"([A-Za-z_]\w*+)\W*+$")
_BITS = re.compile(rb":[^,;]*+")
_AGGREGATES = frozenset((b"struct", b"union", b"enum"))
_QUALIFIERS = frozenset((b"const", b"volatile"))
_TYPE_WORDS = frozenset(b"signed unsigned char short int long float double void bool _Bool".split())
_SPACES = frozenset(b"__user __kernel __iomem __percpu __rcu __force __private __bitwise".split())
"""Annotations that stand between a type and its name (include/linux/compiler_types.h)."""
_WITH_ARGUMENTS = re.compile(rb"\b__\w++\s*+\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\)")
_CHUNK = re.compile(rb"[^;{}]++")
_DIRECTIVE = re.compile(rb"^[ \t]*+#(?:[^\n\\]|\\\n|\\)*+", re.M)
_DECLARING = re.compile(rb"\s*+([A-Za-z_]\w*+)\s*+\(\s*+(?!\s*\*)")


class Found(NamedTuple):
    """A definition at a byte offset.

    ``end`` is the offset of a function's closing brace, 0 for anything else; ``owner`` the tag of
    the outermost struct, union or enum a member stands in; ``static`` what C means by it.
    """

    name: bytes
    kind: NameKind
    offset: int
    end: int = 0
    owner: bytes = b""
    static: bool = False


def enumerators(code: bytes, start: int, end: int, owner: bytes = b"") -> Iterator[Found]:
    at = start
    for part in code[start:end].split(b","):
        name = NAMES.search(part)
        if name is not None:
            yield Found(name[0], NameKind.ENUMERATOR, at + name.start(), 0, owner)
        at += len(part) + 1


def fields(code: bytes, start: int, end: int, owner: bytes = b"") -> Iterator[Found]:
    text = code[start:end]
    if b"#" in text:
        text = _DIRECTIVE.sub(lambda m: b" " * len(m[0]), text)
    for chunk in _CHUNK.finditer(text):
        words, at = chunk[0], start + chunk.start()
        if words.isspace() or words.strip() in _AGGREGATES:
            continue
        kind = NameKind.LOCK if LOCK_WORDS.search(words) else NameKind.FIELD
        pointer = POINTER_NAME.search(words)
        if pointer is not None:
            yield Found(pointer[1], kind, at + pointer.start(1), 0, owner)
            continue
        if (declaring := _DECLARING.match(words)) is not None:
            for name in NAMES.finditer(words, declaring.end()):
                yield Found(name[0], kind, at + name.start(), 0, owner)
            continue
        plain = ARRAY.sub(b"", words) if b"[" in words else words
        if b"__" in plain and b"(" in plain:
            plain = _WITH_ARGUMENTS.sub(b" ", plain)
        typed = not text.endswith(b"}", 0, chunk.start())
        for part in (_BITS.sub(b"", plain) if b":" in plain else plain).split(b","):
            name_ = _member(part.partition(b"(")[0], typed=typed)
            typed = False
            if name_:
                yield Found(name_, kind, at + max(words.rfind(name_), 0), 0, owner)


def _member(head: bytes, *, typed: bool) -> bytes:
    """The name that a member is declared by; b"" if there is none.

    Attributes follow it (``int count ____cacheline_aligned``), so that a name that begins with two
    underscores is the member's only behind nothing but a type (``raw_spinlock_t __lock``). Behind
    a brace or a comma the type was named before: not ``typed``.
    """
    names: list[bytes] = NAMES.findall(head)
    if LAST_NAME.search(head) is None:
        return b""
    own = [n for n in names if not n.startswith(b"__")]
    if not own or names[-1] == own[-1]:
        return names[-1]
    if not typed:
        return own[-1]
    tag = next((n + 1 for n, one in enumerate(names) if one in _AGGREGATES), None)
    rest = names if tag is None else names[: tag - 1] + names[tag + 1 :]
    bare = [one for one in rest if not one.startswith(b"__") and one not in _QUALIFIERS]
    alone = tag is None and len(bare) == 1 and bare[0] not in _TYPE_WORDS and rest[0] in own
    if not alone and any(one not in _TYPE_WORDS for one in bare):
        return own[-1]
    last = len(names) - 1 - names[::-1].index(own[-1])
    behind = names[max(last, tag or 0) + 1 :]
    return next((one for one in behind if one not in _SPACES), own[-1])
