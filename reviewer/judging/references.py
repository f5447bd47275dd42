"""Names that comments mention: whose they are, how they are spelled, whether they are gone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim
from reviewer.source.model import AnchorKind
from reviewer.tree.likeness import likeness
from reviewer.tree.model import Index
from reviewer.verdict import Location, Severity, Verdict, broken, unknown
from reviewer.world import World


@dataclass(frozen=True, slots=True)
class Lore:
    """What ``references.toml`` knows."""

    words: re.Pattern[str]
    functions: frozenset[str]
    prefixes: tuple[str, ...]
    folders: tuple[str, ...]
    placeholders: frozenset[str]
    renamed: Mapping[str, tuple[str, ...]]


@cache
def lore() -> Lore:
    """The built-in data."""
    data = tomllib.loads(Path(__file__).with_name("references.toml").read_text(encoding="utf-8"))
    foreign = data["foreign"]
    words = "|".join(re.escape(word) for word in foreign["words"])
    return Lore(
        re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I),
        frozenset(foreign["functions"]),
        tuple(foreign["prefixes"]),
        tuple(foreign["folders"]),
        frozenset(data["placeholder"]["parts"]),
        {old: tuple(new) for old, new in data["renamed"].items()},
    )


_SYNC = re.compile(
    r"\b(?:locks?|locked|unlock\w*|held|hold(?:s|ing)?|mutex|sem(?:aphore)?|rwsem|barriers?|smp_\w+"
    r"|pairs?|paired|order(?:s|ed|ing)?|rac(?:e|es|y|ing)|rcu\w*|srcu|grace|synchroni\w+|seriali[sz]\w+"
    r"|atomic\w*|irqs?|interrupts?|preempt\w*|softirqs?|flush\w*|tlb|ipis?|refcount\w*|references?"
    r"|concurren\w+|lockless\w*|protect\w*|exclu\w+)\b",
    re.I,
)
_OTHERS = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n\s*\n")
_HISTORY = re.compile(
    r"\b(?:no longer|not any ?more|formerly|previously|older|former|historical\w*|legacy"
    r"|(?:was|were|been|got) (?:named|removed|renamed|replaced|dropped|known|unified)"
    r"|(?:was|were|been|got) called \W?(?=\w*(?:_\w|\(\)))"
    r"|replaces|obsolete\w*|deprecated|(?:since|before|until|linux|kernels?) v?[2-6]\.\d+"
    r"|\d\d?/\d\d?/\d\d|deadlock scenario"
    r"|in the past|originally|future|upcoming|planned|equivalent (?:of|to)|similar to|analog\w*"
    r"|imagine|hypothetical\w*|if we ever|someday|changelog|borrowed|stolen"
    r"|(?:copied|derived|ported|taken|lifted|split|moved|imported|adapted) from|inspired"
    r"|based on (?:\S+ ){0,3}?(?:code|drivers?|work|implementation|version|original|\S*/\S+|\w+\()"
    r"|a\.?k\.?a\.?|[12][90]\d\d|linux[- ]v?\d|(?:before|since|in|by|of|see) commit"
    r"|todo|fixme|xxx|there is no|there's no|no such|cannot be called|like the \w+ in)(?!\w)",
    re.I,
)
_HEADS = 0.5
"""How like its heading the thing below a comment must be to be meant by it."""
_DOCUMENTS = 0.8
_TYPES = "static|extern|struct|void|int|bool|unsigned|long|char|size_t|u8|u16|u32|u64|s32|s64"
_PROSE = re.compile(r"(?<!\S)[a-z]+(?=\s)")
_DENIED = re.compile(r"\b(?:do(?:es)? not|doesn't|don't|did not|didn't) exist\b", re.I)
_COPIED = re.compile(rb"\bauto-?(?:matically )?generated (?:from|by)\b", re.I)
_STEP = re.compile(r"(?:\A|\n)[ \t]*\[\w{1,3}\][ \t]*\Z")
"""``[3] name()``: a step of an algorithm drawn elsewhere, whose names are its own."""
_FAMILY = re.compile(r"_(?:ops|operations|functions|calls|helpers|primitives)\Z")
_REGISTER = re.compile(
    r"\s+(?:(?:(?:bit|field)s?\s+)?(?:in|of)\s+(?:the\s+)?[A-Z]\w+\s+)?(?:register|reg)s?\b"
)
_HEADING = re.compile(r"[\s*]*(?:(?:struct|union|enum)\s+)?\Z")
_TITLE = re.compile(r"(?:\(\))?[ \t]*[-:][ \t]")
_GLUED_BEFORE = frozenset("*{}[]()<>|/\\$%#?-.'~^+=")
_BULLET = re.compile(r"(?:\A|[\s(])[(\[{'*&-]\Z")
_GLUED_AFTER = frozenset("*{}[<|\\$%#?-~^/")


def sentence(claim: Claim) -> str:
    """The sentence a mention stands in, white space folded."""
    text = claim.comment.text
    starts = [m.end() for m in _SENTENCE_END.finditer(text, 0, claim.start)]
    start = max([0, claim.start - 400, *starts[-1:]])
    stop = _SENTENCE_END.search(text, claim.end)
    end = min(stop.end() if stop else len(text), claim.end + 400)
    return " ".join(text[start:end].split())


def severity_of(claim: Claim) -> Severity:
    """Raised where the sentence around the name speaks of synchronization."""
    return Severity.MEDIUM if _SYNC.search(sentence(claim)) else Severity.LOW


def is_history(claim: Claim) -> bool:
    """True if the sentence may speak of what was, will be, or is only like the name."""
    near = claim.comment.text[max(0, claim.start - 600) : claim.end + 160]
    return _HISTORY.search(sentence(claim)) is not None or _DENIED.search(near) is not None


def is_foreign(claim: Claim, world: World, name: str) -> bool:
    """True if the name may be another program's: by folder, spelling, or words around it."""
    known = lore()
    if world.path.startswith(known.folders) and not _is_path(name):
        return True
    if _COPIED.search(world.source.data[:2000]):
        return True  # kept elsewhere, in the words of that place
    if world.path.startswith(_OTHERS) or name in known.functions:
        return True
    if name.startswith(known.prefixes):
        return True
    spoken = sentence(claim).replace(claim.quote, " ")
    return known.words.search(spoken) is not None


def _is_path(name: str) -> bool:
    return "/" in name or "." in name


def is_placeholder(name: str) -> bool:
    """True for names that stand for a kind of names: ``foo_lock``, ``devm_xxx``, ``pXd_leaf``."""
    parts = [part for part in name.lower().split("_") if part]
    if any(re.sub(r"(?<!\d)\d\Z", "", part) in lore().placeholders for part in parts):
        return True
    if re.search(r"foo|xxx|XX|bar\b|[a-z]X+(?:[a-z]|\b)|\ACPU_?\d", name):
        return True
    if re.search(r"(?:\A|_)[a-z]{3,}", name) and re.search(r"_[A-Z]{4,}(?:_|\Z)", name):
        return True  # seqcount_LOCKNAME_t
    return re.search(r"_[nNxXyY]\Z|[a-z]_\d\Z|_N_|\A[pP]x+d_", name) is not None


def is_glued(claim: Claim) -> bool:
    """True if the letters beside the name make it part of something longer.

    ``tcp_v{4,6}_x()``, ``foo_*()``, ``a/b_c()``, ``get_(page|folio)()``; a list bullet is no glue.
    """
    text = claim.comment.text
    before, after = text[: claim.start], text[claim.end : claim.end + 2]
    if before and before[-1] in _GLUED_BEFORE and not _BULLET.search(before):
        return True
    if before and (before[-1].isalnum() or before[-1] == "_"):
        return True
    if not after:
        return False
    if after == "[]":
        return False  # an array
    if re.match(r"(?:,?\s+etc\b|,\S|['\u2019](?!s\b)\w)", text[claim.end : claim.end + 8]):
        return True  # one of several, or used as a verb
    if after[0] == "-":
        return after[1:2] != ">" and after[1:2].isalnum()
    if after[0] == "/":
        return True
    return after[0] in _GLUED_AFTER or after[0].isalnum() or after[0] == "_"


def spellings(name: str) -> tuple[str, ...]:
    """The forms in which code may have what a comment calls ``name``."""
    bare = name.strip("_")
    first = name[0].lower() + name[1:]
    forms = [name, "_" + name, "__" + name, "___" + name, first]
    forms += [f"{form}_noprof" for form in (name, "__" + name)]
    forms += ["sys_" + name, "__do_sys_" + bare, "try_" + name, "arch_" + name, "raw_" + name]
    if name.startswith("bpf_"):
        forms.append("BPF_FUNC_" + name.removeprefix("bpf_"))
    if name.startswith(("__x64_", "__ia32_", "__arm64_")):
        forms.append(name.split("_", 3)[3])
    return tuple(dict.fromkeys(form for form in forms if form))


def is_gone(name: str, index: Index) -> bool:
    """True if nothing in code, strings or tools spells the name in any usual form."""
    if not index.complete or index.in_strings(name):
        return False
    if name in lore().renamed:
        return not index.used_in_kernel(name)  # scripts and tools know old names too
    if index.occurs(name):
        return False
    if name.endswith("_"):
        return False  # the common beginning of several
    if name.endswith("ies") and index.occurs(name[:-3] + "y"):
        return False
    return not any(index.used_in_kernel(form) for form in spellings(name))


def short_for(name: str, world: World) -> str:
    """An identifier of the file that ``name`` abbreviates or only cases otherwise, or ''.

    ``gp_cleanup`` for ``rcu_gp_cleanup``, ``css_sets`` for ``css_set``.
    """
    if name in lore().renamed:
        return ""
    wanted = name.strip("_").lower()
    for known in sorted(world.source.identifiers()):
        lowered = known.lower().strip("_")
        if lowered == wanted:
            if name[0] == "_" and known[0] != "_":
                continue  # the underscores were dropped: a rename
            return known
        if lowered.endswith("_" + wanted):
            return known
        rest = lowered[len(wanted) :] if lowered.startswith(wanted) else ""
        if (
            rest
            and not name.endswith("s")
            and (_affix(rest) or (name.isupper() and rest[0] == "_"))
        ):
            return known
    return ""


_ENDINGS = frozenset(
    ("t", "locked", "unlocked", "fn", "func", "cb", "noprof", "mask", "shift", "bit", "bits")
)


def _affix(rest: str) -> bool:
    return rest in {"s", "es", *(f"_{one}" for one in _ENDINGS)}


def successor(name: str, world: World) -> str:
    """What the name is probably called today, or ''; a kernel function for a function."""
    index = world.index
    if index is None:
        return ""
    for new in lore().renamed.get(name, ()):
        if index.used_in_kernel(new):
            return new
    return next(iter(index.similar(name, 1)), "")


def is_family(claim: Claim, world: World, name: str) -> bool:
    """True for ``raw_cpu_ops`` without ``()`` where code has ``raw_cpu_inc``: several functions."""
    if claim.object is not None and claim.object.concept == "function":
        return False
    stem = _FAMILY.sub("_", name)
    return stem != name and any(one.startswith(stem) for one in world.source.identifiers())


def is_register(claim: Claim) -> bool:
    """True for "the FOO_CTRL register" and "FOO_ON in FOO_CTRL register": hardware's names."""
    return _REGISTER.match(claim.comment.text, claim.end) is not None


def not_reported(claim: Claim, world: World, name: str) -> bool:
    """True if the mention is not one that these rules speak about at all."""
    if len(name) < 4 or is_placeholder(name) or is_glued(claim) or is_history(claim):
        return True
    if _STEP.search(claim.comment.text, 0, claim.start) or is_family(claim, world, name):
        return True
    return is_foreign(claim, world, name)


def misspelled(name: str, index: Index) -> str:
    """A name of the tree that differs from ``name`` in one letter left out or two exchanged, or ''.

    ``vfs_red`` for ``vfs_read``; numbers and endings are no letters: ``foo_1``, ``foo_pages``.
    """
    for near in index.similar(name, 3):
        if near.rstrip("s") != name.rstrip("s") and _slip(name, near) and near[-1] == name[-1]:
            return near
    return ""


def _slip(name: str, near: str) -> bool:
    if len(name) < 7 or not near.replace("_", "").isalpha():
        return False
    if len(near) == len(name) + 1:
        return any(near[:i] + near[i + 1 :] == name for i in range(1, len(near)) if near[i] != "_")
    if len(near) == len(name):
        at = next((i for i, (a, b) in enumerate(zip(name, near, strict=True)) if a != b), 0)
        swapped = name[:at] + name[at : at + 2][::-1] + name[at + 2 :]
        return at > 0 and swapped == near
    return False


def example_code(claim: Claim) -> bool:
    """True if the mention looks like a statement or declaration rather than prose."""
    text = claim.comment.text
    line_start = text.rfind("\n", 0, claim.start) + 1
    line_end = text.find("\n", claim.end)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    after = text[claim.end : claim.end + 2].lstrip(" ")
    named = re.escape(claim.object.name if claim.object else "")
    if re.search(rf"^\s*(?:{_TYPES})\b[\w \t*]*\b{named}\(", text, re.M):
        return True  # an example that defines the function itself
    if after.startswith((";", "{", "=")):
        return True
    if re.search(r";\s*$|^\s*#|->\s*$|\{\s*$|^\s*(?:if|while|for) ?\(.*\)\s*(?://|$)", line):
        return True
    sign = re.search(r"(?<![=!<>])=(?!=)", line)
    if sign is None:
        return False
    between = line[claim.end - line_start : sign.start()] if claim.end >= line_start else ""
    return len(_PROSE.findall(between)) < 2


def _meant(claim: Claim, world: World, name: str) -> str:
    """What a mention probably means: the thing it heads or is anchored to, or what is alike.

    Not a name that the sentence has as well, nor one that differs in a number only.
    """
    subject = claim.subject.name if claim.subject is not None else ""
    if subject.isidentifier() and subject != name:
        text = claim.comment.text
        headed = _HEADING.match(text[: claim.start]) is not None
        if headed and _TITLE.match(text, claim.end):
            return subject
        if likeness(name, subject) >= (_HEADS if headed else _DOCUMENTS):
            return subject
    today = successor(name, world)
    if today and today not in lore().renamed.get(name, ()):
        if re.search(rf"\b{re.escape(today)}\b", sentence(claim)):
            return ""
        if today.rstrip("0123456789") == name.rstrip("0123456789"):
            return ""
    return today


_BARE = re.compile(r"['\"`]?\w+['\"`]?")
"""A mention that no ``()``, ``struct``, ``->``, ``%`` or the like marks as a name of code."""


def gone(claim: Claim, world: World, name: str, what: str) -> Verdict:
    """The verdict for a mention of a name no code has."""
    today = _meant(claim, world, name)
    if today.strip("_").endswith("_" + name.strip("_")):
        return unknown(f"no code has {name}, but it may be short for {today}")
    if not today and _BARE.fullmatch(claim.quote.strip()):
        return unknown(f"no code has {name}, and no name of today is like it: it may be a label")
    where = [Location(world.path, claim.line, f"names {name}, which no code of the tree has")]
    hint = ""
    if today:
        hint = f" Perhaps {today} is meant."
        if world.index is not None:
            where += [
                Location(d.path, d.line, f"{today} is defined")
                for d in world.index.definitions(today)[:1]
            ]
    return broken(
        f"The comment speaks of {name}, but this tree has no {what} of that name.{hint}",
        *where,
        severity=severity_of(claim),
    )


def no_index(name: str) -> Verdict:
    """The answer where nobody can tell."""
    return unknown(f"no index of the whole tree to look {name} up in")


def is_lock(name: str) -> bool:
    """True for names that the locking rules look after."""
    return bool(lock_name(name))


def in_table(claim: Claim) -> bool:
    """True for a comment on a register field, macro or enumerator: hardware has its own names."""
    return claim.comment.anchor.kind in (AnchorKind.MACRO, AnchorKind.LINE) or (
        claim.comment.trailing and claim.comment.anchor.kind is not AnchorKind.STATEMENTS
    )
