"""Terms found by a lexicon, and the sentence with each term as one character."""

from __future__ import annotations

import re
from dataclasses import replace

from ahocorasick_rs import AhoCorasick

from reviewer.claims.ellipsis import shared_nouns
from reviewer.claims.lexicon import SORTS, Entry, Lexicon, variants
from reviewer.claims.lock_names import lock_name, prose_locks
from reviewer.claims.patterns import BLOCK, BLOCK_SIZE
from reviewer.claims.switches import switches
from reviewer.claims.terms import MAX_TERMS, Found, Places, Tagged
from reviewer.claims.tokens import SIGN, TOKEN

_PLURAL_ARGS = re.compile(r"\((?:s|es|\d\w?|ies|n|e?d|ing)\)\Z")
_LOCKING_CALL = re.compile(
    r"(?:raw_)?(?:spin|read|write|mutex|rt_mutex)_(?:try)?lock\w*|down_(?:read|write)\w*|down\w*"
    r"|lock(?:dep_assert_held\w*)?|(?:read|write)_seq\w+"
)
_STRESSED = re.compile(r"_[a-z]+_")
"""A word that is stressed ("_not_"), and no name."""
_NOUN = re.compile(
    r"(?:\A|[\s(])(?:the|an?|no|this|that|each|every|any|of|per|its|one|new|next|last|free) \Z"
)
"""Words before a noun: what follows is no verb of sleeping."""
_ARTICLE = re.compile(r"(?:the|an?|its|our|own) ")
_SORT = {sort: index for index, sort in enumerate(SORTS)}
_START = Places((0,), (0,), (0,), ends=False)
_END = Places((0,), (0,), (0,), ends=True)
"""Of a sentence without terms, whose characters stand where they stood."""


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
        self._spelled = {spelling: self._phrases[index][0] for spelling, index in seen.items()}
        self._automaton = AhoCorasick([spelling for _, spelling in self._phrases] or ["\0"])
        self._globs = re.compile(
            "|".join(rf"({re.escape(glob)}\Z)".replace(r"\*", r"\w*") for glob, _ in globs)
            or r"(?!)"
        )
        self._of_glob = [entry for _, entry in globs]
        self._glob_cache: dict[str, Entry | None] = {}

    def tag(self, text: str, lower: str) -> Tagged:
        """Tag a folded sentence; ``lower`` is its lower-case form of the same length."""
        tokens = tuple(TOKEN.finditer(text)) if SIGN.search(text) else ()
        terms = self._terms(text, lower, tokens)
        if not terms:
            return Tagged(lower, _START, _END, (), 0, tokens)
        out: list[str] = []
        new: list[int] = []
        old: list[int] = []
        width: list[int] = []
        size = 0
        sorts = 0
        position = 0
        for index, found in enumerate(terms):
            term = _unquoted(found, lower, position) if lower.startswith("'", found.end) else found
            if position < term.start or not new:
                out.append(lower[position : term.start])
                new.append(size)
                old.append(position)
                width.append(0)
                size += term.start - position
            sort = _SORT[term.sort]
            sorts |= 1 << sort
            out.append(chr(BLOCK + BLOCK_SIZE * sort + index))
            new.append(size)
            old.append(term.start)
            width.append(term.end - term.start)
            size += 1
            position = term.end
        out.append(lower[position:])
        new.append(size)
        old.append(position)
        width.append(0)
        at, until = Places(new, old, width, ends=False), Places(new, old, width, ends=True)
        return Tagged("".join(out), at, until, tuple(terms), sorts, tokens)

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
            if entry.concept == "may-sleep" and _NOUN.search(lower, max(0, start - 12), start):
                continue  # "no block can be larger"
            found.append(Found(start, end, entry.concept, entry.sort, entry.name))
        if "lock" in lower or "mutex" in lower or "sem" in lower:
            found.extend(prose_locks(text))
        if not found:
            return found
        if len(found) > 1:
            found.sort(key=lambda term: (_noun_start(term, lower), -term.end, term.sort == "name"))
        chosen: list[Found] = []
        last = 0
        for term in found:
            if term.start >= last:
                chosen.append(term)
                last = term.end
        return switches(shared_nouns(chosen, lower, self._spelled)[:MAX_TERMS], lower)

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
        if _STRESSED.fullmatch(token):
            return None
        bare = token.removeprefix("->").lstrip("&*@%")
        last = re.split(r"->|\.|::", bare)[-1]
        if kind == "param" and lock_name(bare):  # a member by its own name, not the prose's
            return Found(start, end, "lock:" + lock_name(bare), "lock", bare)
        entry = self._entry(last) if "_" in last or len(last) > 4 else None
        if entry is not None:
            return Found(start, end, _instance(entry, last), entry.sort, bare)
        if kind == "ident" and lock_name(bare):
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
            match = self._globs.match(name)
            self._glob_cache[name] = self._of_glob[(match.lastindex or 1) - 1] if match else None
        return self._glob_cache[name]


def _unquoted(term: Found, lower: str, position: int) -> Found:
    """A name with the quotes around it: 'foo->lock' reads as it does without them."""
    before, after = lower[term.start - 1 : term.start], lower[term.end : term.end + 1]
    if term.name and before in {"'", "`"} and after == "'" and term.start > position:
        return replace(term, start=term.start - 1, end=term.end + 1)
    return term


def _noun_start(term: Found, lower: str) -> int:
    """Where a term starts without its article: ``a reference`` yields to ``reference count``."""
    if lower[term.start] not in "taio":
        return term.start
    article = _ARTICLE.match(lower, term.start, term.end)
    return article.end() if article else term.start


def _instance(entry: Entry, name: str) -> str:
    """``barrier:`` and ``lock:`` entries take the name they were met under."""
    return entry.concept + name if entry.concept.endswith(":") else entry.concept
