"""What something is done for: "hold foo_lock to prevent …", "protects against concurrent …"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.clauses import ENDS, KEEPERS, LOCKS, denied, end_of_clause, past
from reviewer.claims.grammar.doers import PARTIES, by_somebody, kept_out
from reviewer.claims.grammar.events import is_barrier
from reviewer.claims.grammar.lists import nouns
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import (
    ADVERB,
    BARE_LOCKS,
    DETERMINER,
    NOT,
    WILL,
    Token,
    word_set,
)
from reviewer.claims.model import Claim, Kind, Modality, Term, code_term

_PREVENT = word_set(
    """
    prevent prevents preventing avoid avoids avoiding exclude excludes
    """
)
_PROTECT = word_set(
    """
    protect protects protecting guard guards guarding serialize serializes serializing
    serialise serialises serialising synchronize synchronizes synchronizing synchronise
    sync syncs syncing
    """
)
_AGAINST = frozenset({"against", "from", "with", "wrt"})
_OTHERS = word_set(
    """
    race races racing raced concurrent concurrently concurrency simultaneous simultaneously
    parallel another other others preempted preempting preemption interrupt interrupts irq
    interrupted multiple lookups readers writers reader writer stepping accesses
    """
)
"""Words of which one says that somebody else is kept out."""
_ACCESSES = word_set("access accesses updates changes modifications calls")
_BY_LOCK = word_set("with via by using")
_NO_OTHERS = word_set(
    """
    live dead soft
    deadlock deadlocks deadlocking livelock livelocks warning warnings overhead contention
    splat splats bouncing inversion recursion lockdep latency cost overflow underflow
    unnecessary unneeded needless spurious repeated excessive extra redundant useless frequent
    """
)
"""Objects of "avoid" that are nobody: that is a reason, and claims nothing of others."""
_DOERS = frozenset({"walker", "free", "event", "func", "ipi", "context", "name", "flush"})
_REORDER = word_set("reorder reordering reordered re-ordering re-ordered reorders")
_OF_MEMORY = word_set(
    """
    load loads store stores read reads write writes access accesses compiler cpu memory
    instruction instructions speculation speculative prefetch order
    """
)
"""Words of which one says that it is accesses that may be reordered."""
_ENSURE = word_set("ensure ensures ensuring guarantee guarantees guaranteeing")
_STAYS = word_set("stay stays remain remains stable valid always alive exists around")
_NONE = word_set("no not nobody cannot can't won't never none neither")
_US = word_set("that we you it this they to")
_OURSELVES = word_set("us it this ourselves itself themselves")
_LIMITS = word_set("unless if when whenever until while")
_CONCURRENT = word_set("concurrent simultaneous parallel")
_DOES = WILL | ADVERB
_LIST = 8
"""Tokens before the last lock in which a list of them may begin."""
_TAKING = word_set("taking holding acquiring grabbing locking using")
_IT = word_set("it them him this that each")
_MAKES = word_set("make makes making keep keeps keeping")
_PINS = word_set("pin pins pinning")
_SOUND = word_set("safe atomic consistent stable valid alive coherent")
"""What a lock makes of the things it is taken for."""
_REACH = 18
"""Tokens of the means and of the purpose that are looked at."""


def purposes(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``excludes``, ``protected`` and ``serialized`` of purposes and of what serves them."""
    begin = 0
    for at, token in enumerate(tokens):
        if token.text in ENDS:
            begin = at + 1
        elif token.text in _PREVENT or token.text in _PROTECT:
            yield from _purpose(seen, tokens, begin, at)
        elif token.text in _ENSURE or (token.text == "sure" and at > begin):
            yield from _no_race(seen, tokens, begin, at)
            yield from _ensured(seen, tokens, begin, at)
        elif token.text in _MAKES or token.word in _PINS:
            yield from _made(seen, tokens, begin, at)


def _purpose(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    verb = tokens[at].text
    if not _serves(tokens, begin, at):
        return
    if denied(tokens, begin, at):
        return
    if verb.startswith("sync") and _a_barrier(tokens, at + 1):
        return  # "synchronizes with smp_load_acquire()" is the other side
    stop = _before_limit(tokens, at + 1, end_of_clause(tokens, at + 1, _REACH))
    first = at + 1
    ours = verb.startswith("avoid") and first < stop and _own_deed(tokens[first])
    if ours and _means(tokens, max(begin, at - _REACH), at) is None:
        return  # "avoid taking any other lock": what we are not to do
    against = verb in _PREVENT
    if first < stop and tokens[first].text in _OURSELVES:
        if tokens[first].text == "us" and first + 1 < stop and tokens[first + 1].text == "from":
            return  # it is we who are kept from something
        first += 1
    if first < stop and tokens[first].text in _AGAINST and not against:
        if tokens[first].text == "with" and verb.startswith(("protect", "guard")):
            yield from _guarded_with(seen, tokens, at, first + 1)
            return
        against = True
        first += 1
    if first >= stop or tokens[first].text == ",":
        return
    if verb in _PROTECT and not against and (apart := _apart(tokens, first, stop)):
        yield from _kept_from(seen, tokens, (begin, at, first, apart, stop))
        return
    means = _means(tokens, max(begin, at - _REACH), at)
    by = next((n for n in range(first, stop) if _by_taking(tokens, n)), 0)
    if by:  # "serialize with it by taking its lock"
        means = _means(tokens, by, stop) or means
        stop = by
        against &= tokens[first].text not in _IT
    object_ = tokens[first:stop]
    words = {token.text for token in object_}
    words |= {token.word for token in object_} & {"preemption"}
    terms: list[tuple[Term, Term | None]]
    if against:
        if words & _REORDER:
            clause = {token.word for token in tokens[begin:stop]}
            if means is not None or clause & _OF_MEMORY or any(map(is_barrier, tokens)):
                yield _ordering(seen, tokens, at, first, stop)
            return  # packets and requests are reordered too
        met = verb.startswith("sync") and tokens[first - 1].text == "with"
        others = words & _OTHERS or (verb in _PROTECT and not met)
        others = others or (kept_out(verb, object_) and by_somebody(means, object_))
        told = means is not None or any(_does(t) or t.word in _OTHERS for t in object_)
        others = others or (met and (told or bool(words & PARTIES)))
        context = object_[0].sort in {"context", "switch"} and "from" not in words
        others = others or (verb.startswith("exclud") and context)
        others = others or (verb.startswith("prevent") and _by_lock(tokens, begin, at))
        head = {token.text for token in object_[:3]}
        if not others or head & _NO_OTHERS:
            return
        kind = Kind.EXCLUDES
        doer = next((t for t in object_ if t.term and _does(t)), None)
        data = Term("data", spoken(seen, tokens, first, stop))
        target = known_term(doer.term, seen.folded) if doer and doer.term else data
        subjects = [_term(seen, one) for one in _all_means(tokens, begin, at, means)]
        terms = [(subject or code_term(seen.comment), target) for subject in subjects]
    elif means is not None and (means.sort in {"lock", "context", "act"} or means.term is None):
        kind = Kind.PROTECTED
        named = next((t for t in object_[:4] if t.sort in {"name", "count", "pte"}), None)
        data = Term("data", spoken(seen, tokens, first, stop))
        subject = known_term(named.term, seen.folded) if named and named.term else data
        terms = [(subject, _term(seen, one)) for one in _all_means(tokens, begin, at, means)]
    elif _heads(tokens, begin, at) and (
        verb.startswith("serial")
        or (verb.startswith("synchron") and tokens[first].word in _ACCESSES)
        or _at_once(object_)
    ):
        kind = Kind.SERIALIZED
        terms = [(Term("data", spoken(seen, tokens, first, stop)), None)]
    else:
        return
    start = begin if means is not None and at - begin <= _REACH else at
    how = modality(seen, tokens, start, stop, negation=True)
    if how is Modality.CONDITIONAL:
        how = Modality.ASSERTED if _after_condition(tokens, begin) else how
    for one in terms:
        yield claim_of(seen, tokens, (start, stop), kind, one, how, "purpose")


def _guarded_with(seen: Seen, tokens: Sequence[Token], at: int, first: int) -> Iterator[Claim]:
    """ "Protect this with foo_lock": what the comment stands on, by a lock that has a name."""
    found = nouns(tokens, first, frozenset({"lock"}))
    item = found.items[0].token if found is not None else None
    if item is None or not item.term_name:
        return
    how = modality(seen, tokens, at, found.end if found else first, negation=True)
    terms = (code_term(seen.comment), _term(seen, item))
    span = (at, found.end if found else first)
    yield claim_of(seen, tokens, span, Kind.PROTECTED, terms, how, "guarded-with")


def _own_deed(token: Token) -> bool:
    """True for the deed of "avoid blocking others"; "avoid racing with" is of two."""
    word = token.word.partition(" ")[0]
    return (
        word.endswith("ing")
        and word not in BARE_LOCKS
        and word not in {"racing", "being", "getting", "having"}
    )


def _heads(tokens: Sequence[Token], begin: int, at: int) -> bool:
    """True for "serialize fills" and "to serialize fills", which say all that there is."""
    return at == begin or (at == begin + 1 and tokens[begin].text == "to")


def _apart(tokens: Sequence[Token], first: int, stop: int) -> int:
    """The "against" of "protect x against concurrent y", the "with" of "protect x with y_lock"."""
    for at in range(first + 1, stop - 1):
        if tokens[at].text in {"against", "from"}:
            others = {token.text for token in tokens[at + 1 : stop]} & _OTHERS
            return at if others else 0
        if tokens[at].text in _BY_LOCK:
            noun = past(tokens, at + 1, DETERMINER)
            term = tokens[noun].term if noun < stop else None
            keeps = term is not None and term.concept.startswith(("lock:", "rcu-reader"))
            return at if keeps else 0
    return 0


def _kept_from(
    seen: Seen, tokens: Sequence[Token], span: tuple[int, int, int, int, int]
) -> Iterator[Claim]:
    """What "protect x against concurrent y" and "protect x with y_lock" say."""
    begin, at, first, apart, stop = span
    how = modality(seen, tokens, at, stop, negation=True)
    thing = Term("data", spoken(seen, tokens, first, apart))
    if tokens[apart].text in _BY_LOCK:
        kind, keeper = Kind.PROTECTED, tokens[past(tokens, apart + 1, DETERMINER)]
        terms: tuple[Term, Term | None] = (thing, _term(seen, keeper))
    else:
        kind = Kind.EXCLUDES
        means = _term(seen, _means(tokens, max(begin, at - _REACH), at))
        others = Term("data", spoken(seen, tokens, apart + 1, stop))
        terms = (means or code_term(seen.comment), others)
    yield claim_of(seen, tokens, (at, stop), kind, terms, how, "kept-from")


def _a_barrier(tokens: Sequence[Token], at: int) -> bool:
    """True for "with the barrier" and "with smp_mb()"."""
    if at >= len(tokens) or tokens[at].text != "with":
        return False
    noun = past(tokens, at + 1, DETERMINER)
    return noun < len(tokens) and tokens[noun].sort == "barrier"


def _does(token: Token) -> bool:
    """True for what can do something; "block" is a deed."""
    return token.sort in _DOERS and token.term is not None and token.term.concept != "may-sleep"


def _before_limit(tokens: Sequence[Token], first: int, stop: int) -> int:
    """Where the purpose ends and what limits it begins: "unless …", "if …"."""
    return next((n for n in range(first + 1, stop) if tokens[n].text in _LIMITS), stop)


def _by_taking(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].text == "by" and at + 1 < len(tokens) and tokens[at + 1].text in _TAKING


def _ensured(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "We take foo_lock to ensure that walkers see either": what the lock keeps so."""
    verb = at - (tokens[at].text == "sure")
    means = _means(tokens, max(begin, verb - _REACH), verb)
    if means is None or not _serves(tokens, begin, verb) or denied(tokens, begin, verb):
        return
    first = at + 1 + (at + 1 < len(tokens) and tokens[at + 1].text == "that")
    stop = end_of_clause(tokens, first, _REACH)
    if first >= stop:
        return
    words = {token.text for token in tokens[first:stop]}
    data, target = Term("data", spoken(seen, tokens, first, stop)), _term(seen, means)
    terms: tuple[Term, Term | None] = (data, target)
    if means.sort in {"barrier", "flush"}:
        if not words & {"before", "after", "visible", "seen", "sees", "see", "observe"}:
            return
        kind, terms = Kind.ORDERS, (target or code_term(seen.comment), data)
    elif words & _NONE and tokens[first].text != "if":
        kind, terms = Kind.EXCLUDES, (target or code_term(seen.comment), data)
    else:
        kind = Kind.STABLE if words & _STAYS else Kind.PROTECTED
    how = modality(seen, tokens, begin, stop, negation=True)
    yield claim_of(seen, tokens, (begin, stop), kind, terms, how, "ensured")


def _no_race(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "Make sure not to race with the walkers", "ensure that we don't race with f()"."""
    first = past(tokens, at + 1, _US)
    race = past(tokens, first, NOT | {"to"})
    if first == race or race + 2 >= len(tokens) or denied(tokens, begin, at):
        return
    if tokens[race].text != "race" or tokens[race + 1].text not in _AGAINST:
        return
    stop = end_of_clause(tokens, race + 2, _REACH)
    terms = (code_term(seen.comment), Term("data", spoken(seen, tokens, race + 2, stop)))
    how = modality(seen, tokens, begin, stop, negation=False)
    yield claim_of(seen, tokens, (begin, stop), Kind.EXCLUDES, terms, how, "ensured")


def _made(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "Take foo_lock to make the read safe", "foo_lock pins the inode"."""
    means = _means(tokens, max(begin, at - _REACH), at)
    if means is None or not _serves(tokens, begin, at) or denied(tokens, begin, at):
        return
    if means.sort not in {"lock", "context", "count", "gp"} and means.term is not None:
        return
    stop = end_of_clause(tokens, at + 1, _REACH)
    kind = Kind.STABLE
    if tokens[at].word not in _PINS:
        last = next((n for n in range(at + 2, stop) if tokens[n].text in _SOUND), 0)
        if not last:
            return
        stop = last + 1
        kind = Kind.PROTECTED if tokens[last].text in {"safe", "atomic"} else Kind.STABLE
    else:
        stop = min(stop, at + 6)
    data = Term("data", spoken(seen, tokens, at + 1, stop))
    if not data.text:
        return
    how = modality(seen, tokens, begin, stop, negation=True)
    yield claim_of(seen, tokens, (begin, stop), kind, (data, _term(seen, means)), how, "made")


def _ordering(seen: Seen, tokens: Sequence[Token], at: int, first: int, stop: int) -> Claim:
    how = modality(seen, tokens, at, stop, negation=True)
    terms = (code_term(seen.comment), Term("data", spoken(seen, tokens, first, stop)))
    return claim_of(seen, tokens, (at, stop), Kind.ORDERS, terms, how, "no-reordering")


def _after_condition(tokens: Sequence[Token], begin: int) -> bool:
    """True if no condition opens the clause: one that follows limits the claim only."""
    return not any(token.text in {"if", "when", "unless"} for token in tokens[begin : begin + 4])


def _serves(tokens: Sequence[Token], begin: int, at: int) -> bool:
    """True if a verb stands where a purpose or an effect does."""
    verb = tokens[at].word
    if at == begin:
        return True
    lead = tokens[at - 1]
    if verb.endswith("s") and verb != "process":
        return lead.text not in {"the", "a", "an", "no", "to"}
    if verb.endswith("ing"):
        return lead.text in {",", "for", "by", "of", "lock", "and"} or lead.term is not None
    return lead.text in {"to", ",", "and", "also", "must", "should", "will", "-", "*", "we"}


def _means(tokens: Sequence[Token], begin: int, at: int) -> Token | None:
    """The nearest lock, context or the like before the verb."""
    for token in reversed(tokens[begin:at]):
        if token.sort in KEEPERS or token.sort in {"barrier", "flush"}:
            return token
        if token.text in BARE_LOCKS:
            return token
    return None


def _all_means(
    tokens: Sequence[Token], begin: int, at: int, means: Token | None
) -> list[Token | None]:
    """The list that ends with the nearest means: "take foo_lock and bar_sem to …"."""
    last = next((n for n in range(begin, at) if tokens[n] is means), begin)
    for first in range(max(begin, last - _LIST), last):
        listed = nouns(tokens, first, LOCKS)
        items = [item.token for item in listed.items] if listed and not listed.choice else []
        if means in items and None not in items:
            return list(items)
    return [means]


def _by_lock(tokens: Sequence[Token], begin: int, at: int) -> bool:
    """True for "the foo mutex will prevent": it is the lock that does."""
    doer = at - 1
    while doer > begin and tokens[doer].text in _DOES:
        doer -= 1
    return doer >= begin and (tokens[doer].sort == "lock" or tokens[doer].text in BARE_LOCKS)


def _at_once(object_: Sequence[Token]) -> bool:
    """True for "protect concurrent changes of x": one at a time is what is asked."""
    return bool({token.text for token in object_[:2]} & _CONCURRENT)


def _term(seen: Seen, token: Token | None) -> Term | None:
    if token is None:
        return None
    if token.term is None:
        return Term(BARE_LOCKS[token.text], token.text)
    return known_term(token.term, seen.folded)
