"""Noun lists: ``either foo_lock or the b_mutex of both parents, and s_lock``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.claims.grammar.words import (
    ADVERB,
    BARE_LOCKS,
    DETERMINER,
    HELD,
    NOT,
    STOP,
    Token,
    word_set,
)
from reviewer.claims.lock_names import MODES, lock_name

_JOIN = frozenset({",", "and", "or", "/", "and/or", "+", "&", "nor"})
_NO_TAKER = re.compile(
    r"(?:\A|_)(?:cleanup|destroy|init|setup|alloc|free|release|put|drop|remove|assert|test|is)_"
)
"""What a function does with a lock in place of taking it: ``foo_init_lock()``."""
_OF_OTHERS = frozenset({"disabled", "enabled", "down", "active"})
"""Said of what is no lock by its name they speak of something else: "shutting down"."""
_AGAIN = frozenset({"with", "under", "also", "holding", "by", "while"})
"""Said again before the next of a list: "either by holding foo_lock or by holding bar_lock"."""
_OF = frozenset({"of", "on", "for", "in"})
_ARTICLES = frozenset({"the", "a", "an", "its", "their", "both", "either", "any", "this"})
_WORDS_BEFORE = 4
"""Plain words between an article and its noun: "the b and c parents' foo_lock" has four."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a list: its tokens are ``[start:end]``; ``mode`` is read, write or ''."""

    start: int
    end: int
    token: Token | None
    words: str
    concept: str
    mode: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Nouns:
    """A list; ``choice`` if any one of it will do. ``end`` is the token behind it."""

    items: tuple[Item, ...]
    choice: bool
    end: int
    held: bool = False
    denied: Item | None = None
    """The second of "foo_lock but not bar_lock" and "foo_lock held and bar_lock not held"."""


def nouns(tokens: Sequence[Token], at: int, sorts: frozenset[str]) -> Nouns | None:
    """The list that starts at a token, of terms of these sorts; None if there is none."""
    items: list[Item] = []
    choice = False
    end = at
    joined = ""
    denied: Item | None = None
    while len(items) < 8:
        item = _item(tokens, end, sorts)
        if item is None:
            break
        if items and (joined == "but" or _not_held(tokens, item.end)):
            denied = item
            break
        if joined:
            choice |= joined == "or"
        items.append(item)
        end = item.end
        joined, following = _joint(tokens, end)
        if not joined:
            break
        end = following
    if not items:
        return None
    held = any(item.held for item in items)
    return Nouns(tuple(items), choice, (denied or items[-1]).end, held, denied)


def _not_held(tokens: Sequence[Token], at: int) -> bool:
    words = [token.text for token in tokens[at : at + 2]]
    return len(words) > 1 and words[0] in NOT and words[1] in HELD


def _joint(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The conjunction at a place and where what it joins begins; '' if there is none."""
    joined = ""
    while at < len(tokens) and tokens[at].text in _JOIN | {"but"}:
        word = tokens[at].text
        if word == "but":
            denied = at + 1 < len(tokens) and tokens[at + 1].text in {"not", "without"}
            return ("but", at + 2) if denied and not _hedged(tokens, at + 2) else ("", at)
        joined = word if word in {"or", "and"} or not joined else joined
        at += 1
    while joined and at < len(tokens) and tokens[at].text in _AGAIN:
        at += 1
    return joined, at


def _hedged(tokens: Sequence[Token], at: int) -> bool:
    """True for "but not necessarily bar_lock", which forbids nothing."""
    if at >= len(tokens):
        return False
    return tokens[at].text in ADVERB or tokens[at].text.endswith("ly")


def _item(tokens: Sequence[Token], at: int, sorts: frozenset[str]) -> Item | None:
    start = at
    plain = 0
    while at < len(tokens):
        at = _its_name(tokens, at)
        token = tokens[at]
        if token.term is not None:
            if plain == 0 and sorts >= {"lock"} and "func" not in sorts and _taker(token):
                return Item(start, at + 1, None, f"{token.term_name}()", "lock", "", held=True)
            if token.sort == "lock" and not token.term_name and _compound(tokens, at + 1):
                return None
            if token.sort in sorts:
                return _tail(tokens, start, at, token, "", token.term.concept)
            if token.sort in {"name", "func", "walker", "pte"} and plain < _WORDS_BEFORE:
                at, plain = at + 1, plain + 1
                if at < len(tokens) and tokens[at].text in {"'s", "'"}:
                    at += 1
                continue
            return None
        word = token.text
        if word == "locked" and "lock" in sorts and plain == 0 and _noun_follows(tokens, at + 1):
            words = tokens[at + 1].word
            return Item(start, at + 2, None, words, "lock", "", held=True)  # "with a locked foo"
        if word in DETERMINER:
            at += 1
            if _shared_noun(tokens, at) and word not in _ARTICLES:
                at += 1  # "both parent's and our foo->lock"
        elif word in BARE_LOCKS and "lock" in sorts and not _named(tokens, at + 1):
            if _compound(tokens, at + 1):
                return None
            if word == "locking" and at + 1 < len(tokens) and tokens[at + 1].text in _ARTICLES:
                return None  # "requires locking the folio": a step
            return _tail(tokens, start, at, None, word, BARE_LOCKS[word])
        elif word in HELD and at > start and "lock" in sorts and word not in _OF_OTHERS:
            words = " ".join(
                t.text for t in tokens[start:at] if t.text and t.text not in _ARTICLES | ADVERB
            )
            if words.endswith("ly") and at + 1 < len(tokens) and tokens[at + 1].sort == "lock":
                at += 1
                continue  # "with exclusively locked foo->bar_lock"
            if not words or (at + 1 < len(tokens) and tokens[at + 1].text == "by"):
                return None  # "the data held by the struct"
            return Item(start, at + 1, None, words, "lock", "", held=True)
        elif (
            word in STOP
            or word in _JOIN
            or not word[0].isalpha()
            or plain == _WORDS_BEFORE
            or word in _CLOSED
        ):
            return None
        else:
            at, plain = at + 1, plain + 1
    return None


_COMPOUND = word_set(
    """
    call calls request requests operation operations holder holders owner class classes order
    contention state states type types file files failure id list lists table tables structure
    structures function functions bit bits manager resource resources mode level name value range
    dependency dependencies path chain chains semantics
    ranges queue key keys perm permission status detector detection signal statistics stats
    """
)
"""Nouns that make a lock a mere word before them: "two lock calls in flight"."""
_CLOSED = word_set(
    """
    thus so and as instead rather
    to by with without under from is are be was were when if unless not no that must should
    may can will could would might shall cause causes before after until than into it we they you
    there who how i in on
    between about against per via like
    takes acquires grabs drops releases holds returns needs requires
    """
)
"""Words that end a noun phrase."""


def _compound(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].text in _COMPOUND


def _shared_noun(tokens: Sequence[Token], at: int) -> bool:
    """True for the "and" between two owners of one noun."""
    return (
        at + 1 < len(tokens)
        and tokens[at].text == "and"
        and tokens[at + 1].text in DETERMINER - _ARTICLES
    )


def _noun_follows(tokens: Sequence[Token], at: int) -> bool:
    if at >= len(tokens):
        return False
    token = tokens[at]
    if token.term is not None:
        return token.sort in {"name", "pte"}
    return token.text[0].isalpha() and token.text not in _CLOSED | HELD | _JOIN | ADVERB


def _taker(token: Token) -> bool:
    """True for a function called after the lock that it takes: "under foo_list_lock()"."""
    name = token.term_name
    if _NO_TAKER.search(name):
        return False
    return token.sort == "func" and (name.startswith("lock_") or bool(lock_name(name)))


def _its_name(tokens: Sequence[Token], at: int) -> int:
    """The name in "an exclusive lock on x->lock", which is what is held; else the token itself."""
    token = tokens[at]
    bare = token.text in BARE_LOCKS or (token.sort == "lock" and not token.term_name)
    if not bare or at + 1 >= len(tokens) or tokens[at + 1].text not in {"on", "of"}:
        return at
    name = at + 2
    while name < len(tokens) and tokens[name].text in DETERMINER:
        name += 1
    return name if name < len(tokens) and tokens[name].sort == "lock" else at


def _named(tokens: Sequence[Token], at: int) -> bool:
    """True if the name of a lock follows: "the per-file lock p->f_lock"."""
    return at < len(tokens) and tokens[at].sort == "lock"


def _tail(
    tokens: Sequence[Token], start: int, at: int, token: Token | None, words: str, concept: str
) -> Item:
    """An item with what may follow its noun: "of both parents", "for writing", "held"."""
    end = at + 1
    mode = ""
    held = False
    while end < len(tokens):
        word = tokens[end].text
        if word in {"in", "for", "as"} and end + 1 < len(tokens):
            follow = end + 1 + (tokens[end + 1].text in {"a", "an"})
            if follow < len(tokens) and tokens[follow].text in MODES:
                mode = MODES[tokens[follow].text]
                end = follow + 1
                if end < len(tokens) and tokens[end].text in {"mode", "access"}:
                    end += 1
                continue
        if word in _OF and end + 1 < len(tokens) and not held:
            stop = _owner(tokens, end + 1)
            if stop:
                end = stop
                continue
        if word in HELD:
            held = True
        elif word not in {
            "is",
            "are",
            "be",
            "being",
            "to",
            "already",
            "lock",
            "spinlock",
            "both",
        } or (word == "to" and not (end + 1 < len(tokens) and tokens[end + 1].text == "be")):
            break
        end += 1
    return Item(start, end, token, words, concept, mode, held)


def _owner(tokens: Sequence[Token], at: int) -> int:
    """Where "both parents" of "the mutex of both parents" ends; 0 if that is no noun phrase."""
    first = at
    while at < len(tokens) and at - first < _WORDS_BEFORE:
        token = tokens[at]
        if token.term is not None:
            return at + 1 if token.sort in {"name", "func", "pte"} else 0
        if token.text in DETERMINER:
            at += 1
            continue
        if token.text in HELD or token.text in _JOIN or not token.text[0].isalpha():
            return 0
        if token.text in _CLOSED or token.text in {"entry", "exit", "return", "this", "reading"}:
            return 0
        return at + 1
    return 0
