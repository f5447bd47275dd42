"""Terms of a sentence, and the sentence with each term as one character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ahocorasick_rs import AhoCorasick

from reviewer.claims.lexicon import SORTS, Entry, Lexicon, variants
from reviewer.claims.patterns import BLOCK, BLOCK_SIZE

MAX_TERMS = 200
"""Terms read in one sentence; what follows stays plain words."""


@dataclass(frozen=True, slots=True)
class Found:
    """A term at ``text[start:end]`` of a folded sentence."""

    start: int
    end: int
    concept: str
    sort: str
    name: str = ""
    call: bool = False
    """True if written as a call, ``foo()``."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """``text`` has one character a term; ``at[i]`` is where ``text[i]`` starts in the folded
    sentence and ``until[i]`` where it ends; ``sorts`` is the bit set of sorts present;
    ``tokens`` are the C names."""

    text: str
    at: tuple[int, ...]
    until: tuple[int, ...]
    terms: tuple[Found, ...]
    sorts: int
    tokens: tuple[re.Match[str], ...]

    def term(self, char: str) -> Found:
        """The term a character stands for."""
        return self.terms[(ord(char) - BLOCK) % BLOCK_SIZE]


_ARGS = r"\((?:[^()]{0,80}(?:\([^()]{0,40}\)[^()]{0,40}){0,2})\)"
TOKEN = re.compile(
    rf"""
    (?P<config>\bCONFIG_[A-Z0-9_a-z]+\b(?!\*))
  | (?P<path>(?<![\w/.~<>-])(?:\.\./|\./)*
        (?:Documentation|arch|block|certs|crypto|drivers|fs|include|init|io_uring|ipc|kernel|lib|mm
          |net|rust|samples|scripts|security|sound|tools|usr|virt|linux|asm|asm-generic|uapi)
        /[\w.+@-]+(?:/[\w.+@-]+)*
      | <(?:linux|asm|asm-generic|uapi|net|trace|crypto|sound|media|rdma|scsi|drm)
        /[\w./-]+\.h>
      | (?<![\w/.-])[a-z][\w-]*\.(?:c|h|S|rst)\b(?!\w))
  | (?P<struct>&?\b(?:struct|union|enum)\ (?:[A-Za-z]\w*)(?:(?:\.|->)[A-Za-z_]\w*)*)
  | (?P<const>%[A-Za-z_]\w+)
  | (?P<param>(?<!\w)@[A-Za-z_]\w*(?:(?:->|\.(?=\w))\w+)*)
  | (?P<call>(?<![\w.>)\]-])(?:->|&)?(?:[A-Za-z_]\w*)(?:(?:->|\.|::)\w+)*{_ARGS})
  | (?P<ident>(?<![\w.>)\]-])->[A-Za-z_]\w+(?:->\w+)*\b
      | (?<![\w.>-])[&*]?[A-Za-z]\w*(?:(?:->|::)\w+)+(?:\.\w+)*(?!\w*\*)
      | (?<![\w.>-])[&*]?(?:[A-Za-z]\w*\.)*(?:[A-Za-z_]\w*_\w+|_\w+)(?:\.[A-Za-z_]\w*)*(?!\w*\*))
    """,
    re.VERBOSE,
)
_PLURAL_ARGS = re.compile(r"\((?:s|es|\d\w?|ies|n|e?d|ing)\)\Z")
_LOCK_NAME = re.compile(
    r"(?:(?<!un)(?<!try)(?<!dead)(?<!live)(?<!\Bb)(?<!\Bc)(?<!\bb)(?<!\bc)lock"
    r"|mutex|_r?w?sem|_lck|_mtx|rwsem|_rwlock|_spin|_sema)\Z"
)
_LOCKING_CALL = re.compile(
    r"(?:raw_)?(?:spin|read|write|mutex|rt_mutex)_(?:try)?lock\w*|down_(?:read|write)\w*|down\w*"
    r"|lock(?:dep_assert_held\w*)?|(?:read|write)_seq\w+"
)
_LOCK_VERBS = re.compile(
    r"(?:raw_)?(?:spin|read|write|mutex|rt_mutex|rcu_read|srcu_read|bit_spin|local|seq)_(?:un)?lock"
    r"|lock|spinlock|unlock|trylock"
)
_PROSE_LOCK = re.compile(
    r"\b(?P<word>[A-Za-z][\w.>*'-]*) "
    r"(?P<lock>spin ?locks?|locks?|mutex(?:es)?|semaphores?|rwsem"
    r"|rwlock|rw_semaphore|seqlock)\b(?! (?:class|order|inversion|type|contention|dependency"
    r"|holder|owner|bit|word|free|acquisition|stealing|step|primitive|cookie|context|manager|up\b))",
    re.IGNORECASE,
)
_NOT_LOCK_WORD = frozenset(
    """
    a an the this that these those any no some all each every both either neither one two same
    other another which what whose our its their his your my of to and or with without by under
    in on at for from into as is be are was were not such first second outer inner new old only
    also just own proper right appropriate relevant necessary needed required corresponding
    respective given following single main global local big fine-grained coarse sleeping nested
    spinning read write reader writer exclusive shared per-cpu percpu take takes took taking
    hold holds holding held grab grabs grabbing acquire acquires acquiring acquired drop drops
    dropping release releases releasing released get gets must should may can will would could
    we they it need needs use uses using extra additional normal usual real raw plain multiple
    different several more less most many few lost file lease dead soft hard posix flock
    byte-range advisory mandatory spin mutex rw rt kernel code then so if when while until
    before after because via still already always never don't doesn't dlm mlock cluster cap
    quick slow fast caller's called calls call protected related associated specific generic
    """.split()  # noqa: SIM905 - a hundred words read better as text
)
_THE_LOCK = re.compile(
    r"\b(?:the|this|that|our|its|same|a|any) "
    r"(?:appropriate |relevant |corresponding |right |proper )?"
    r"(?P<lock>lock|mutex|semaphore|spin ?lock|rwsem|rwlock|seqlock|locks)\b"
    r"(?! (?:class|order|inversion|type|contention|dependency|holder|owner|bit|word))",
    re.IGNORECASE,
)
_OFF_AFTER = re.compile(
    r"(?: (?:are|is|be|being|been|have been|has been|already|all|both|both be|must be|to be))*"
    r"[ -](?:disabled?|off|masked|blocked|turned off|switched off)\b"
)
_ON_AFTER = re.compile(
    r"(?: (?:are|is|be|being|been|have been|has been|already|all|both))*"
    r"[ -](?:enabled?|on|unmasked|re-?enabled|turned on)\b"
)
_OFF_BEFORE = re.compile(
    r"\b(?:disabl(?:e|es|ing|ed)|mask(?:s|ing|ed)?|block(?:s|ing)?|turn(?:s|ing)? off)"
    r" (?:the |all |local |both |hard |hardware |of |normal |any )*\Z"
)
_ON_BEFORE = re.compile(r"\b(?:re-?)?enabl(?:e|es|ing|ed) (?:the |all |local |both |hard )*\Z")
_GLUE = re.compile(r" ?(?:,|/|and|or|and/or|&|, and|\+| )? ?(?:local |the |hard |all )?")


class Tagger:
    """Finds terms by a lexicon; built once, used for every sentence."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._phrases: list[tuple[Entry, str]] = []
        seen: dict[str, int] = {}
        self._names: dict[str, Entry] = {}
        globs: list[tuple[str, Entry]] = []
        for entry in lexicon.entries:
            for phrase in entry.phrases:
                for spelling in variants(phrase.lower()):
                    if spelling not in seen:
                        seen[spelling] = len(self._phrases)
                        self._phrases.append((entry, spelling))
            for name in entry.names:
                if "*" in name:
                    globs.append((name, entry))
                else:
                    self._names[name] = entry
        self._automaton = AhoCorasick([spelling for _, spelling in self._phrases] or ["\0"])
        self._globs = tuple(
            (re.compile(re.escape(glob).replace(r"\*", r"\w*") + r"\Z"), entry)
            for glob, entry in globs
        )
        self._glob_cache: dict[str, Entry | None] = {}

    def tag(self, text: str, lower: str) -> Tagged:
        """Tag a folded sentence; ``lower`` is its lower-case form of the same length."""
        tokens = tuple(TOKEN.finditer(text))
        terms = self._terms(text, lower, tokens)
        out: list[str] = []
        at: list[int] = []
        until: list[int] = []
        sorts = 0
        position = 0
        for index, term in enumerate(terms):
            out.append(lower[position : term.start])
            at.extend(range(position, term.start))
            until.extend(range(position + 1, term.start + 1))
            sort = SORTS.index(term.sort)
            sorts |= 1 << sort
            out.append(chr(BLOCK + BLOCK_SIZE * sort + index))
            at.append(term.start)
            until.append(term.end)
            position = term.end
        out.append(lower[position:])
        at.extend(range(position, len(text)))
        until.extend(range(position + 1, len(text) + 1))
        return Tagged("".join(out), tuple(at), tuple(until), tuple(terms), sorts, tokens)

    def _terms(self, text: str, lower: str, tokens: tuple[re.Match[str], ...]) -> list[Found]:
        found: list[Found] = []
        for match in tokens:
            term = self.read_token(str(match.lastgroup), match[0], match.start(), match.end())
            if term is not None:
                found.append(term)
        for index, start, end in self._automaton.find_matches_as_indexes(lower, overlapping=True):
            if start and (lower[start - 1].isalnum() or lower[start - 1] == "_"):
                continue
            after = lower[end : end + 1]
            if after and (after.isalnum() or after in "_["):
                continue
            if after == "(" and lower[end : end + 2] == "()":
                end += 2
            entry = self._phrases[index][0]
            found.append(Found(start, end, entry.concept, entry.sort, entry.name))
        if "lock" in lower or "mutex" in lower or "sem" in lower:
            found.extend(_prose_locks(text))
        found.sort(key=lambda term: (_noun_start(term, lower), -term.end, term.sort == "name"))
        chosen: list[Found] = []
        last = 0
        for term in found:
            if term.start >= last:
                chosen.append(term)
                last = term.end
        return _switches(chosen[:MAX_TERMS], lower)

    def read_token(self, kind: str, token: str, start: int, end: int) -> Found | None:
        """What a C token stands for; None if it is no term after all (``page(s)``)."""
        if kind == "config":
            return Found(start, end, "config", "config", token)
        if kind == "path":
            token = token.rstrip(".")
            return Found(start, start + len(token), "path", "path", token)
        if kind == "const":
            return Found(start, end, "constant", "name", token[1:])
        if kind == "call":
            if _PLURAL_ARGS.search(token):
                return None
            bare, _, arguments = token.removeprefix("->").lstrip("&").partition("(")
            entry = self._entry(bare)
            argument = arguments[:-1].strip().lstrip("&*")
            if argument and _LOCKING_CALL.fullmatch(bare) and lock_name(argument):
                return Found(start, end, "lock:" + lock_name(argument), "lock", argument)
            if entry is not None:
                return Found(start, end, _instance(entry, bare), entry.sort, bare, True)
            return Found(start, end, "function", "func", bare, True)
        bare = token.removeprefix("->").lstrip("&*@%")
        last = re.split(r"->|\.|::", bare)[-1]
        entry = self._entry(last) if "_" in last or len(last) > 4 else None
        if entry is not None:
            return Found(start, end, _instance(entry, last), entry.sort, bare)
        if kind in {"ident", "param"} and lock_name(bare):
            return Found(start, end, "lock:" + lock_name(bare), "lock", bare)
        if kind == "struct":
            spelled = bare.split(" ", 1)[1]
            lock = lock_name(spelled) if ("." in spelled or "->" in spelled) else ""
            if lock:
                return Found(start, end, "lock:" + lock, "lock", spelled)
            concept = "field" if "." in spelled or "->" in spelled else "struct"
            return Found(start, end, concept, "name", spelled)
        if kind == "param":
            concept = "field" if "." in bare or "->" in bare else "parameter"
            return Found(start, end, concept, "name", bare)
        field = "->" in token or "." in bare
        return Found(start, end, "field" if field else "identifier", "name", bare)

    def _entry(self, name: str) -> Entry | None:
        entry = self._names.get(name)
        if entry is not None:
            return entry
        if name not in self._glob_cache:
            if len(self._glob_cache) > 100_000:
                self._glob_cache.clear()
            self._glob_cache[name] = next(
                (entry for glob, entry in self._globs if glob.match(name)), None
            )
        return self._glob_cache[name]


_ARTICLE = re.compile(r"(?:the|an?|its|our|own) ")


def _noun_start(term: Found, lower: str) -> int:
    """Where a term starts without its article: ``a reference`` yields to ``reference count``."""
    article = _ARTICLE.match(lower, term.start, term.end)
    return article.end() if article else term.start


def _instance(entry: Entry, name: str) -> str:
    """``barrier:`` and ``lock:`` entries take the name they were met under."""
    return entry.concept + name if entry.concept.endswith(":") else entry.concept


def lock_name(expression: str) -> str:
    """The last component of a C expression if it names a lock, else ''."""
    last = re.split(r"->|\.|::", expression.strip())[-1].rstrip("()")
    if not re.fullmatch(r"\w+", last) or (_LOCK_VERBS.fullmatch(last) and last == expression):
        return ""
    return last if _LOCK_NAME.search(last) else ""


def _prose_locks(text: str) -> Iterator[Found]:
    for match in _THE_LOCK.finditer(text):
        yield Found(match.start("lock"), match.end("lock"), "lock", "lock")
    for match in _PROSE_LOCK.finditer(text):
        word = match["word"].lower()
        if word in _NOT_LOCK_WORD or word.endswith(("ly", "ing", "'s")) or len(word) < 2:
            continue
        yield Found(match.start(), match.end(), "lock:" + word, "lock")


def _switches(terms: list[Found], lower: str) -> list[Found]:
    """Turn ``interrupts and preemption disabled`` into two contexts, irq-off and preempt-off."""
    if not any(term.sort == "switch" for term in terms):
        return terms
    out = list(terms)
    index = 0
    while index < len(out):
        if out[index].sort != "switch":
            index += 1
            continue
        stop = index + 1
        while (
            stop < len(out)
            and out[stop].sort == "switch"
            and _GLUE.fullmatch(lower, out[stop - 1].end, out[stop].start)
        ):
            stop += 1
        _switch_run(out, index, stop, lower)
        index = stop
    return out


def _switch_run(out: list[Found], first: int, stop: int, lower: str) -> None:
    after_off = _OFF_AFTER.match(lower, out[stop - 1].end)
    after_on = _ON_AFTER.match(lower, out[stop - 1].end)
    head = lower[max(0, out[first].start - 60) : out[first].start]
    before_off = _OFF_BEFORE.search(head)
    before_on = _ON_BEFORE.search(head)
    sort = "context"
    if after_off or after_on:
        suffix = "-off" if after_off else "-on"
        match = after_off or after_on
        assert match is not None
        out[stop - 1] = replace(out[stop - 1], end=match.end())
    elif before_off or before_on:
        suffix = "-off" if before_off else "-on"
        match = before_off or before_on
        assert match is not None
        start = out[first].start - (len(head) - match.start())
        sort = "context" if match[0].startswith(("disabled", "enabled", "masked")) else "act"
        if first and start < out[first - 1].end:
            return
        out[first] = replace(out[first], start=start)
    else:
        return
    for index in range(first, stop):
        out[index] = replace(out[index], concept=out[index].concept + suffix, sort=sort)
