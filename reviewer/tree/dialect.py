"""Which files of a tree hold code, in what notation, and how each looks without its comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple


class Dialect(IntEnum):
    """Notations that are read differently; part of the key of whatever is stored by content."""

    C = 1
    ASSEMBLY = 2
    KCONFIG = 3
    SCRIPT = 4
    DEVICE_TREE = 5
    TABLE = 6
    RUST = 7
    ASSEMBLY_AT = 8
    ASSEMBLY_HASH = 9
    ASSEMBLY_BANG = 10
    ASSEMBLY_BAR = 11
    ASSEMBLY_SEMICOLON = 12


MARKS = {
    Dialect.ASSEMBLY_AT: b"@",
    Dialect.ASSEMBLY_HASH: b"#",
    Dialect.ASSEMBLY_BANG: b"!",
    Dialect.ASSEMBLY_BAR: b"|",
    Dialect.ASSEMBLY_SEMICOLON: b";",
}
"""What begins a comment to the end of its line, beside ``//`` and ``/* */`` of the preprocessor."""
ASSEMBLIES = frozenset((Dialect.ASSEMBLY, *MARKS))
_ARCHITECTURES = {
    "arm": Dialect.ASSEMBLY_AT,
    "sh": Dialect.ASSEMBLY_BANG,
    "sparc": Dialect.ASSEMBLY_BANG,
    "m68k": Dialect.ASSEMBLY_BAR,
    "arc": Dialect.ASSEMBLY_SEMICOLON,
    "parisc": Dialect.ASSEMBLY_SEMICOLON,
}
_HASH = (
    "alpha|csky|i386|loongarch|microblaze|mips|nios2|openrisc|powerpc|riscv|s390|x86|x86_64|xtensa"
)
_ARCHITECTURES |= dict.fromkeys(_HASH.split("|"), Dialect.ASSEMBLY_HASH)
"""By folder. The assembler's manual (gas, "Machine Dependent Features", "Special Characters" of
each) is the source; arm64 and hexagon have ``//`` alone, and what stands in no architecture's
folder is read so too."""


_SUFFIX = {
    "c": Dialect.C,
    "h": Dialect.C,
    "y": Dialect.C,
    "l": Dialect.C,
    "inc": Dialect.C,
    "def": Dialect.C,
    "c_shipped": Dialect.C,
    "h_shipped": Dialect.C,
    "seq": Dialect.C,
    "S": Dialect.ASSEMBLY,
    "s": Dialect.ASSEMBLY,
    "lds": Dialect.ASSEMBLY,
    "S_shipped": Dialect.ASSEMBLY,
    "dts": Dialect.DEVICE_TREE,
    "dtsi": Dialect.DEVICE_TREE,
    "dtso": Dialect.DEVICE_TREE,
    "rs": Dialect.RUST,
    "pl": Dialect.SCRIPT,
    "py": Dialect.SCRIPT,
    "sh": Dialect.SCRIPT,
    "awk": Dialect.SCRIPT,
    "gperf": Dialect.SCRIPT,
    "tc": Dialect.SCRIPT,
    "tbl": Dialect.TABLE,
    "asn1": Dialect.TABLE,
}
_TABLES = frozenset(
    ("sysreg", "cpucaps", "mach-types", "cpufeaturemasks.awk", "errata", "module-common.lds")
)


KEYWORDS = frozenset(
    b"auto break case char const continue default do double else enum extern float for goto if "
    b"inline int long register return short signed sizeof static struct switch typedef union "
    b"unsigned void volatile while include define ifdef ifndef endif undef elif defined".split()
)
"""Words of C and of its preprocessor, which are nobody's names."""


def dialect(path: str) -> Dialect | None:
    """The notation of a file by its name, None for prose, data and binaries."""
    name = path.rpartition("/")[2]
    if name.startswith("Kconfig"):
        return Dialect.KCONFIG
    if name.startswith(("Makefile", "Kbuild")):
        return Dialect.SCRIPT
    if name in _TABLES:
        return Dialect.TABLE
    stem, dot, suffix = name.rpartition(".")
    if suffix == "in" and dot:  # vmlinux.lds.in, config.h.in: named by what they become
        suffix = stem.rpartition(".")[2]
    kind = _SUFFIX.get(suffix) if dot else None
    if kind is Dialect.ASSEMBLY and not path.endswith(_LINKER_SCRIPTS):
        return next((_ARCHITECTURES[one] for one in path.split("/") if one in _ARCHITECTURES), kind)
    return kind


_LINKER_SCRIPTS = (".lds", ".lds.S", ".lds.in")


_STRING = rb'(?<!\\)"[^"\\\n]*+(?:\\[\s\S][^"\\\n]*+)*+"'
"""No string begins behind a backslash: one that does not end would be tried from each ``\\"``."""
_CHARACTER = rb"'(?:[^'\\\n]|\\[^\n']{1,3}|\\')'"
_C_COMMENT = rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/|//[^\n]*+"
_C_NOISE = re.compile(b"|".join((_C_COMMENT, _STRING, _CHARACTER)))
DIRECTIVE = (
    rb"(?P<directive>^[ \t]*+#[ \t]*+(?:define|undef|include|if|ifdef|ifndef|elif|else|endif|error"
    rb"|warning|pragma|line)\b(?:[^\n\\/\"]++|\\\r?\n|\\|/(?![*/])"
    rb'|"(?:[^"\\\n]++|\\\r?\n|\\[^\n]?)*+"?)*+)'
)
"""A line of the preprocessor up to a comment, in which no mark begins one: ``#if !A || B``."""


def marked(mark: bytes) -> bytes:
    """What an assembler's comment looks like, directives left out: its mark not behind a backslash.

    ``\\@`` is the number of a macro's expansion (gas, "Macro"), on arm too.
    """
    return DIRECTIVE + rb"|(?<!\\)" + re.escape(mark) + rb"[^\n]*+"


_NOISE = {
    kind: re.compile(b"|".join((_C_COMMENT, _STRING, _CHARACTER, marked(mark))), re.M)
    for kind, mark in MARKS.items()
}
_HASH_COMMENT = re.compile(rb"(?:^|(?<=[\s;]))#[^\n]*+", re.M)
_HELP = re.compile(
    rb"^([ \t]*+)(?:---)?help(?:---)?[ \t]*+\n((?:[ \t]*+\n|\1[ \t]++[^\n]*+\n)*+)", re.M
)
_BLANK = bytes(10 if b == 10 else 32 for b in range(256))

_QUOTE, _APOSTROPHE = b"\"'"

WORD = re.compile(rb"[A-Za-z_]\w*+")


def _erase(match: re.Match[bytes]) -> bytes:
    return match[0] if match.lastgroup else match[0].translate(_BLANK)


def code_of(data: bytes, kind: Dialect) -> bytes:
    """The file at equal length with comments, strings and help texts blanked, lines kept."""
    if kind in (Dialect.SCRIPT, Dialect.TABLE):
        return _HASH_COMMENT.sub(_erase, data)
    if kind is Dialect.KCONFIG:
        return _HASH_COMMENT.sub(_erase, _HELP.sub(_erase, data))
    return _NOISE.get(kind, _C_NOISE).sub(_erase, data)


class Parts(NamedTuple):
    """A file taken apart in one pass: blanked code as of ``code_of``, and what was blanked."""

    code: bytes
    strings: list[bytes]
    comments: list[bytes]


def parts_of(data: bytes, kind: Dialect) -> Parts:
    """``code_of`` with what it blanked; of scripts and tables only the code."""
    if kind in (Dialect.SCRIPT, Dialect.TABLE, Dialect.KCONFIG):
        return Parts(code_of(data, kind), [], [])
    code: list[bytes] = []
    strings: list[bytes] = []
    comments: list[bytes] = []
    at = 0
    for match in _NOISE.get(kind, _C_NOISE).finditer(data):
        if match.lastgroup:
            continue
        text = match[0]
        start = match.start()
        code += (data[at:start], text.translate(_BLANK))
        at = start + len(text)
        first = text[0]
        if first == _QUOTE:
            strings.append(text)
        elif first != _APOSTROPHE:
            comments.append(text)
    code.append(data[at:])
    return Parts(b"".join(code), strings, comments)


_SEPARATORS = bytes(b if bytes((b,)).isalnum() or b == ord("_") else 32 for b in range(256))


def words_of(code: bytes) -> set[bytes]:
    """The distinct words of blanked code, numbers among them: cheap, and nobody asks for those."""
    return set(code.translate(_SEPARATORS).split())


_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def occurrences(code: bytes, name: bytes) -> Iterator[int]:
    """Where an identifier stands in code as a whole; by bytes, for an expression is slower."""
    at = code.find(name) if name else -1
    while at >= 0:
        end = at + len(name)
        before = at > 0 and code[at - 1] in _LETTERS
        if not before and not (end < len(code) and code[end] in _LETTERS):
            yield at
        at = code.find(name, end)
