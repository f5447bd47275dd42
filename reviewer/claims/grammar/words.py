"""The words of the grammar, and a sentence as a list of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from reviewer.claims.terms import Found, Tagged

_TOKEN = re.compile(
    r"[\ue000-\uf8ff]"
    r"|(?P<short>we|you|they|i|it|that|there|here|this|which|who|caller|callers)"
    r"'(?P<tail>re|ve|ll|m|s)(?![\w'])"
    r"|(?<![\w)])-\d+|(?<![\w/.])w/(?:o(?!\w))?|[a-z0-9_@%*][\w'*-]*|\S"
)
_BRITISH = re.compile(r"(serial|synchron)is")
_TAILS = {"re": "are", "ve": "have", "ll": "will", "m": "am", "s": "is"}
_SPLIT = {
    **dict.fromkeys(("unnecessary", "needless", "redundant"), ("not", "necessary")),
    "w/": ("with",),
    "w/o": ("without",),
}
"""Adjectives that deny by themselves, and short forms."""
MAX_TOKENS = 160
"""Tokens of one sentence that are parsed: six times the longest that states a duty."""


class Token(NamedTuple):
    """A word, a sign or a term at ``tagged.text[start:end]``; ``text`` is '' for a term.

    ``word`` is what could be a verb: the text, or the one word that a term was read from.
    """

    text: str
    start: int
    end: int
    term: Found | None = None
    word: str = ""

    @property
    def term_name(self) -> str:
        """The C name of a term, or ''."""
        return self.term.name if self.term else ""

    @property
    def sort(self) -> str:
        return self.term.sort if self.term else ""


def tokens_of(tagged: Tagged, lower: str) -> list[Token]:
    """The tokens of a sentence, at most ``MAX_TOKENS``; ``lower`` is it folded, in lower case."""
    out: list[Token] = []
    for match in _TOKEN.finditer(tagged.text):
        if len(out) == MAX_TOKENS:
            break
        if "\ue000" <= match[0] <= "\uf8ff":
            term = tagged.term(match[0])
            out.append(Token("", *match.span(), term, lower[term.start : term.end]))
        elif match["tail"] and not (match["tail"] == "s" and match["short"].startswith("caller")):
            cut = match.end("short")
            tail = _TAILS[match["tail"]]
            out.append(Token(match["short"], match.start(), cut, None, match["short"]))
            out.append(Token(tail, cut + 1, match.end(), None, tail))
        elif match[0] in _SPLIT:
            for word in _SPLIT[match[0]]:
                out.append(Token(word, *match.span(), None, word))
        else:
            word = _plain(match[0])
            out.append(Token(word, *match.span(), None, word))
    return out


def unbracketed(tokens: list[Token]) -> list[Token]:
    """The tokens with "the foo mutex (&foo->lock)" as the lock that the brackets name."""
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        bare = token.text in BARE_LOCKS or (token.sort == "lock" and not token.term_name)
        aside = [one.text or one.sort for one in tokens[at + 1 : at + 4]]
        named = bare and aside == ["(", "lock", ")"] and tokens[at + 2].term is not None
        out.append(tokens[at + 2] if named else token)
        at += 4 if named else 1
    return out


def _plain(word: str) -> str:
    """A word without what stresses it, "_not_", "*must*", and in American spelling."""
    if "alis" in word or "onis" in word:
        word = _BRITISH.sub(r"\1iz", word)
    if word[0] in "_*" and len(word) > 2 and word[-1] == word[0]:
        return word.strip(word[0]) or word
    return word


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MUST = word_set("must should shall needs need has have ought required expected supposed expecting")
MAY = word_set("may can might could")
ABLE = word_set("allowed permitted safe possible able legal ok okay fine free")
"""Followed by "to", what may be done; denied, what must not."""
UNABLE = word_set("forbidden illegal prohibited disallowed unable impossible unsafe")
HAVE = word_set("have has had having")
WILL = word_set("will would")
NOT = word_set(
    "not never n't cannot can't don't doesn't won't shouldn't mustn't isn't aren't needn't hardly"
)
BE = word_set("be is are am was were been being gets get")
DO = word_set("do does did don't doesn't")
ADVERB = word_set(
    "always only also already currently therefore thus still actually safely generally normally "
    "usually typically often sometimes mostly rarely just either ever now then both here itself "
    "themselves explicitly properly all directly later eventually possibly first really yet"
)
DETERMINER = word_set(
    "the a an any this that these those both either its their our his your some all each every "
    "one of at least per-cpu appropriate relevant corresponding necessary proper right same "
    "caller's device's associated current parent parent's exclusive shared full local global "
    "respective correct big spin another other outer inner main whole such as own two"
)
HELD = word_set(
    "held hold locked taken acquired owned grabbed read-locked write-locked down active "
    "read_locked disabled enabled"
)
BARE_LOCKS = dict.fromkeys(
    [
        "lock",
        "locks",
        "locking",
        "mutex",
        "mutexes",
        "spinlock",
        "spinlocks",
        "semaphore",
        "semaphores",
        "spin_lock",
        "lockings",
    ],
    "lock",
)
BARE_LOCKS |= dict.fromkeys(
    [
        "synchronization",
        "synchronisation",
        "serialization",
        "serialisation",
        "synchronizations",
        "refcounting",
        "exclusion",
        "synchronizing",
    ],
    "synchronization",
)
STOP = frozenset(";:()") | word_set("-- - because since so but although though whereas while which")
