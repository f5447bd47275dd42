"""Verb groups: "must not be called", "holding", "is expected to hold"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewer.claims.grammar.words import (
    ABLE,
    ADVERB,
    BE,
    DO,
    HAVE,
    MAY,
    MUST,
    NOT,
    UNABLE,
    WILL,
    Token,
    word_set,
)

_NEEDS = word_set("need needs has have required expected")
"""Denied, these leave the choice: "need not hold" forbids nothing."""
_NEVER = frozenset({"cannot", "can't", "never", "won't"})
_NEGATIVE = NOT | {"no", "nor", "neither"}
_PARTICIPLE = re.compile(r"\w+(?:ed|en|wn|ne|ught|ept|eld|one)\Z")
_SHUNNED = frozenset({"call", "sleep"})
_UNDER = frozenset({"under", "by", "holding", "with"})
_WRONG = frozenset({"bug", "error", "mistake", "wrong", "incorrect", "invalid"})
_JOINS = frozenset({"and", "or", "/"})
_CONTINUE = frozenset({"keep", "keeps", "continue"})
_FREE_BEFORE = word_set("must should shall please , and ; :") | {""}
"""What may stand before an imperative, or its helper."""
_FIRST = (
    _NEGATIVE | _CONTINUE | _WRONG | HAVE | UNABLE | ABLE | MUST | MAY | WILL | BE | DO | ADVERB
) | {"avoid", "need", "to", "both", "make", "makes", "making", "made"}
"""Words beside the verbs' own forms that a group may begin with: most tokens are neither."""
_SURE = {"make": "base", "makes": "third", "making": "ing", "made": "past"}


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb group at tokens ``[start:end]``.

    ``form`` is base, third, ing or past; ``modal`` is must, need, may, will or ''.
    ``never`` is True for a strong denial: cannot, never; ``perfect`` for "have taken".
    """

    classes: frozenset[str]
    form: str
    start: int
    end: int
    modal: str = ""
    negated: bool = False
    passive: bool = False
    never: bool = False
    perfect: bool = False
    object_at: int = 0
    """Where the object may begin: behind the second verb of "takes and releases foo_lock"."""


class Verbs:
    """All verbs of the grammar by their forms."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._forms: dict[str, dict[str, set[str]]] = {}
        for name, rows in table.items():
            for form, words in zip(("base", "third", "ing", "past"), rows, strict=True):
                for word in words.split():
                    self._forms.setdefault(word, {}).setdefault(form, set()).add(name)

    def knows(self, word: str) -> bool:
        """True for a form of one of the verbs."""
        return word in self._forms

    def group(self, tokens: Sequence[Token], at: int) -> Verb | None:
        """The verb group that starts at a token."""
        if tokens[at].text not in _FIRST and tokens[at].word not in self._forms:
            return None
        start = at
        modal = ""
        negated = be = helped = perfect = unable = does = False
        while at < len(tokens) and at - start < 9:
            word = tokens[at].text
            if word in _NEGATIVE:
                negated = True
                if modal == "need" and tokens[at - 1].text == "to":
                    modal = "must"  # "need to not hold", which is no "need not"
            elif word == "avoid" and self._shuns(tokens, at):
                negated, modal = True, "must"
            elif word == "need" and at > start and tokens[at - 1].text == "no":
                break  # "no need to lock": the noun
            elif word in _CONTINUE and "ing" in self._forms.get(_next(tokens, at), {}):
                helped = True  # "keep holding foo_lock"
            elif word in HAVE and self._completed(tokens, at):
                perfect = helped = True
            elif (word in UNABLE | ABLE or _wrong(tokens, at)) and _next(tokens, at) == "to":
                # "not illegal to" allows, as "safe to" does; "not safe to" forbids
                negated = negated is (word in ABLE)
                unable |= negated
                modal, helped = ("must" if negated else "may"), True
            elif word in MUST and self._continues(tokens, at):
                modal, helped = ("need" if word in _NEEDS else "must"), True
            elif word in MAY:
                modal, helped = "may", True
            elif word in WILL:
                modal, helped = "will", True
            elif word in BE:
                be = True
            elif word in DO and not self._final(tokens, at):
                helped, does = True, word == "does"
            elif word not in ADVERB and word != "to":
                break
            elif word in {"to", "both"} and not (helped or be):
                return None
            elif word == "to":
                be = False  # "is expected to hold"
            at += 1
        if at >= len(tokens):
            return None
        if tokens[at].text in _SURE and _next(tokens, at) == "sure":
            sure = _SURE[tokens[at].text]
            sure_of = frozenset({"ensure"})
            return Verb(sure_of, sure, start, at + 2, modal, negated, object_at=at + 2)
        if tokens[at].word not in self._forms:
            if be and modal in {"must", "need"} and _PARTICIPLE.match(tokens[at].text):
                # "must be issued": whatever is done, where it says under what it must be
                called = frozenset({"call"})
                behind = at + 1
                return Verb(
                    called, "past", start, behind, modal, negated, True, unable, object_at=behind
                )
            return None
        forms = self._forms[tokens[at].word]
        if be and tokens[at].word == "hold" and tokens[at - 1].text in {"be", "is", "are"}:
            forms = self._forms["held"]  # "must be hold", as many write
        form = self._form(forms, be=be, helped=helped)
        touched = "touch" in forms.get("past", ()) and _next(tokens, at) in _UNDER
        if form == "base" and not helped and touched:
            form = "past"  # "read under foo_lock"
        if form is None:
            return None
        shown = "third" if does and not negated and form == "base" else form
        if form == "ing" and tokens[start].text in _CONTINUE:
            shown = "base"
        return Verb(
            frozenset(forms[form]),
            shown,
            start,
            at + 1,
            modal,
            negated,
            be and form == "past",
            unable or any(token.text in _NEVER for token in tokens[start:at]),
            perfect,
            self._shared(tokens, at + 1, form),
        )

    def _shared(self, tokens: Sequence[Token], at: int, form: str) -> int:
        """Behind the verb that shares its object with the one before token ``at``, else ``at``."""
        joined = at + 1 < len(tokens) and tokens[at].text in _JOINS
        again = joined and form in self._forms.get(tokens[at + 1].word, {})
        return at + 2 if again and form in {"base", "third"} else at

    def _form(self, forms: Mapping[str, set[str]], *, be: bool, helped: bool) -> str | None:
        if be:
            order: tuple[str, ...] = ("past", "ing")
        elif helped:
            order = ("base", "past", "ing")
        else:
            order = ("base", "third", "ing", "past")
        return next((form for form in order if form in forms), None)

    def _completed(self, tokens: Sequence[Token], at: int) -> bool:
        """True if "have" goes on with a participle: a helper here."""
        at += 1
        while at < len(tokens) and (tokens[at].text in ADVERB or tokens[at].text in _NEGATIVE):
            at += 1
        if at >= len(tokens) or tokens[at].term is not None:
            return False
        word = tokens[at].text
        forms = self._forms.get(word, {})
        return word == "been" or "past" in forms or _PARTICIPLE.match(word) is not None

    def _continues(self, tokens: Sequence[Token], at: int) -> bool:
        """True if "need", "has", "expected" goes on with "to", "not" or a verb: a helper here."""
        word = tokens[at].text
        if word in {"must", "should", "shall"}:
            return True
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if word in {"need", "needs", "needed"}:
            return following in {"to", "not", "n't"}
        return following in {"to", "not"}

    def _shuns(self, tokens: Sequence[Token], at: int) -> bool:
        """True for "avoid calling it with …", which forbids; "to avoid sleeping" is a purpose."""
        before = tokens[at - 1].text if at else ""
        forms = self._forms.get(tokens[at + 1].word, {}) if at + 1 < len(tokens) else {}
        return before in _FREE_BEFORE and bool(forms.get("ing", set()) & _SHUNNED)

    def _final(self, tokens: Sequence[Token], at: int) -> bool:
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        return not (following in _NEGATIVE or following in self._forms or following in ADVERB)


def _wrong(tokens: Sequence[Token], at: int) -> bool:
    """True for "is a bug to" and "is wrong to"; "is not a bug to" is neither."""
    if tokens[at].text not in _WRONG or at < 2:
        return False
    return tokens[at - 1 - (tokens[at - 1].text in {"a", "an"})].text in BE


def _next(tokens: Sequence[Token], at: int) -> str:
    return tokens[at + 1].text if at + 1 < len(tokens) else ""
